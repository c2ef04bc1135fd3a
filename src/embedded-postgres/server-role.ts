import { type Client, DatabaseError } from 'pg'
import { bootstrapRole, serverRole } from './connect.ts'

/** The class of what Postgres says to those whom it leaves: 57P01 and its like. */
const beingStopped = '57'

/** What tests and benchmarks do beside the server: they make databases, and ask for checkpoints. */
const testRights = `
  alter role ${serverRole} createdb;
  grant pg_checkpoint to ${serverRole};
`

/** A cluster that is not finished has none; one with tables but without the role is of a version before 0.1.0. */
const hasTables = `
  select exists (select from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r') as has_tables`

/** What came of making the role. `ended`: Postgres was ended meanwhile, as by a server that takes it for an orphan. */
type ServerRoleOutcome = 'made' | 'ended' | 'earlier_data'

/**
 * Makes the role that the server connects as, gives it the database, and takes the log-in from the superuser whose
 * connection this is: who gets hold of the server, or of a statement of it, has the data of Twinpanel, and neither the
 * files of the machine nor a shell. All at once or not at all, once in the life of a cluster, after initdb. Leaves a
 * cluster with tables as it is. Throws what Postgres says of anything else.
 */
export async function makeServerRole(
  client: Client,
  password: string,
  { forTests }: { readonly forTests: boolean },
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
    return 'made'
  } catch (error) {
    if (error instanceof DatabaseError && error.code?.startsWith(beingStopped) !== true) throw error
    return 'ended'
  }
}
