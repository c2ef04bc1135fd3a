import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Guesses } from '../../access/guesses.ts'
import { authenticateOAuth } from '../../access/oauth-access.ts'
import { READ_RATE_EXCEEDED } from '../../core/answers/reading.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { parseQuery } from '../../core/decode/params.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { type DataTask, parseIds, parseTaskRequest, type TaskKind } from '../../core/privacy/task.ts'
import type { Project } from '../../core/project.ts'
import {
  DELETION_CANCELLED,
  DELETION_NOT_CANCELLED,
  deletionStatus,
  refuseTask,
  retrievalStatus,
  taskCreated,
  taskList,
  taskPath,
} from '../../core/respond/data-tasks.ts'
import { RETRY_AFTER_S } from '../../core/respond/errors.ts'
import { finding } from '../../core/verdict/finding.ts'
import type { ProjectLimits } from '../../ingest/rate-limits.ts'
import {
  cancelTask,
  createTask,
  type DeletionName,
  readTask,
  readTasks,
  type TaskDeps,
} from '../../maintenance/data-tasks.ts'
import type { Readers } from '../../read/readers.ts'
import { retrievalPieces } from '../../read/retrieval.ts'
import { addressOf } from '../address.ts'
import type { BodyRoom } from '../body-room.ts'
import { goneSignal } from '../client-gone.ts'
import type { PageRoom } from '../page-room.ts'
import { takeRawBodies } from '../raw-body.ts'
import { readJson } from '../read-json.ts'
import type { ReadsUnderWay } from '../reads-under-way.ts'
import { explainRefusal, type RefusalDeps } from '../refused-access.ts'
import { send, setVerdictHeader } from '../send.ts'
import { sendStream } from '../send-stream.ts'
import { route } from './ingest.ts'

export interface DataTaskRouteDeps extends TaskDeps, RefusalDeps {
  readonly adminToken: string | undefined
  readonly guesses: Guesses
  readonly limits: ProjectLimits
  readonly room: BodyRoom
  readonly reads: Readers
  readonly underWay: ReadsUnderWay
  readonly pages: PageRoom
}

/** Enough for the largest list of ids, of up to 255 characters each. */
const MAX_BODY_BYTES = 4 * 1_048_576

type Handle = (project: Project, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

/**
 * `/api/app/data-retrievals/v3.0` and `/api/app/data-deletions/v3.0`: the data stored about users, and their deletion
 * (GDP-01 to GDP-05).
 */
export function dataTaskRoutes(app: FastifyInstance, deps: DataTaskRouteDeps): void {
  takeRawBodies(app)
  const serve = (url: string, methods: Readonly<Record<string, Handle>>) => {
    route(app, url, (request, reply) => admit(request, reply, deps, methods), Object.keys(methods))
  }
  const [retrievals, deletions] = [taskPath('retrieval'), taskPath('deletion')]
  serve(retrievals, { POST: create('retrieval', deps), GET: list('retrieval', deps) })
  serve(deletions, { POST: create('deletion', deps), GET: list('deletion', deps), DELETE: cancel(deps) })
  serve(`${retrievals}/:tracking_id`, {
    GET: async (project, request, reply) => {
      const task = await readTask(project, 'retrieval', trackingIdOf(request), deps)
      return send(reply, retrievalStatus(task, linkTo(task, project, request)))
    },
  })
  serve(`${deletions}/:tracking_id`, {
    GET: async (project, request, reply) => {
      const task = await readTask(project, 'deletion', trackingIdOf(request), deps)
      return send(reply, deletionStatus(task, trackingIdOf(request), project.publicId))
    },
    DELETE: cancel(deps),
  })
  serve(`${retrievals}/:tracking_id/result`, { GET: sendResult(deps) })
}

/** Authenticates a request, counts it (RTL-05), and passes it to the handler of its method. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: DataTaskRouteDeps,
  methods: Readonly<Record<string, Handle>>,
): Promise<FastifyReply> {
  const credentials = parseAuthorization(request.headers.authorization)
  const token = parseQuery(request.url).get('token')
  const access = await authenticateOAuth(credentials, addressOf(request), token, deps)
  if (!access.ok) {
    await explainRefusal(request, reply, access.error, deps)
    return send(reply, refuseTask(access.error.status, access.error.text))
  }
  const waitS = await deps.limits.take(access.value, { gdpr_requests_per_second: 1 }, deps.clock())
  if (waitS !== undefined) return tooFast(reply, waitS)
  const handle = methods[request.method] as Handle
  return await handle(access.value, request, reply)
}

/** In: seconds to wait. */
function tooFast(reply: FastifyReply, waitS: number): FastifyReply {
  setVerdictHeader(reply, [{ finding: finding('limit.rate') }])
  return send(reply, refuseTask(429, READ_RATE_EXCEEDED, waitS))
}

function create(kind: TaskKind, deps: DataTaskRouteDeps): Handle {
  return async (project, request, reply) => {
    const body = await readJson(request, deps.room, MAX_BODY_BYTES)
    if (!body.ok) return send(reply, body.error)
    const task = parseTaskRequest(kind, body.value)
    if (!task.ok) return send(reply, refuseTask(400, task.error))
    const trackingId = await createTask(project, kind, task.value, deps)
    const gone = refuseTask(403, 'No project has this token')
    return send(reply, trackingId === undefined ? gone : taskCreated(trackingId))
  }
}

function list(kind: TaskKind, deps: TaskDeps): Handle {
  return async (project, _request, reply) => {
    return send(reply, taskList(await readTasks(project, kind, deps), project.publicId))
  }
}

/**
 * The task is named in the path, or, following the prose of the documentation (CON-35), by `tracking_id` or by its ids.
 */
function cancel(deps: DataTaskRouteDeps): Handle {
  return async (project, request, reply) => {
    const body = await readJson(request, deps.room, MAX_BODY_BYTES)
    if (!body.ok) return send(reply, body.error)
    const name = deletionName(request, isJsonObject(body.value) ? body.value : {})
    if (name === undefined) return send(reply, refuseTask(400, 'tracking_id or distinct_ids must be given'))
    const isCancelled = await cancelTask(project, name, deps)
    return send(reply, isCancelled ? DELETION_CANCELLED : DELETION_NOT_CANCELLED)
  }
}

function deletionName(request: FastifyRequest, body: JsonObject): DeletionName | undefined {
  const params = parseQuery(request.url)
  const sent = body['tracking_id']
  const trackingId =
    trackingIdOf(request) || params.get('tracking_id') || (typeof sent === 'string' ? sent : '')
  if (trackingId !== '') return { trackingId }
  const distinctIds = parseIds(body['distinct_ids'])
  return distinctIds === undefined ? undefined : { distinctIds }
}

function sendResult(deps: DataTaskRouteDeps): Handle {
  return async (project, request, reply) => {
    const task = await readTask(project, 'retrieval', trackingIdOf(request), deps)
    if (task?.status !== 'SUCCESS') return send(reply, refuseTask(404, 'no completed retrieval has this id'))
    if (!(await deps.underWay.take('retrieval', project.publicId, null, reply)))
      return tooFast(reply, RETRY_AFTER_S)
    reply.code(200).headers({
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="retrieval-${task.trackingId}.json"`,
    })
    const db = deps.reads(project, goneSignal(reply))
    const pieces = retrievalPieces(task, project, db, deps.pages.enter(reply))
    return await sendStream(request, reply, pieces)
  }
}

/** The address of a result, once there is one; fetching it requires the bearer token again. */
function linkTo(task: DataTask | undefined, project: Project, request: FastifyRequest): string {
  if (task?.status !== 'SUCCESS') return ''
  const path = `${taskPath('retrieval')}/${task.trackingId}/result?token=${encodeURIComponent(project.token)}`
  return `${request.protocol}://${request.headers.host ?? 'localhost'}${path}`
}

function trackingIdOf(request: FastifyRequest): string {
  const { tracking_id: trackingId } = request.params as { readonly tracking_id?: string }
  return trackingId ?? ''
}
