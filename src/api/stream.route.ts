import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { RETRY_LATER } from '../core/respond/errors.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { sendEvents } from '../http/send-events.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { parseStreamQuery } from '../read/stream/filter.ts'
import { follow } from '../read/stream/follow.ts'
import type { Watcher } from '../read/stream/watcher.ts'
import { type ProjectDeps, projectRoutes } from './routing/add-routes.ts'
import { STREAM } from './stream.shape.ts'

/** Concurrent streams: each may buffer some hundred kB. */
const MAX_STREAMS = 512

export interface StreamRouteDeps extends ProjectDeps {
  readonly watcher: Watcher
  /** Aborted when the server is about to close. */
  readonly closing: AbortSignal
  readonly metrics: Metrics
}

/** `GET /_twin/projects/:project/stream`: each event, link and verdict as it is committed, as server-sent events. */
export function addStreamRoutes(app: FastifyInstance, deps: StreamRouteDeps): void {
  let streams = 0
  deps.metrics.watch('twinpanel_streams', 'Streams that are open.', () => streams)
  projectRoutes(app, deps)(STREAM, async (project, request, reply) => {
    const lastEventId = request.headers['last-event-id']
    const named = Array.isArray(lastEventId) ? lastEventId[0] : lastEventId
    const query = parseStreamQuery(parseQuery(request.url), named)
    if (!query.ok) return sendProblem(reply, 400, query.error)
    if (streams >= MAX_STREAMS) {
      const detail = `${MAX_STREAMS} streams are open already: close one of them.`
      return sendProblem(reply.headers(RETRY_LATER), 429, detail)
    }
    const signal = AbortSignal.any([deps.closing, goneSignal(reply)])
    streams++
    try {
      const isSent = await sendEvents(reply, follow(project, query.value, deps.watcher, signal), signal)
      return isSent ? reply : sendProblem(reply, 503, 'The server is closing.')
    } finally {
      streams--
    }
  })
}
