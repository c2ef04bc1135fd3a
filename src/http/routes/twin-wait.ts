import type { FastifyInstance } from 'fastify'
import type { AccessDeps } from '../../access/authenticate.ts'
import { queryParams } from '../../core/decode/params.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import type { Watcher } from '../../read/stream/watcher.ts'
import { parseWaitQuery } from '../../read/wait/query.ts'
import { waitFor } from '../../read/wait/wait.ts'
import { sendProblem } from '../problem.ts'
import { projectRoutes } from '../project-routes.ts'

/** Waits looked after at a time: each holds a connection, and room for a page of events. */
const MAX_WAITS = 512

/** What waiting needs. */
export interface WaitRouteDeps extends AccessDeps {
  /** Aborted when the server is about to close. */
  readonly closing: AbortSignal
  readonly watcher: Watcher
  readonly metrics: Metrics
}

/** `GET /_twin/projects/:project/wait`: answers as soon as what is waited for is there. */
export function twinWaitRoutes(app: FastifyInstance, deps: WaitRouteDeps): void {
  let waits = 0
  deps.metrics.watch('twinpanel_waits', 'Requests that wait for what is not there yet.', () => waits)
  projectRoutes(app, deps).get('/_twin/projects/:project/wait', async (project, request, reply) => {
    const query = parseWaitQuery(queryParams(request.url))
    if (!query.ok) return sendProblem(reply, 400, query.error)
    if (waits >= MAX_WAITS) return sendProblem(reply, 429, `${MAX_WAITS} are waiting already: ask again.`)
    const left = new AbortController()
    reply.raw.once('close', () => left.abort())
    waits++
    try {
      const signal = AbortSignal.any([deps.closing, left.signal])
      const outcome = await waitFor(query.value, project, { ...deps, signal })
      if (outcome === undefined)
        return sendProblem(reply, 503, 'The project or the server went away meanwhile.')
      if (outcome.isMet) return await reply.send(outcome.body)
      const detail = 'It did not come in time. nearest shows what came instead, verdicts what had no effect.'
      const problem = { type: 'about:blank', title: 'Request Timeout', status: 408, detail }
      const body = JSON.stringify({ ...problem, ...outcome.body })
      return await reply.code(408).header('content-type', 'application/problem+json').send(body)
    } finally {
      waits--
    }
  })
}
