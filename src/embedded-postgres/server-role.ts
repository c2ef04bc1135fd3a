import type { Client } from 'pg'
import { bootstrapRole, serverRole } from './connect.ts'
import type { Context } from './context.ts'

/** The error class of a Postgres that is shutting down: 57P01 and related. */
const beingStopped = '57'

/** What tests and benchmarks need in addition: creating databases, and checkpoints. */
const testRights = `
  alter role ${serverRole} createdb;
  grant pg_checkpoint to ${serverRole};
`

/** The databases that others are copied from, two thirds of a new cluster. They cannot be dropped in a transaction. */
const dropTemplates = [
  `update pg_catalog.pg_database set datistemplate = false where datname in ('template0', 'template1')`,
  'drop database template0',
  'drop database template1',
]

/** An unfinished cluster has no tables; one with tables but without the role is from a version before 0.1.0. */
const hasTables = `
  select exists (select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r') as has_tables`

/** The result of creating the role. `ended`: Postgres was stopped meanwhile by a server that considered it an orphan. */
type ServerRoleOutcome = 'made' | 'ended' | 'earlier_data'

/**
 * Creates the role that the server connects as, makes it the owner of the database, and revokes the login of the
 * superuser that this connection uses: an attacker who controls the server, or one of its statements, gets Twinpanel's
 * data, but neither the files of the machine nor a shell. In one transaction, once per cluster, after initdb. A cluster
 * with tables is left as it is. Throws all other errors of Postgres.
 */
export async function makeServerRole(
  client: Client,
  password: string,
  { forTests, forTemplate }: Pick<Context, 'forTests' | 'forTemplate'>,
): Promise<ServerRoleOutcome> {
  const statements = `
    begin;
    set local search_path = pg_catalog;
    create role ${serverRole} login password ${client.escapeLiteral(password)};
    alter database postgres owner to ${serverRole};
    ${forTests ? testRights : ''}
    alter role ${bootstrapRole} nologin password null;
    commit;
  `
  try {
    const { rows } = await client.query<{ has_tables: boolean }>(hasTables)
    if (rows[0]?.has_tables === true) return 'earlier_data'
    await client.query(statements)
    if (forTemplate) for (const statement of dropTemplates) await client.query(statement)
    return 'made'
  } catch (error) {
    const { DatabaseError } = await import('pg')
    if (error instanceof DatabaseError && error.code?.startsWith(beingStopped) !== true) throw error
    return 'ended'
  }
}
