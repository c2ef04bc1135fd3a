import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../../core/decode/params.ts'
import { sendProblem } from '../../http/problem.ts'
import type { RouteShape } from './shape.ts'

/**
 * Refuses query parameters that the shape of a route does not have, repeated ones, and a body if it has none: a
 * mistyped filter would match everything, and a test could pass that should fail. The fields of a body are checked
 * against its schema.
 */
export function refuseOtherParameters(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    const { shape } = request.routeOptions.config
    if (shape === undefined) return
    const problem = queryProblem(request.url, shape) ?? bodyProblem(request.body, shape)
    if (problem !== undefined) return sendProblem(reply, 400, problem)
  })
}

function queryProblem(url: string, { query = {} }: RouteShape): string | undefined {
  if (!url.includes('?')) return undefined
  const known = Object.keys(query)
  const sent = parseQuery(url).names
  const other = sent.find((name) => !known.includes(name))
  if (other !== undefined) {
    const those = known.length === 0 ? ': this route has none' : `, but: ${known.join(', ')}`
    return `There is no parameter ${JSON.stringify(other)} here${those}.`
  }
  const twice = sent.find((name, at) => sent.indexOf(name) < at)
  return twice === undefined ? undefined : `${twice} is given more than once.`
}

/** Some clients send an empty object as no body. */
function bodyProblem(sent: unknown, { body, documentedBody }: RouteShape): string | undefined {
  if (body !== undefined || documentedBody !== undefined) return undefined
  const isNone = sent === undefined || sent === null || sent === ''
  if (isNone || (typeof sent === 'object' && Object.keys(sent).length === 0)) return undefined
  const [field] = typeof sent === 'object' && !Array.isArray(sent) ? Object.keys(sent) : []
  return `This route takes no body${field === undefined ? '' : `, and has no field ${JSON.stringify(field)}`}.`
}
