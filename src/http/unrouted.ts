import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { methodNotAllowed, notFound } from '../core/respond/errors.ts'
import { sendProblem } from './problem.ts'
import { send } from './send.ts'

/**
 * Answers a request that no route takes: 405 with the methods that the path has (TRK-01), or 404 without any. A
 * browser that opens the server's address is led to the page. Call it before any route is added.
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

/** A browser at the address that a start prints. Mixpanel has nothing there, and no client of it asks for HTML. */
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
  // Where browsers ask, a route refuses what is not taken: only a method that Fastify does not know comes here.
  const allowed = has.has('OPTIONS') ? ['GET', 'POST', 'OPTIONS'] : METHODS.filter((known) => has.has(known))
  // A route may say itself that there is nothing.
  const refusal = allowed.length > 0 && !has.has(method) ? methodNotAllowed(allowed) : notFound()
  if (!path.startsWith('/_twin')) return send(reply, refusal)
  const detail = `Twinpanel has no ${method} ${path}: GET /_twin/openapi.json lists what it has.`
  return sendProblem(reply.headers(refusal.headers ?? {}), refusal.status, detail)
}

function pathOf({ url }: FastifyRequest): string {
  const path = url.split('?', 1)[0] ?? ''
  return path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1')
}

/** What a route's URL stands for: `:name` for anything without a slash, `*` for anything. */
function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*')
  return new RegExp(`^${source.replace(/(.)\/$/, '$1')}$`)
}
