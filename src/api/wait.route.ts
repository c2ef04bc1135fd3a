import type { FastifyInstance, FastifyReply } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { FairQueue } from '../core/fair-queue.ts'
import { RETRY_LATER } from '../core/respond/errors.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { runInQueue } from '../ingest/run-in-queue.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { WaitDeps } from '../read/wait/deps.ts'
import { parseWaitQuery, type WaitQuery } from '../read/wait/query.ts'
import { waitFor } from '../read/wait/wait.ts'
import { awaitProject, findByIdOrToken } from './find-project.ts'
import { sendProjectError } from './project-error.ts'
import { addRoute, type ProjectReadDeps } from './routing/add-routes.ts'
import { sendUnknownProject } from './unknown-project.ts'
import { WAIT } from './wait.shape.ts'

/** Concurrent waits: each holds a connection, and memory for a page of events. */
const MAX_WAITS = 512

/** How many expired waits may look for the reason concurrently, in total and for one project. */
const EXPLAINING = { atOnce: 3, perKey: 2 } as const

export interface WaitRouteDeps extends ProjectReadDeps, Pick<WaitDeps, 'watcher'> {
  /** Aborted when the server is about to close. */
  readonly closing: AbortSignal
  readonly metrics: Metrics
  /** True for an unknown token for which the first event would create a project (DEC-05). */
  readonly makesProject: (token: string) => boolean
}

/** `GET /_twin/projects/:project/wait`: answers as soon as the events or verdicts exist. */
export function addWaitRoutes(app: FastifyInstance, deps: WaitRouteDeps): void {
  let waits = 0
  const queue = new FairQueue(EXPLAINING)
  deps.metrics.watch('twinpanel_waits', 'Requests that wait for what is not there yet.', () => waits)
  addRoute(app, WAIT, async (request, reply) => {
    const query = parseWaitQuery(parseQuery(request.url))
    if (!query.ok) return sendProblem(reply, 400, query.error)
    if (waits >= MAX_WAITS) {
      return sendProblem(reply.headers(RETRY_LATER), 429, `${MAX_WAITS} are waiting already: ask again.`)
    }
    waits++
    try {
      const pageUrl = `${request.protocol}://${request.host}/_twin/`
      return await waitOn(request.params.project, query.value, reply, { ...deps, queue, pageUrl })
    } finally {
      waits--
    }
  })
}

async function waitOn(
  name: string,
  query: WaitQuery,
  reply: FastifyReply,
  deps: WaitRouteDeps & Pick<WaitDeps, 'pageUrl'> & { readonly queue: FairQueue },
): Promise<FastifyReply> {
  const timeout = AbortSignal.timeout(query.timeoutMs)
  const gone = goneSignal(reply)
  const signal = AbortSignal.any([deps.closing, gone])
  const naming = { db: deps.lookupDb, watcher: deps.watcher }
  // A test may start to wait before its first event has created the project.
  const mayCome = deps.makesProject(name)
  const project = mayCome
    ? await awaitProject(name, AbortSignal.any([timeout, signal]), naming)
    : await findByIdOrToken(name, naming)
  if (!project.ok) {
    const otherwise = mayCome ? `, and no record with it came within ${query.timeoutMs} ms` : ''
    return deps.closing.aborted
      ? sendProjectError(reply, project.error)
      : await sendUnknownProject(reply, name, deps.lookupDb, otherwise)
  }
  const outcome = await waitFor(query, project.value, {
    ...deps,
    reads: (deadline) => deps.reads(project.value, AbortSignal.any([gone, deadline])),
    runInQueue: (work) => runInQueue(deps.queue, String(project.value.publicId), work),
    timeout,
    signal,
  })
  if (outcome === undefined) return sendProblem(reply, 503, 'The project or the server went away meanwhile.')
  switch (outcome.kind) {
    case 'met':
      return await reply.send(outcome.body)
    case 'absent':
      return await sendReason(reply, 408, 'Request Timeout', outcome.body)
    case 'excess':
      return await sendReason(reply, 409, 'Conflict', outcome.body)
  }
}

/** Problem details with more fields than sendProblem has. */
function sendReason(reply: FastifyReply, status: number, title: string, body: object): FastifyReply {
  const text = JSON.stringify({ type: 'about:blank', title, status, ...body })
  return reply.code(status).header('content-type', 'application/problem+json').send(text)
}
