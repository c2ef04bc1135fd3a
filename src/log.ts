import { type DestinationStream, destination as fileDestination, type Logger, pino } from 'pino'
import type { LogLevel } from './config.ts'

/**
 * The process's logger: JSON lines of `level` and above to `destination`, by default standard error (standard
 * output holds the one line with the URL). Credentials, bodies and query values never reach it: known field
 * names are redacted, requests are told by their route, errors by the few fields that hold no row.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: redactedPaths, censor: '[redacted]' },
      serializers: { req: describeRequest, err: describeError },
    },
    // Synchronous: a log line is never lost to an exit, and there are few of them.
    destination ?? fileDestination({ dest: 2, sync: true }),
  )
}

const secretFields = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'api_secret',
  'api_key',
  'token',
  'adminToken',
  'connectionString',
  'databaseUrl',
  'body',
  'data',
  'records',
  'properties',
]

/** pino has no wildcard for "at any depth": fields are looked for down to the third level. */
const redactedPaths = ['', '*', '*.*'].flatMap((parent) =>
  secretFields.map((field) => `${parent}["${field}"]`),
)

/** Of a query that are looked at: URLSearchParams takes time as the square of its length. */
const MAX_QUERY_CHARS = 2_000

interface RequestLike {
  readonly method?: string
  readonly url?: string
  readonly host?: string
  readonly ip?: string
  readonly routeOptions?: { readonly url?: string | undefined }
}

/** By route, since paths hold tokens and distinct_ids and query values hold events: only names are kept. */
function describeRequest(request: RequestLike): Record<string, unknown> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const names = [...new URLSearchParams(query.slice(0, MAX_QUERY_CHARS)).keys()].slice(0, 20)
  return {
    method: request.method,
    route: request.routeOptions?.url ?? path.slice(0, 100),
    ...(names.length > 0 ? { query: names.map((name) => name.slice(0, 40)) } : {}),
    host: request.host,
    remoteAddress: request.ip,
  }
}

/** Not pino's own, which copies every field: Postgres puts the offending row into `detail` and `where`. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error
  const code = 'code' in error ? { code: error.code } : {}
  const cause = error.cause === undefined || depth > 2 ? {} : { cause: describeError(error.cause, depth + 1) }
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause }
}
