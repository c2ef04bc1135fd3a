import http from 'node:http'
import https from 'node:https'
import { BlockList, isIPv6, type Socket } from 'node:net'
import { plainAddress } from '../core/geo/address.ts'
import { MAX_HEADER_BYTES } from '../core/limits.ts'
import { isLoopback } from './loopback.ts'
import { refuseSlowClients } from './slow-clients.ts'

/** Longer than a load balancer's usual minute, so that the load balancer closes idle connections first. */
const KEEP_ALIVE_MS = 72_000
/** Node's default: a lookup table of 100 MB, written as it arrives, may take minutes. */
const REQUEST_TIMEOUT_MS = 300_000
/** The time limit for headers, and for a TLS handshake. */
const HEADERS_TIMEOUT_MS = 10_000
/** How often Node checks for connections over their time limit. */
const CHECK_EVERY_MS = 1_000

/** Concurrent connections: in total, and per address that is neither this machine nor a trusted proxy. */
const MAX_CONNECTIONS = 4_096
export const MAX_CONNECTIONS_OF_ADDRESS = 512

/** As Mixpanel (SEC-06), independent of Node's options and defaults. */
const MIN_TLS = 'TLSv1.2'

export interface ServerOptions {
  /** Certificate and key, to serve https. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** True for an address that speaks for many clients, so that its connections are not limited. */
  readonly isExempt: (address: string) => boolean
  /** The current time, in ms. */
  readonly now: () => number
}

/** Creates the HTTP server, with limits on the number of connections and on slow ones. */
export function createHttpServer(
  handler: http.RequestListener,
  { tls, isExempt, now }: ServerOptions,
): http.Server {
  const options = {
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAlive: true,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  }
  const secure = { ...options, ...tls, minVersion: MIN_TLS, handshakeTimeout: HEADERS_TIMEOUT_MS } as const
  const server: http.Server =
    tls === undefined ? http.createServer(options, handler) : https.createServer(secure, handler)
  server.maxConnections = MAX_CONNECTIONS
  boundAddresses(server, isExempt)
  refuseSlowClients(server, tls === undefined ? 'connection' : 'secureConnection', now)
  return server
}

/** Closes connections that one address opens over its limit. */
function boundAddresses(server: http.Server, isExempt: (address: string) => boolean): void {
  const counts = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (isExempt(address)) return
    const count = (counts.get(address) ?? 0) + 1
    counts.set(address, count)
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
    if (count > MAX_CONNECTIONS_OF_ADDRESS) socket.destroy()
  })
}

/** The address ranges that Fastify knows by name. */
const NAMED_RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/**
 * Returns a test for addresses that speak for many clients: this machine's, and trusted proxies'. In: Fastify's option
 * of that name.
 */
export function speaksForMany(trustProxy: boolean | string): (address: string) => boolean {
  if (typeof trustProxy === 'boolean') return (address) => trustProxy || isLoopback(address)
  const trusted = new BlockList()
  for (const entry of trustProxy.split(',').flatMap((name) => NAMED_RANGES[name.trim()] ?? [name.trim()])) {
    const [net = '', prefix] = entry.split('/')
    const family = isIPv6(net) ? 'ipv6' : 'ipv4'
    trusted.addSubnet(net, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family)
  }
  return (address) => {
    const plain = plainAddress(address)
    return isLoopback(plain) || trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }
}
