import type { Client } from 'pg'

/** Where a running cluster listens. */
export interface Endpoint {
  readonly port: number
  readonly password: string
}

/**
 * The setting that names the data directory of our Postgres. Its own `data_directory` may be the path of a passed file,
 * which means something else in every process.
 */
export const dataDirectorySetting = 'twinpanel.data_directory'

/** The role that the server connects as: owner of its database, without other rights. */
export const serverRole = 'twinpanel_server'

/** The superuser that initdb creates. It can log in only until `serverRole` exists. */
export const bootstrapRole = 'twinpanel'

type Role = typeof serverRole | typeof bootstrapRole

/** A URL of the cluster's database. TLS is disabled explicitly, since the user's PGSSLMODE would apply otherwise. */
export function connectionStringOf(endpoint: Endpoint, role: Role = serverRole): string {
  return `postgres://${role}:${endpoint.password}@127.0.0.1:${endpoint.port}/postgres?sslmode=disable`
}

/** A connection, and the data directory of the Postgres at its other end. */
interface Connected {
  readonly kind: 'connected'
  readonly client: Client
  readonly role: Role
  readonly dataDirectory: string
}

/**
 * The result of an attempt to connect. `refused`: nothing listens, or another program; `busy`: starting or stopping.
 */
export type Attempt = Connected | { readonly kind: 'busy' } | { readonly kind: 'refused' }

const codes = { cannotConnectNow: '57P03', invalidPassword: '28P01' }

/**
 * Tries once to connect and to identify the Postgres: as the server's role, or on a cluster without that role
 * (a new one, or one from before version 0.1.0) as its superuser. Never throws.
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
  // Loaded while Postgres starts, which takes as long.
  const { Client } = await import('pg')
  const client = new Client({
    connectionString: connectionStringOf(endpoint, role),
    application_name: 'twinpanel owner',
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
  })
  // Without a listener, a connection closed by Postgres would crash the process.
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
