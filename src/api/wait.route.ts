import type { FastifyInstance, FastifyReply } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { FairQueue } from '../core/fair-queue.ts'
import { RETRY_LATER } from '../core/respond/errors.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { runInQueue } from '../ingest/run-in-queue.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { parseWaitQuery, type WaitQuery } from '../read/wait/query.ts'
import { type WaitDeps, waitFor } from '../read/wait/wait.ts'
import { awaitProject, findByIdOrToken } from './find-project.ts'
import { sendProjectError } from './project-error.ts'
import { addRoute, type ProjectReadDeps } from './routing/add-routes.ts'
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
      return await waitOn(request.params.project, query.value, reply, { ...deps, queue })
    } finally {
      waits--
    }
  })
}

async function waitOn(
  name: string,
  query: WaitQuery,
  reply: FastifyReply,
  deps: WaitRouteDeps & { readonly queue: FairQueue },
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
    if (!mayCome) return sendProjectError(reply, project.error)
    const detail = `No project has this id or token, and nothing came with it within ${query.timeoutMs} ms.`
    return sendProblem(reply, 404, detail)
  }
  const outcome = await waitFor(query, project.value, {
    ...deps,
    db: deps.reads(project.value, gone),
    runInQueue: (work) => runInQueue(deps.queue, String(project.value.publicId), work),
    timeout,
    signal,
  })
  if (outcome === undefined) return sendProblem(reply, 503, 'The project or the server went away meanwhile.')
  if (outcome.isMet) return await reply.send(outcome.body)
  const problem = { type: 'about:blank', title: 'Request Timeout', status: 408 }
  const body = JSON.stringify({ ...problem, ...outcome.body })
  return await reply.code(408).header('content-type', 'application/problem+json').send(body)
}
