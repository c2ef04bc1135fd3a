import type { FastifyRequest } from 'fastify'

/**
 * Headers that proxies, tunnels and CDNs add to requests; a client on this machine sends none of them. Ids of requests
 * and traces (X-Request-Id, traceparent) do not count: SDKs and tools send those.
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
 * The evidence that a request was forwarded, as a phrase for a sentence; undefined if there is none. Some proxies cannot
 * be detected. nginx adds no header by default, but speaks HTTP/1.0 to its upstream (by default before 1.29.7), which
 * no current client does.
 */
export function passedOnBy({ raw }: Pick<FastifyRequest, 'raw'>): string | undefined {
  for (const name in raw.headers) if (PASSED_ON.test(name)) return `the header ${name}`
  return raw.httpVersionMajor === 1 && raw.httpVersionMinor === 0 ? 'HTTP/1.0' : undefined
}

const LOOPBACK_HOST = /^(localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** True for a Host header that names this machine; a name that was rebound to loopback does not. */
export function isLoopbackHostHeader(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK_HOST.test(host)
}

/** True for a loopback address: IPv4, IPv6, or IPv4-mapped IPv6. */
export function isLoopback(ip: string): boolean {
  return ip === '::1' || /^(::ffff:)?127\./.test(ip)
}

/** True if the peer of the connection is on this machine; headers are ignored. */
export function isLoopbackPeer({ raw }: Pick<FastifyRequest, 'raw'>): boolean {
  return isLoopback(raw.socket.remoteAddress ?? '')
}

/** True for a request from this machine, as far as it can be determined: the only client that needs no token. */
export function isFromThisMachine(request: FastifyRequest): boolean {
  return (
    isLoopbackPeer(request) && isLoopbackHostHeader(request.headers.host) && passedOnBy(request) === undefined
  )
}
