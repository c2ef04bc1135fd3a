import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { authenticateSdk, type SdkAccessDeps } from '../../access/sdk-access.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { queryParams } from '../../core/decode/params.ts'
import { parseContext } from '../../core/flags/context.ts'
import type { Flag } from '../../core/flags/flag.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { MAX_REQUEST_BYTES } from '../../core/limits.ts'
import type { Project } from '../../core/project.ts'
import {
  FIRST_TIME_EVENT_TAKEN,
  RECORDING_DISCARDED,
  refuseFlags,
  replyToDefinitions,
  replyToFlags,
  SDK_SETTINGS,
} from '../../core/respond/flags.ts'
import type { ReplyPlan } from '../../core/respond/plan.ts'
import type { Readers } from '../../read/readers.ts'
import { readDone, readFlags } from '../../twin/flags.ts'
import { ByteBudget, limitBodies } from '../body-budget.ts'
import { allowBrowsers } from '../cors.ts'
import { goneSignal } from '../gone.ts'
import { takeRawBodies } from '../raw-body.ts'
import { send } from '../send.ts'
import { route } from './ingest.ts'

/** What these routes work with. */
interface FlagRouteDeps extends SdkAccessDeps {
  /** For what users have done. */
  readonly reads: Readers
}

/** Bytes of bodies that may be on their way through these routes at once: recordings, mostly. */
const MAX_BYTES_UNDER_WAY = 64 * 1_048_576

/** `/flags`, `/settings` and `/record`: what SDKs ask for beside sending events (FLG-01 to FLG-08). */
export function flagRoutes(app: FastifyInstance, deps: FlagRouteDeps): void {
  takeRawBodies(app, MAX_REQUEST_BYTES)
  allowBrowsers(app)
  limitBodies(app, new ByteBudget(MAX_BYTES_UNDER_WAY))
  route(app, '/flags', (request, reply) => answer(request, reply, deps, flagsFor(request, reply, deps)))
  const definitions: MakeReply = (flags, project) => replyToDefinitions(flags, project?.publicId ?? 0)
  route(app, '/flags/definitions', (request, reply) => answer(request, reply, deps, definitions), ['GET'])
  const firstTime = takeFirstTimeEvent
  route(app, '/flags/:flag_id/first-time-events', (request, reply) => firstTime(request, reply, deps), [
    'POST',
  ])
  route(app, '/settings', (_request, reply) => send(reply, SDK_SETTINGS), ['GET'])
  route(app, '/record', (_request, reply) => send(reply, RECORDING_DISCARDED), ['POST'])
}

/** In: the flags, and the project; undefined where one is still to be made. */
type MakeReply = (flags: readonly Flag[], project: Project | undefined) => ReplyPlan | Promise<ReplyPlan>

/** Lets the request in and answers by the project's flags; a project that is still to be made has none. */
async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: FlagRouteDeps,
  makeReply: MakeReply,
): Promise<FastifyReply> {
  const params = queryParams(request.url)
  const posted = postedFields(request)
  const token = params.get('token') ?? (typeof posted['token'] === 'string' ? posted['token'] : undefined)
  const credentials = parseAuthorization(request.headers.authorization)
  const access = await authenticateSdk({ credentials, token, projectId: params.get('project_id') }, deps)
  if (!access.ok) return send(reply, refuseFlags(401, access.error.text))
  const project = access.value
  const flags = project === undefined ? [] : await readFlags(project, deps.db)
  return send(reply, await makeReply(flags, project))
}

/** Answers with the variants for the context of a request: of one flag if it names one, else of all (FLG-01). */
function flagsFor(request: FastifyRequest, reply: FastifyReply, deps: FlagRouteDeps): MakeReply {
  const params = queryParams(request.url)
  const posted = postedFields(request)
  const context = parseContext(params.get('context') ?? posted['context'])
  if (!context.ok) return () => refuseFlags(400, context.error)
  const key = params.get('flag_key') ?? posted['flag_key']
  return async (flags, project) => {
    const wanted = key === undefined ? flags : flags.filter((flag) => flag.key === key)
    const db = deps.reads(project, goneSignal(reply))
    const done = await readDone(wanted, context.value, project, db)
    return replyToFlags(wanted, { context: context.value, done, projectId: project?.publicId ?? 0 })
  }
}

async function takeFirstTimeEvent(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: FlagRouteDeps,
): Promise<FastifyReply> {
  const isTold = typeof postedFields(request)['distinct_id'] === 'string'
  const problem = refuseFlags(400, 'the body is not a JSON object with a distinct_id')
  return await answer(request, reply, deps, () => (isTold ? FIRST_TIME_EVENT_TAKEN : problem))
}

/** The fields of a JSON body, whatever it says it is: older browser SDKs post the context as bytes. */
function postedFields(request: FastifyRequest): JsonObject {
  if (!Buffer.isBuffer(request.body)) return {}
  try {
    const body: Json = JSON.parse(request.body.toString('utf8'))
    return isJsonObject(body) ? body : {}
  } catch {
    return {}
  }
}
