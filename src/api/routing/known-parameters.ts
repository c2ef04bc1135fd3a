import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../../core/decode/params.ts'
import { sendProblem } from '../../http/problem.ts'

/**
 * Refuses query parameters that the shape of a route does not have, and repeated ones: a mistyped filter would match
 * everything, and a test could pass that should fail. Routes without parameters accept any.
 */
export function refuseOtherParameters(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    const query = request.routeOptions.config.shape?.query
    if (query === undefined || !request.url.includes('?')) return
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
