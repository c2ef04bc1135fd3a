import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../http/problem.ts'
import { addRoute } from './routing/add-routes.ts'
import { LIST_RULES, READ_RULE } from './rules.shape.ts'

/** Loaded on the first request, which keeps the contract out of the start. */
const loadRules = () => import('./find-rules.ts')

/** `GET /_twin/rules` and `/_twin/rules/:rule`: the contract. */
export function addRuleRoutes(app: FastifyInstance): void {
  addRoute(app, LIST_RULES, async () => ({ rules: await (await loadRules()).listRules() }))
  addRoute(app, READ_RULE, async (request, reply) => {
    const found = await (await loadRules()).findRule(request.params.rule)
    return found.ok ? found.value : sendProblem(reply, 404, found.error)
  })
}
