import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessError } from '../../access/authenticate.ts'
import { authenticateSdk, type SdkAccessDeps } from '../../access/sdk-access.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { parseQuery } from '../../core/decode/params.ts'
import { parseContext } from '../../core/flags/context.ts'
import type { Flag } from '../../core/flags/flag.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { MAX_REQUEST_BYTES } from '../../core/limits.ts'
import type { Project } from '../../core/project.ts'
import { tooBusy, tooManyBytes } from '../../core/respond/errors.ts'
import {
  FIRST_TIME_EVENT_TAKEN,
  RECORDING_DISCARDED,
  refuseContext,
  refuseFlags,
  replyToDefinitions,
  replyToFlags,
  SDK_SETTINGS,
} from '../../core/respond/flags.ts'
import type { ReplyPlan } from '../../core/respond/plan.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { readDone, readFlags } from '../../read/flags.ts'
import type { Readers } from '../../read/readers.ts'
import { addressOf } from '../address.ts'
import type { BodyRoom } from '../body-room.ts'
import { chosenToken } from '../chosen-project.ts'
import { goneSignal } from '../client-gone.ts'
import { allowBrowsers, type PageSettings } from '../cors.ts'
import { discardBody, takeRawBodies } from '../raw-body.ts'
import { receiveBytes } from '../receive.ts'
import { explainRefusal, type RefusalDeps } from '../refused-access.ts'
import { send } from '../send.ts'
import { route } from './ingest.ts'

export interface FlagRouteDeps extends SdkAccessDeps, RefusalDeps {
  readonly room: BodyRoom
  /** For the events that users have done. */
  readonly reads: Readers
}

/** The limit of a body with a context. */
const MAX_BODY_BYTES = 262_144

/** `/flags`, `/settings` and `/record`: what SDKs request besides sending events (FLG-01 to FLG-08). */
export function flagRoutes(app: FastifyInstance, deps: FlagRouteDeps & PageSettings): void {
  takeRawBodies(app)
  allowBrowsers(app, deps)
  route(app, '/flags', (request, reply) => answer(request, reply, deps, flagsFor(request, reply, deps)))
  const definitions: MakeReply = (flags, project) => replyToDefinitions(flags, project?.publicId ?? 0)
  route(app, '/flags/definitions', (request, reply) => answer(request, reply, deps, definitions), ['GET'])
  const takeFirstTimeEvent: MakeReply = (_flags, _project, posted) => {
    const hasDistinctId = typeof posted['distinct_id'] === 'string'
    return hasDistinctId ? FIRST_TIME_EVENT_TAKEN : refuseFlags(400, NO_DISTINCT_ID)
  }
  const firstTime = '/flags/:flag_id/first-time-events'
  route(app, firstTime, (request, reply) => answer(request, reply, deps, takeFirstTimeEvent), ['POST'])
  route(app, '/settings', (_request, reply) => send(reply, SDK_SETTINGS), ['GET'])
  route(app, '/record', discardRecording, ['POST'])
}

const NO_DISTINCT_ID = 'the body is not a JSON object with a distinct_id'

/** Answers after a recording has been sent; nothing of it is kept. */
async function discardRecording(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const isWhole = await discardBody(request, MAX_REQUEST_BYTES)
  return send(reply, isWhole ? RECORDING_DISCARDED : tooManyBytes(MAX_REQUEST_BYTES))
}

/** In: the flags, the project (undefined if it does not exist yet), and the fields of the body. */
type MakeReply = (
  flags: readonly Flag[],
  project: Project | undefined,
  posted: JsonObject,
) => ReplyPlan | Promise<ReplyPlan>

/**
 * Authenticates the request and answers with the project's flags; a project that does not exist yet has none. The body
 * is read after authentication, or if it must contain the token.
 */
async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: FlagRouteDeps,
  makeReply: MakeReply,
): Promise<FastifyReply> {
  const params = parseQuery(request.url)
  const claim = {
    credentials: parseAuthorization(request.headers.authorization),
    address: addressOf(request),
    token: params.get('token'),
    projectId: params.get('project_id'),
  }
  const isShown = claim.credentials.kind !== 'none' || claim.token !== undefined
  const chosen = chosenToken(request)
  const instead = chosen === undefined ? {} : ({ credentials: { kind: 'none' }, token: chosen } as const)
  const shown = isShown ? await authenticateSdk({ ...claim, ...instead }, deps) : undefined
  if (shown?.ok === false) return await refuseSdk(request, reply, shown.error, deps)
  const posted = await postedFields(request, deps)
  if (!posted.ok) return send(reply, posted.error)
  const token = typeof posted.value['token'] === 'string' ? posted.value['token'] : undefined
  const access = shown ?? (await authenticateSdk({ ...claim, token: token && (chosen ?? token) }, deps))
  if (!access.ok) return await refuseSdk(request, reply, access.error, deps)
  const project = access.value
  const flags = project === undefined ? [] : await readFlags(project, deps.db)
  return send(reply, await makeReply(flags, project, posted.value))
}

async function refuseSdk(
  request: FastifyRequest,
  reply: FastifyReply,
  error: AccessError,
  deps: FlagRouteDeps,
): Promise<FastifyReply> {
  return send(reply, refuseFlags(await explainRefusal(request, reply, error, deps), error.text))
}

/** Answers with the variants for the context of a request: of one flag if it names one, otherwise of all (FLG-01). */
function flagsFor(request: FastifyRequest, reply: FastifyReply, deps: FlagRouteDeps): MakeReply {
  const params = parseQuery(request.url)
  return async (flags, project, posted) => {
    const context = parseContext(params.get('context') ?? posted['context'])
    if (!context.ok) return refuseContext(context.error)
    const key = params.get('flag_key') ?? posted['flag_key']
    const wanted = key === undefined ? flags : flags.filter((flag) => flag.key === key)
    const db = deps.reads(project, goneSignal(reply))
    const done = await readDone(wanted, context.value, project, db)
    return replyToFlags(wanted, { context: context.value, done, projectId: project?.publicId ?? 0 })
  }
}

/** The fields of a JSON body, whatever its type: older browser SDKs post the context as bytes. Error: the answer. */
async function postedFields(
  request: FastifyRequest,
  { room }: FlagRouteDeps,
): Promise<Result<JsonObject, ReplyPlan>> {
  const body = await receiveBytes(request, room, MAX_BODY_BYTES)
  if (!body.ok) return err(body.error === 'too_large' ? tooManyBytes(MAX_BODY_BYTES) : tooBusy())
  const { bytes } = body.value
  if (bytes === undefined) return ok({})
  try {
    const fields: Json = JSON.parse(bytes.toString('utf8'))
    return ok(isJsonObject(fields) ? fields : {})
  } catch {
    return ok({})
  }
}
