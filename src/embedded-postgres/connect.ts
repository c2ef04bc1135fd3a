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

/** A URL of the cluster's database. TLS is off in words, or the user's PGSSLMODE would decide. */
export function connectionStringOf(endpoint: Endpoint): string {
  return `postgres://twinpanel:${endpoint.password}@127.0.0.1:${endpoint.port}/postgres?sslmode=disable`
}

/** What came of an attempt to connect. `refused`: nobody there, or somebody else; `busy`: starting or stopping. */
export type Attempt =
  | { readonly kind: 'connected'; readonly client: Client; readonly dataDirectory: string }
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused' }

const cannotConnectNow = '57P03'

/** Tries once to open a connection and to learn whose it is. Never throws. */
export async function attemptConnection(endpoint: Endpoint): Promise<Attempt> {
  const client = new Client({
    connectionString: connectionStringOf(endpoint),
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
    return { kind: 'connected', client, dataDirectory: answer.rows[0]?.path ?? '' }
  } catch (error) {
    await client.end().catch(() => undefined)
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return { kind: code === cannotConnectNow ? 'busy' : 'refused' }
  }
}
