import { err, ok, type Result } from '../core/result.ts'

export const DEFAULT_URL = 'http://localhost:4100'

/** The server that a command is for. In: what was given, or the environment's TWINPANEL_URL. Error: a sentence. */
export function readServerUrl(given: string | undefined): Result<URL, string> {
  const text = given === undefined || given === '' ? DEFAULT_URL : given
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '') {
    return err(`--url must be one such as ${DEFAULT_URL}, and is ${JSON.stringify(text)}.`)
  }
  return ok(url)
}

/** The URL of a path below a server's. */
export function urlBelow(server: URL, path: string, query: URLSearchParams): string {
  return `${server.origin}${server.pathname.replace(/\/+$/, '')}${path}?${query}`
}

/** The Authorization header of a user and a secret, `user:secret`. */
export function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** Why a request got no answer. `fetch` hides the code of the system in the cause. */
export function whyNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return whyNoAnswer(error.cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

/** What to do about a request without an answer. In: the reason. */
export function adviceOn(reason: string): string {
  return /CERT|SIGNED|certificate/i.test(reason)
    ? 'Name its certificate in NODE_EXTRA_CA_CERTS: a self-signed one is tls/cert.pem in the data directory.'
    : 'Start a server with npx twinpanel, or name another with --url.'
}
