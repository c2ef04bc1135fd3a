import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isProxyHeader } from './loopback.ts'
import { isLocalOrigin } from './page-origin.ts'

const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'X-Requested-With',
  'traceparent',
]

/** More than any SDK or app asks for. */
const MAX_REQUESTED = 64

/** Which pages are allowed. */
export interface PageSettings {
  /**
   * Only this machine can reach the server, so pages on the internet get no access to it through their visitors'
   * browsers.
   */
  readonly loopbackOnly: boolean
}

/**
 * CORS as the browser SDK needs it (SEC-09): the origin is echoed, never `*`, because the SDK sends credentials; the
 * headers are set before anything can fail, because a browser hides the status of an answer without them. Implemented
 * here because the rule specifies every header, including the requested ones.
 */
export function allowBrowsers(app: FastifyInstance, settings: PageSettings): void {
  app.decorate(ANSWERS_PREFLIGHTS, true)
  app.addHook('onRequest', (request, reply, done) => {
    if (!letBrowserRead(request, reply, settings)) done()
  })
}

/** A decorator of instances, and of those registered in them. */
const ANSWERS_PREFLIGHTS = 'answersPreflights'

/** True for an instance with routes that answer OPTIONS. */
export function answersPreflights(app: FastifyInstance): boolean {
  return app.hasDecorator(ANSWERS_PREFLIGHTS)
}

/** Sets the headers of one answer. Out: whether the request was a preflight, which is answered then. */
export function letBrowserRead(
  request: FastifyRequest,
  reply: FastifyReply,
  { loopbackOnly }: PageSettings,
): boolean {
  const { origin } = request.headers
  if (origin !== undefined) {
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, Twinpanel-Verdict, Twinpanel-Fault',
      vary: 'Origin',
    })
  }
  if (request.method !== 'OPTIONS') return false
  reply.headers({
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': allowedHeaders(request.headers['access-control-request-headers']),
    'access-control-max-age': '86400',
  })
  const asksForNetwork = request.headers['access-control-request-private-network'] === 'true'
  if (asksForNetwork && (!loopbackOnly || isLocalOrigin(origin ?? ''))) {
    reply.header('access-control-allow-private-network', 'true')
  }
  reply.code(204).send()
  return true
}

/** The headers that an app makes the SDK send, without those that only a proxy may send. */
function allowedHeaders(requested: string | undefined): string {
  const extra = (requested ?? '').split(',', MAX_REQUESTED).map((name) => name.trim())
  const known = new Set(ALLOWED_HEADERS.map((name) => name.toLowerCase()))
  const added = extra.filter((name) => {
    return /^[\w-]+$/.test(name) && !known.has(name.toLowerCase()) && !isProxyHeader(name)
  })
  return [...ALLOWED_HEADERS, ...added].join(', ')
}
