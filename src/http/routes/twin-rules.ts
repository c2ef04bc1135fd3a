import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../problem.ts'

/** What reads the contract is loaded when it is first asked for, and so costs no start anything. */
const loadRules = () => import('../../twin/rules.ts')

/** `GET /_twin/rules` and `/_twin/rules/:rule`: the contract. */
export function twinRuleRoutes(app: FastifyInstance): void {
  app.get('/_twin/rules', async () => ({ rules: await (await loadRules()).listRules() }))
  app.get<{ Params: { rule: string } }>('/_twin/rules/:rule', async (request, reply) => {
    const found = await (await loadRules()).findRule(request.params.rule)
    return found.ok ? await reply.send(found.value) : sendProblem(reply, 404, found.error)
  })
}
