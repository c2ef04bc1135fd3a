import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccessDeps, authenticate } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { parseQuery } from '../../core/decode/params.ts'
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
import { explainRefusal, type RefusalDeps } from '../refused-access.ts'
import { send } from '../send.ts'
import { route } from './ingest.ts'

export interface AppRouteDeps extends AccessDeps, RefusalDeps {
  readonly room: BodyRoom
}

const MAX_BODY_BYTES = 65_536
const BASE = '/api/app/projects/:project_id'

type Handle = (project: Project, request: FastifyRequest, body: Json | undefined) => Promise<ReplyPlan>
type Methods = Readonly<Record<string, Handle>>

/** What tools ask of `/api/app/projects/…`: annotations, workspaces, group keys, definitions (QRY-24 to QRY-26). */
export function appRoutes(app: FastifyInstance, deps: AppRouteDeps): void {
  const { db } = deps
  takeRawBodies(app)
  const serve = (path: string, methods: Methods) => {
    route(app, BASE + path, (request, reply) => admit(request, reply, deps, methods), Object.keys(methods))
  }
  serve('/annotations', {
    GET: async (project, request) => await answerList(project, daysOf(request), db),
    POST: async (project, _request, body) => await answerCreation(project, body, db),
  })
  serve('/annotations/tags', { GET: async () => NO_TAGS })
  serve('/annotations/:annotation_id', {
    GET: async (project, request) => await answerOne(project, annotationOf(request), db),
    PATCH: async (project, request, body) => await answerChange(project, annotationOf(request), body, db),
    DELETE: async (project, request) => await answerDeletion(project, annotationOf(request), db),
  })
  serve('/workspaces/public', { GET: async (project) => listWorkspaces(project) })
  serve('/data-groups', { GET: async (project) => listDataGroups(project) })
  for (const kind of ['events', 'properties']) {
    serve(`/data-definitions/${kind}`, {
      PATCH: async (_project, _request, body) => {
        const isNamed = isJsonObject(body) && typeof body['name'] === 'string' && body['name'] !== ''
        return isNamed ? replyToDefinition(body, kind) : refuseApp(400, 'name must be text')
      },
    })
  }
}

/** Authenticates a request for the project of its path, reads its body, and answers. */
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
  const body = await readJson(request, deps.room, MAX_BODY_BYTES)
  if (!body.ok) return send(reply, body.error)
  const handle = methods[request.method] as Handle
  return send(reply, await handle(access.value.project, request, body.value))
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
