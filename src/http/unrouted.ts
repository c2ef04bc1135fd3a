import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isOn, parseQuery } from '../core/decode/params.ts'
import { isControlPath, normalisePath } from '../core/faults/match.ts'
import { explainPath } from '../core/paths/explain-path.ts'
import { methodNotAllowed, notFound } from '../core/respond/errors.ts'
import { errorOf } from '../core/respond/fault.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { render } from '../core/verdict/verdict.ts'
import { answerUnread } from '../ingest/refuse.ts'
import type { IngestDeps } from '../ingest/request.ts'
import { addressOf } from './address.ts'
import type { BodyRoom } from './body-room.ts'
import { letBrowserRead, type PageSettings } from './cors.ts'
import { sendProblem } from './problem.ts'
import { dropUnused, takeRawBodies } from './raw-body.ts'
import { send, sendIngested } from './send.ts'

export interface UnroutedDeps extends IngestDeps, PageSettings {
  readonly room: BodyRoom
}

/** A path that is served, with all its methods. */
interface ServedPath {
  readonly pattern: RegExp
  readonly methods: ReadonlySet<string>
}

/**
 * Answers requests without a route: 405 with the path's methods (TRK-01), or 404 if it has none, which a browser can
 * read (SEC-09) and a verdict explains (DIA-117, DIA-118). A browser that opens the server's address is redirected to
 * the page. Call it before any route is added.
 */
export function refuseUnrouted(app: FastifyInstance, deps: UnroutedDeps): void {
  const served = new Map<string, ServedPath>()
  app.addHook('onRoute', ({ method, url, config }) => {
    const { pattern = patternOf(url), methods = [] } = served.get(url) ?? {}
    served.set(url, { pattern, methods: new Set([...methods, ...(config?.allowed ?? [method].flat())]) })
  })
  app.register(async (scope) => {
    takeRawBodies(scope)
    scope.addHook('onRequest', (request, reply, done) => {
      const path = normalisePath(request.url)
      const isForBrowsers = !isControlPath(path) && methodsOf(path, served)?.has('OPTIONS') !== false
      if (!isForBrowsers || !letBrowserRead(request, reply, deps)) done()
    })
    scope.setNotFoundHandler(async (request, reply) => {
      await dropUnused(request, deps.room)
      const path = normalisePath(request.url)
      if (path === '/' && opensPage(request)) return reply.redirect('/_twin/')
      const methods = methodsOf(path, served)
      // The route itself may have called notFound.
      const isOther = methods !== undefined && !methods.has(request.method)
      const plan = isOther ? methodNotAllowed(METHODS.filter((known) => methods.has(known))) : notFound()
      if (path.startsWith('/_twin')) return refuseOwn(request, reply, path, plan)
      const own = [...served.keys()].filter((url) => !isControlPath(url))
      const why = isOther ? undefined : explainPath(request.method, path, own)
      return why === undefined ? send(reply, plan) : await refuse(request, reply, { path, plan, why }, deps)
    })
  })
}

/** A browser at the root of the server. Mixpanel serves nothing there, and none of its clients asks for HTML. */
function opensPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

function refuseOwn(
  { method }: FastifyRequest,
  reply: FastifyReply,
  path: string,
  { status, headers = {} }: ReplyPlan,
): FastifyReply {
  const detail = `Twinpanel has no ${method} ${path}: GET /_twin/openapi.json lists what it has.`
  return sendProblem(reply.headers(headers), status, detail)
}

/** Refuses a request with a path that can be explained. The body for a route that only Mixpanel has says so. */
async function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { path, plan, why }: { readonly path: string; readonly plan: ReplyPlan; readonly why: Finding },
  deps: UnroutedDeps,
): Promise<FastifyReply> {
  const { message, advice } = render(why, 'rejected')
  const call = { path, url: request.originalUrl }
  const told = why.code === 'endpoint.not_served' ? errorOf(plan.status, call, `${message} ${advice}`) : plan
  const unread = {
    endpoint: path.slice(0, 255),
    project: undefined,
    findings: [why],
    sender: addressOf(request),
  }
  const refused = await answerUnread(deps, unread, told)
  return sendIngested(reply, refused, isOn(parseQuery(request.url).get('explain')))
}

/** The methods of a path; undefined if it is not served. */
function methodsOf(path: string, served: ReadonlyMap<string, ServedPath>): ReadonlySet<string> | undefined {
  const found = [...served.values()].filter(({ pattern }) => pattern.test(path))
  return found.length === 0 ? undefined : new Set(found.flatMap(({ methods }) => [...methods]))
}

/** A route's URL as a pattern: `:name` for anything without a slash, `*` for anything. */
function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*')
  return new RegExp(`^${source.replace(/(.)\/$/, '$1')}$`)
}
