import { createServer } from 'node:net'
import type { Config } from '../config.ts'
import { codeOf } from '../start-error.ts'

const ASK_LIMIT_MS = 2_000

/** What prevents listening: a Twinpanel or another program that does already, or something else, by its code. */
export type Obstacle =
  | { readonly kind: 'twinpanel'; readonly url: string }
  | { readonly kind: 'program' }
  | { readonly kind: 'other'; readonly code: string }

/** An address for people, with the brackets of IPv6. */
export function placeOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Tries to listen. Out: what prevents it; undefined if the port is free. */
export async function findObstacle(config: Config): Promise<Obstacle | undefined> {
  const code = await tryToListen(config)
  if (code === undefined) return undefined
  if (code !== 'EADDRINUSE') return { kind: 'other', code }
  const scheme = config.tls === undefined ? 'http' : 'https'
  const url = `${scheme}://${placeOf(config).replace(/^(?:0\.0\.0\.0|\[::\]):/, '127.0.0.1:')}`
  return (await isTwinpanel(url)) ? { kind: 'twinpanel', url } : { kind: 'program' }
}

/** What was found, and what to do. */
export function describeObstacle(
  obstacle: Exclude<Obstacle, { readonly kind: 'other' }>,
  config: Config,
): readonly [found: string, advice: string] {
  if (obstacle.kind === 'twinpanel') {
    const advice = 'Use it, stop it, or start another with --port 0 and --ephemeral or another --data-dir.'
    return [`A Twinpanel is running at ${obstacle.url} already.`, advice]
  }
  const stop = process.platform === 'win32' ? 'Stop it' : `Stop it (lsof -i :${config.port} names it)`
  return [
    `Another program is listening on ${placeOf(config)}.`,
    `${stop}, or start Twinpanel with --port 0, which takes any free port.`,
  ]
}

/** Out: the code of the error, if any. */
function tryToListen({ host, port }: Config): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', (error) => done(codeOf(error)))
    server.listen({ host, port }, () => server.close(() => done(undefined)))
  })
}

/** Whether a Twinpanel answers; unknown, and so false, where its certificate is not trusted. */
async function isTwinpanel(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/_twin/health`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })
    const { status } = (await answer.json()) as { readonly status?: unknown }
    return answer.ok && status === 'ok'
  } catch {
    return false
  }
}
