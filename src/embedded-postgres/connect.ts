import { Client } from 'pg'

/** Where a running cluster listens. */
export interface Endpoint {
  readonly port: number
  readonly password: string
}

/**
 * The setting by which our Postgres tells whose it is. Its own `data_directory` may be the name of a file that it was
 * handed, which means something else to every process.
 */
export const dataDirectorySetting = 'twinpanel.data_directory'

/** Whom the server connects as: the owner of its database, who is nobody beyond it. */
export const serverRole = 'twinpanel_server'

/** The superuser that initdb makes. It can log in only while there is no `serverRole`. */
export const bootstrapRole = 'twinpanel'

type Role = typeof serverRole | typeof bootstrapRole

/** A URL of the cluster's database. TLS is off in words, or the user's PGSSLMODE would decide. */
export function connectionStringOf(endpoint: Endpoint, role: Role = serverRole): string {
  return `postgres://${role}:${endpoint.password}@127.0.0.1:${endpoint.port}/postgres?sslmode=disable`
}

/** A connection, and whose data are at the other end. */
export interface Connected {
  readonly kind: 'connected'
  readonly client: Client
  readonly role: Role
  readonly dataDirectory: string
}

/** What came of an attempt to connect. `refused`: nobody there, or somebody else; `busy`: starting or stopping. */
export type Attempt = Connected | { readonly kind: 'busy' } | { readonly kind: 'refused' }

const codes = { cannotConnectNow: '57P03', invalidPassword: '28P01' }

/**
 * Tries once to open a connection and to learn whose it is: as the server's role, and on a cluster that does not have
 * it yet (it is new, or older than that role) as its superuser. Never throws.
 */
export async function attemptConnection(endpoint: Endpoint): Promise<Attempt> {
  const attempt = await attemptAs(serverRole, endpoint)
  if (attempt.kind !== 'failed' || attempt.code !== codes.invalidPassword) return toAttempt(attempt)
  return toAttempt(await attemptAs(bootstrapRole, endpoint))
}

interface Failed {
  readonly kind: 'failed'
  readonly code: unknown
}

function toAttempt(attempt: Connected | Failed): Attempt {
  if (attempt.kind === 'connected') return attempt
  return { kind: attempt.code === codes.cannotConnectNow ? 'busy' : 'refused' }
}

async function attemptAs(role: Role, endpoint: Endpoint): Promise<Connected | Failed> {
  const client = new Client({
    connectionString: connectionStringOf(endpoint, role),
    application_name: 'twinpanel owner',
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
  })
  // Without a listener a connection that Postgres ends would end our process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const answer = await client.query<{ path: string }>(
      `select coalesce(current_setting($1, true), current_setting('data_directory')) as path`,
      [dataDirectorySetting],
    )
    return { kind: 'connected', client, role, dataDirectory: answer.rows[0]?.path ?? '' }
  } catch (error) {
    await client.end().catch(() => undefined)
    return { kind: 'failed', code: error instanceof Error && 'code' in error ? error.code : undefined }
  }
}
