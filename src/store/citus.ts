import type pg from 'pg'
import { FUNCTIONS } from './citus-functions.ts'

/*
 * On Citus, the tables that grow with a project are distributed over the workers by the id of the user, so that the rows
 * of an id are on one worker, and those of one project on all. All other tables remain local to the coordinator, as do
 * the locks and the sequences: every server must connect to it.
 */

/** The tables that are distributed, and the column by which; rows with equal values are on the same worker. */
const DISTRIBUTED = [
  { table: 'event', column: 'distinct_id', beside: 'none' },
  { table: 'identity', column: 'distinct_id', beside: 'event' },
  { table: 'profile', column: 'distinct_id', beside: 'event' },
  { table: 'identity_link', column: 'from_id', beside: 'event' },
  { table: 'identity_pending', column: 'distinct_id', beside: 'event' },
]

type Connection = Pick<pg.Pool | pg.PoolClient, 'query'>

/** A database of a Citus worker was named instead of its coordinator's. */
class NotCoordinator extends Error {
  override readonly name = 'NotCoordinator'
  override readonly message = 'the database is that of a Citus worker'
  readonly code = 'not_coordinator'
}

const HAS_CITUS = `select from pg_extension where extname = 'citus'`
/** Without workers, citus_is_coordinator() is false everywhere. */
const IS_COORDINATOR = `
  select (select groupid = 0 from pg_dist_local_group) as is_coordinator,
         exists (select from pg_dist_node where groupid <> 0) as has_workers`

/** True if a database is that of a Citus coordinator with workers. Throws NotCoordinator on a worker. */
export async function hasWorkers(on: Connection): Promise<boolean> {
  if ((await on.query(HAS_CITUS)).rowCount === 0) return false
  const { rows } = await on.query<{ is_coordinator: boolean; has_workers: boolean }>(IS_COORDINATOR)
  if (rows[0]?.is_coordinator !== true) throw new NotCoordinator()
  return rows[0].has_workers
}

/**
 * Whether tables are distributed, as a condition. They are known by the trigger that Citus gives them, which can be asked
 * for where there is no Citus.
 */
export const IS_DISTRIBUTED = `exists (
  select from pg_trigger
  where tgrelid = to_regclass('event') and tgfoid = to_regproc('pg_catalog.citus_truncate_trigger')
)`

/** A row if the tables are on one server. */
const ARE_SINGLE = `select where not ${IS_DISTRIBUTED}`
const HAVE_ROWS = `select where ${DISTRIBUTED.map(({ table }) => `exists (select from ${table})`).join(' or ')}`
const distributeBy = (table: string, column: string, beside: string) =>
  `select create_distributed_table('${table}', '${column}', colocate_with => '${beside}')`
const DISTRIBUTE = DISTRIBUTED.map(({ table, column, beside }) => distributeBy(table, column, beside))
/** A statement that distributes another table, of events, so that it can become a partition. */
export const distributeBesideEvents = (table: string) => distributeBy(table, 'distinct_id', 'event')
/** The rows of which the workers have copies now. */
const REMOVE_LOCAL_ROWS = DISTRIBUTED.map(
  ({ table }) => `select truncate_local_data_after_distributing_table('${table}')`,
)
/** The functions are of no use on workers, and one of these may be away. */
const ON_COORDINATOR = 'set citus.enable_ddl_propagation = off'
const ON_ALL_NODES = 'reset citus.enable_ddl_propagation'

/**
 * Gives a coordinator the functions of this version, and distributes its tables in one transaction: if they are empty, or
 * filled ones on demand, whose rows are moved. In: a connection of its own. Out: true if they are distributed now.
 */
export async function distribute(on: Connection, evenFilled: boolean): Promise<boolean> {
  await on.query(ON_COORDINATOR)
  for (const statement of FUNCTIONS) await on.query(statement)
  await on.query(ON_ALL_NODES)
  if ((await on.query(ARE_SINGLE)).rowCount === 0) return true
  const isFilled = (await on.query(HAVE_ROWS)).rowCount !== 0
  if (isFilled && !evenFilled) return false
  await on.query('begin')
  for (const statement of DISTRIBUTE) await on.query(statement)
  await on.query('commit')
  if (isFilled) for (const statement of REMOVE_LOCAL_ROWS) await on.query(statement)
  return true
}
