import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccessDeps, authenticate } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { type Params, parseBodyParams, parseQuery } from '../../core/decode/params.ts'
import { isJsonObject, type Json } from '../../core/json.ts'
import type { Project } from '../../core/project.ts'
import {
  listDataGroups,
  listWorkspaces,
  NO_TAGS,
  refuseApp,
  replyToDefinition,
} from '../../core/respond/app.ts'
import type { ReplyPlan } from '../../core/respond/plan.ts'
import { answerRegistration, answerTables, answerUploadUrl } from '../../ingest/register-lookup-table.ts'
import {
  answerChange,
  answerCreation,
  answerDeletion,
  answerList,
  answerOne,
} from '../../maintenance/annotations.ts'
import { addressOf } from '../address.ts'
import type { BodyRoom } from '../body-room.ts'
import { takeRawBodies } from '../raw-body.ts'
import { readJson } from '../read-json.ts'
import { receiveBytes } from '../receive.ts'
import { explainRefusal, type RefusalDeps } from '../refused-access.ts'
import { send } from '../send.ts'
import { route } from './ingest.ts'

export interface AppRouteDeps extends AccessDeps, RefusalDeps {
  readonly room: BodyRoom
  readonly newId: () => string
}

const MAX_BODY_BYTES = 65_536
const BASE = '/api/app/projects/:project_id'

type Handle = (project: Project, request: FastifyRequest) => Promise<ReplyPlan>
type Answer<Body> = (project: Project, request: FastifyRequest, body: Body) => Promise<ReplyPlan>
type Methods = Readonly<Record<string, Handle>>

/** What tools ask of `/api/app/projects/…`: annotations, workspaces, group keys, definitions, lookup
 * tables (QRY-24 to QRY-26, LKP-03). */
export function appRoutes(app: FastifyInstance, deps: AppRouteDeps): void {
  const { db } = deps
  takeRawBodies(app)
  const serve = (path: string, methods: Methods) => {
    route(app, BASE + path, (request, reply) => admit(request, reply, deps, methods), Object.keys(methods))
  }
  serve('/annotations', {
    GET: async (project, request) => await answerList(project, daysOf(request), db),
    POST: withJson(deps, async (project, _request, body) => await answerCreation(project, body, db)),
  })
  serve('/annotations/tags', { GET: async () => NO_TAGS })
  serve('/annotations/:annotation_id', {
    GET: async (project, request) => await answerOne(project, annotationOf(request), db),
    PATCH: withJson(deps, async (project, request, body) => {
      return await answerChange(project, annotationOf(request), body, db)
    }),
    DELETE: async (project, request) => await answerDeletion(project, annotationOf(request), db),
  })
  serve('/workspaces/public', { GET: async (project) => listWorkspaces(project) })
  serve('/data-groups', { GET: async (project) => listDataGroups(project) })
  serve('/data-definitions/lookup-tables', {
    GET: async (project) => await answerTables(project, db),
    POST: withForm(deps, async (project, _request, form) => await answerRegistration(project, form, db)),
  })
  serve('/data-definitions/lookup-tables/upload-url', {
    GET: async (project, request) => {
      const server = `${request.protocol}://${request.headers.host ?? 'localhost'}`
      return await answerUploadUrl(project, deps.newId(), server, deps.clock(), db)
    },
  })
  for (const kind of ['events', 'properties']) {
    serve(`/data-definitions/${kind}`, {
      PATCH: withJson(deps, async (_project, _request, body) => {
        const isNamed = isJsonObject(body) && typeof body['name'] === 'string' && body['name'] !== ''
        return isNamed ? replyToDefinition(body, kind) : refuseApp(400, 'name must be text')
      }),
    })
  }
}

/** Passes the body as JSON. */
function withJson({ room }: AppRouteDeps, answer: Answer<Json | undefined>): Handle {
  return async (project, request) => {
    const body = await readJson(request, room, MAX_BODY_BYTES)
    return body.ok ? await answer(project, request, body.value) : body.error
  }
}

/** Passes the parameters of the body, which is a form or JSON. */
function withForm({ room }: AppRouteDeps, answer: Answer<Params>): Handle {
  return async (project, request) => {
    const body = await receiveBytes(request, room, MAX_BODY_BYTES)
    if (!body.ok) return refuseApp(body.error === 'too_large' ? 413 : 429, 'the body was not read')
    const form = parseBodyParams(request.sentContentType, body.value.bytes ?? Buffer.alloc(0))
    return form.ok ? await answer(project, request, form.value) : refuseApp(400, form.error)
  }
}

/** Authenticates a request for the project of its path, and answers. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: AppRouteDeps,
  methods: Methods,
): Promise<FastifyReply> {
  const claimed = {
    credentials: parseAuthorization(request.headers.authorization),
    address: addressOf(request),
    projectId: pathParameter(request, 'project_id'),
  }
  const accepted = { hasApiKey: false, acceptsToken: false, acceptsSecret: false, needsAdmin: false }
  const access = await authenticate({ ...claimed, ...accepted }, deps)
  if (!access.ok) {
    return send(reply, refuseApp(await explainRefusal(request, reply, access.error, deps), access.error.text))
  }
  const handle = methods[request.method] as Handle
  return send(reply, await handle(access.value.project, request))
}

function daysOf(request: FastifyRequest) {
  const params = parseQuery(request.url)
  return { fromDate: params.get('fromDate') || undefined, toDate: params.get('toDate') || undefined }
}

/** The id in the path; 0, which no annotation has, for anything else. */
function annotationOf(request: FastifyRequest): number {
  const text = pathParameter(request, 'annotation_id')
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

function pathParameter(request: FastifyRequest, name: string): string {
  const params = request.params as Readonly<Record<string, string | undefined>>
  return params[name] ?? ''
}
