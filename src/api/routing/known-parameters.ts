import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../../core/decode/params.ts'
import { sendProblem } from '../../http/problem.ts'

/**
 * Refuses, for the routes of our own API that have parameters, any other one, and one that is given twice: a name that
 * is mistyped would let everything through, and a test be green that should not. Which there are is what the route's
 * shape says.
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
