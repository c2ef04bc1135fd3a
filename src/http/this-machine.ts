import type { FastifyRequest } from 'fastify'
import { isLoopback } from './once-per-client.ts'

/**
 * Headers that proxies, tunnels and content networks add to what they pass on; a client that is on this machine sends
 * none of them. Names of requests and traces (X-Request-Id, traceparent) are no sign: SDKs and tools send those.
 */
const PASSED_ON = new RegExp(
  `^(?:${[
    'forwarded',
    'via',
    'cdn-loop',
    'x-forwarded(?:-.+)?',
    'x-original-.+',
    'x-rewrite-url',
    'x-(?:real|client|cluster-client|remote|proxy-user|envoy-external)-?ip',
    'x-(?:remote|client)-addr',
    'x-(?:envoy|amz-cf|amzn|azure|arr|appengine|vercel|nf|varnish|haproxy|proxy|nginx|sigsci)-.+',
    '(?:true|fastly|wl-proxy|proxy)-client-ip',
    '(?:cf|fly|fastly|cloudfront|incap|tailscale|ngrok|ssl-client)-.+',
    'x-cloud-trace-context',
    'x-varnish',
    'front-end-https',
    'surrogate-capability',
  ].join('|')})$`,
)

/** True for a header that a proxy adds. */
export function isProxyHeader(name: string): boolean {
  return PASSED_ON.test(name.toLowerCase())
}

/**
 * Tells by what a request was passed on, as a sentence can name it; undefined where nothing shows it. Some proxies
 * show nothing. nginx adds no header unless it is told to, but speaks HTTP/1.0 to what stands behind it (by default
 * before 1.29.7), which no client of today does.
 */
export function passedOnBy({ raw }: Pick<FastifyRequest, 'raw'>): string | undefined {
  for (const name in raw.headers) if (PASSED_ON.test(name)) return `the header ${name}`
  return raw.httpVersionMajor === 1 && raw.httpVersionMinor === 0 ? 'HTTP/1.0' : undefined
}

const LOOPBACK_HOST = /^(localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** True for a Host header that names this machine: a name that was rebound to loopback does not. */
export function isLoopbackHostHeader(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK_HOST.test(host)
}

/** True where the other end of the connection is on this machine, whatever headers say. */
export function isLoopbackPeer({ raw }: Pick<FastifyRequest, 'raw'>): boolean {
  return isLoopback(raw.socket.remoteAddress ?? '')
}

/** True for what this machine asks itself, as far as a request can show it: the one client that needs no token. */
export function isFromThisMachine(request: FastifyRequest): boolean {
  return (
    isLoopbackPeer(request) && isLoopbackHostHeader(request.headers.host) && passedOnBy(request) === undefined
  )
}
