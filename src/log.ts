import { type DestinationStream, destination as fileDestination, type Logger, pino } from 'pino'
import type { LogLevel } from './config.ts'

/**
 * The process's logger: JSON lines of `level` and above to `destination`, by default standard error (standard output
 * has only the line with the URL). Never logs credentials, bodies and query values: known field names are redacted,
 * requests are logged by route, errors by the few fields that contain no row.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: redactedPaths, censor: '[redacted]' },
      serializers: { req: describeRequest, err: describeError },
    },
    // Synchronous, so that no line is lost on exit; there are few lines.
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

/** pino has no wildcard for any depth, so fields are redacted down to the third level. */
const redactedPaths = ['', '*', '*.*'].flatMap((parent) =>
  secretFields.map((field) => `${parent}["${field}"]`),
)

/** The part of a query that is parsed: URLSearchParams is quadratic. */
const MAX_QUERY_CHARS = 2_000

interface RequestLike {
  readonly method?: string
  readonly url?: string
  readonly host?: string
  readonly ip?: string
  readonly routeOptions?: { readonly url?: string | undefined }
}

/**
 * By route, since paths contain tokens and distinct_ids; of the query only the names, since its values contain events.
 */
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

/** Replaces pino's serializer, which copies every field: Postgres puts the offending row into `detail` and `where`. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error
  const code = 'code' in error ? { code: error.code } : {}
  const cause = error.cause === undefined || depth > 2 ? {} : { cause: describeError(error.cause, depth + 1) }
  return { type: error.name, message: error.message, ...code, stack: error.stack, ...cause }
}
