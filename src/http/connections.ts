import http from 'node:http'
import https from 'node:https'
import { MAX_HEADER_BYTES } from '../core/limits.ts'

/** Longer than a load balancer's usual minute, so that it is the one to close an idle connection. */
const KEEP_ALIVE_MS = 72_000
/** Node's own: a lookup table of 100 MB, written as it comes, may well take minutes. */
const REQUEST_TIMEOUT_MS = 300_000

/** As Mixpanel (SEC-06), whatever Node's own options and defaults say. */
const MIN_TLS = 'TLSv1.2'

/** Makes the server that connections come to. In: certificate and key, to serve https. */
export function createHttpServer(
  handler: http.RequestListener,
  tls: { readonly cert: string; readonly key: string } | undefined,
): http.Server {
  const options = { maxHeaderSize: MAX_HEADER_BYTES, keepAlive: true }
  const server: http.Server =
    tls === undefined
      ? http.createServer(options, handler)
      : https.createServer({ ...options, ...tls, minVersion: MIN_TLS }, handler)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  return server
}
