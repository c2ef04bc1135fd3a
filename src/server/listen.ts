import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../config.ts'
import { err, ok, type Result } from '../core/result.ts'
import { codeOf, type StartError } from '../start-error.ts'

/** Requests in progress are given up after this: whatever stops the server (Docker, systemd) kills it soon after. */
const drainLimitMs = 7_000
const idleSweepMs = 50

/** Listens, and returns the URL. */
export async function listen(app: FastifyInstance, config: Config): Promise<Result<string, StartError>> {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  try {
    await app.listen({ host: config.host, port: config.port })
    const { port } = app.server.address() as AddressInfo
    return ok(`${config.tls === undefined ? 'http' : 'https'}://${host}:${port}`)
  } catch (error) {
    const advice: Record<string, string> = {
      EADDRINUSE: 'another program uses that port. Stop it, or set PORT to another (0 for any free port)',
      EACCES: 'ports below 1024 may need privileges. Set PORT to a higher one',
      EADDRNOTAVAIL: 'this machine has no such address. Set HOST to one it has',
      ENOTFOUND: 'that name cannot be resolved. Set HOST to one that can',
    }
    const code = codeOf(error)
    const message = `Cannot listen on ${host}:${config.port} (${code}): ${advice[code] ?? 'see HOST and PORT'}.`
    return err({ code: 'cannot_listen', message })
  }
}

/** How to drain a server, in ms. */
interface Draining {
  /** How long it goes on as before. */
  readonly drainMs: number
  /** How long clients that keep a connection may still use it. */
  readonly lastRequestsMs: number
}

/**
 * Goes on for `drainMs`; then refuses new connections, answers the requests that arrive on open ones, and closes each
 * with its answer. Idle connections are closed last: one that is closed while its client sends a request resets it.
 */
export async function drain(app: FastifyInstance, { drainMs, lastRequestsMs }: Draining): Promise<void> {
  const { server } = app
  if (drainMs > 0) await delay(drainMs)
  const closeIdle = server.closeIdleConnections.bind(server)
  // `close` would call it at once.
  server.closeIdleConnections = () => undefined
  let sweep: NodeJS.Timeout | undefined
  const firstSweep = setTimeout(() => {
    sweep = setInterval(closeIdle, idleSweepMs)
  }, lastRequestsMs)
  const limit = delay(drainLimitMs, undefined, { ref: false })
  await Promise.race([app.close(), limit])
  clearTimeout(firstSweep)
  clearInterval(sweep)
}
