import { createServer } from 'node:net'
import type { Config } from '../../config.ts'
import { codeOf } from '../../start-error.ts'
import { type Check, good, note, problem } from './check.ts'

const ASK_LIMIT_MS = 2_000

/** Whether the server could listen, and if not, who does. */
export async function checkPort({ host, port, tls }: Config): Promise<Check> {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`
  if (port === 0) return good('port', 'any free one')
  const code = await tryToListen(host, port)
  if (code === undefined) return good('port', `${place} is free`)
  if (code !== 'EADDRINUSE') {
    return problem('port', `Twinpanel cannot listen on ${place} (${code}).`, 'Set HOST and PORT to others.')
  }
  const url = `${tls === undefined ? 'http' : 'https'}://${place.replace(/^0\.0\.0\.0:|^\[::\]:/, '127.0.0.1:')}`
  if (await isTwinpanel(url)) {
    return note(
      'port',
      `A Twinpanel is running at ${url} already.`,
      'Use it, or start another with --port 0.',
    )
  }
  const advice = `Stop it (lsof -i :${port} names it), or start Twinpanel with --port 0, which takes any free port.`
  return problem('port', `Another program listens on ${place}.`, advice)
}

/** Out: the code of the error, if any. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', (error) => done(codeOf(error)))
    server.listen({ host, port }, () => server.close(() => done(undefined)))
  })
}

/** Whether a Twinpanel answers; not told where its certificate is not trusted. */
async function isTwinpanel(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/_twin/health`, { signal: AbortSignal.timeout(ASK_LIMIT_MS) })
    const { status } = (await answer.json()) as { readonly status?: unknown }
    return answer.ok && status === 'ok'
  } catch {
    return false
  }
}
