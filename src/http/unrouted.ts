import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { methodNotAllowed, notFound } from '../core/respond/errors.ts'
import { sendProblem } from './problem.ts'
import { send } from './send.ts'

/**
 * Answers requests without a route: 405 with the path's methods (TRK-01), or 404 if it has none. A browser that opens
 * the server's address is redirected to the page. Call it before any route is added.
 */
export function refuseUnrouted(app: FastifyInstance): void {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    routes.push({ pattern: patternOf(url), methods: [method].flat() })
  })
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request)
    if (path === '/' && opensPage(request)) return reply.redirect('/_twin/')
    const has = new Set(routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))
    return refuse(request, reply, path, has)
  })
}

/** A browser at the root of the server. Mixpanel serves nothing there, and none of its clients asks for HTML. */
function opensPage({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function refuse(
  { method }: FastifyRequest,
  reply: FastifyReply,
  path: string,
  has: ReadonlySet<string>,
): FastifyReply {
  // Routes that browsers call answer other methods themselves; only methods that Fastify does not know get here.
  const allowed = has.has('OPTIONS') ? ['GET', 'POST', 'OPTIONS'] : METHODS.filter((known) => has.has(known))
  // The route itself may have called notFound.
  const errorReply = allowed.length > 0 && !has.has(method) ? methodNotAllowed(allowed) : notFound()
  if (!path.startsWith('/_twin')) return send(reply, errorReply)
  const detail = `Twinpanel has no ${method} ${path}: GET /_twin/openapi.json lists what it has.`
  return sendProblem(reply.headers(errorReply.headers ?? {}), errorReply.status, detail)
}

function pathOf({ url }: FastifyRequest): string {
  const path = url.split('?', 1)[0] ?? ''
  return path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
}

/** A route's URL as a pattern: `:name` for anything without a slash, `*` for anything. */
function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*')
  return new RegExp(`^${source.replace(/(.)\/$/, '$1')}$`)
}
