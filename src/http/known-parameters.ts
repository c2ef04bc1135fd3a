import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { sendProblem } from './problem.ts'

/**
 * Refuses unknown and repeated parameters on routes of our own API that have parameters: a mistyped name would
 * otherwise match everything, and make a test pass that should fail. The known ones come from the OpenAPI document,
 * which is loaded on first use and so does not slow the start.
 */
export function refuseOtherParameters(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    if (!request.url.includes('?')) return
    const { OPERATIONS } = await import('./openapi/operations.ts')
    const { query } = OPERATIONS[`${request.method} ${request.routeOptions.url}`] ?? {}
    if (query === undefined) return
    const known = Object.keys(query)
    const sent = parseQuery(request.url).names
    const other = sent.find((name) => !known.includes(name))
    if (other !== undefined) {
      const detail = `There is no parameter ${JSON.stringify(other)} here, but: ${known.join(', ')}.`
      return sendProblem(reply, 400, detail)
    }
    const twice = sent.find((name, at) => sent.indexOf(name) < at)
    if (twice !== undefined) return sendProblem(reply, 400, `${twice} is given more than once.`)
  })
}
