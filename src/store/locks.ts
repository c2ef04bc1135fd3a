import { sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Db } from './db.ts'
import { LocksHeld } from './errors.ts'
import { awaitLateCommits } from './late-commits.ts'
import type { Schema } from './schema.ts'
import { inKyselyTransaction, inTransaction, withRetry } from './tx.ts'

/*
 * The order in which all transactions take locks. A transaction that skips a step keeps the order of the others.
 *   1. the row of a project, to change, reset or delete it: one at a time.
 *   2. the lock of a project, ascending: shared to write records, exclusive to change, reset or delete it.
 *   3. the identity lock of a project, ascending: exclusive to change identities; shared to write profiles, so that
 *      no merge moves a profile during an update.
 *   4. rows of data_task and of purge: one at a time.
 *   5. rows of identity: inserts ascending (project_id, distinct_id); updates only under the identity lock.
 *   6. rows of profile, ascending (project_id, group_key, distinct_id). Where these are distributed, advisory locks of
 *      class 7004 in their place, ascending: see citus-functions.ts.
 *   7. the verdicts lock of a project: to add verdicts on its duplicates, or to delete events and verdicts together.
 *   8. the partitions lock: exclusive to change the partitions of event, then the tables themselves; shared to erase the
 *      events of users, so that none is moved to another partition meanwhile.
 *   9. rows of verdict and event. Only deletions wait for these: under the identity lock, or without any other lock, to
 *      prune verdicts, to compact and purge events, and to erase those of users. Events of a full hot shard are written
 *      only under the identity lock, by which an erasure knows that it has seen them.
 *   10. rows of client, ascending, with no other lock than 2.
 *   11. the columns lock of a project: exclusive to delete what columns hold of erased events; shared to fill them.
 * To create a column: the rows of event_column that make room for it, for which it does not wait, and the row of project.
 * To fill one: the columns lock and its row of event_column; it waits for neither.
 * To create projects for new tokens: the row of new_token_quota, then inserts into project, and no other lock.
 * To change lookup tables: the project's lock, shared, then its rows of lookup_table, ascending id. Rows of lookup_row
 * are inserted before that, while they are not yet visible.
 *
 * The locks of 2 and 3 are taken by the function hold_projects of the database (migrations/0007_hold_projects.sql).
 * They are advisory locks: Postgres grants these in the order in which they were asked for, so that a stream of commits
 * cannot starve a change. 256 of each serve all projects, by `project.id % 256`, so that no request fills the table of
 * locks, however many projects it names.
 */

/** A project, and its version by which records were judged. */
export interface JudgedProject {
  readonly id: number
  readonly version: number
}

/** A connection in a transaction that holds the identity locks of its projects. */
export interface IdentityTx extends Pick<pg.PoolClient, 'query'> {
  readonly holdsIdentityLock: true
}

/** A connection in a transaction that holds the identity locks of its projects in shared mode. */
export interface ProfileTx extends Pick<pg.PoolClient, 'query'> {
  readonly sharesIdentityLock: true
}

/** The identity locks that a transaction takes with the locks of its projects. */
type IdentityLock = 'none' | 'shared' | 'exclusive'

/** What the records of a transaction were judged by. */
export interface Basis {
  /** In the versions by which records were judged. */
  readonly projects: readonly JudgedProject[]
  /** SharedPool.generation, if they were judged by what this process remembers of the database. */
  readonly generation?: number | undefined
}

/** The locks of a transaction. */
export interface Holding extends Basis {
  readonly identityLock: IdentityLock
  /** How long to wait for each lock that others hold, in ms; 0 to give up at once. */
  readonly waitMs: number
}

/**
 * The end of a transaction. `stale`: a project was changed or deleted, or the database replaced, since records were
 * judged. `locked`: others hold locks of these projects. In both cases nothing was written.
 */
export type Attempt<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'stale' }
  | { readonly kind: 'locked'; readonly projectIds: readonly number[] }

/** How long a transaction that must not give up waits for a lock, in ms. */
const WAIT_MS = 5_000
/** How long a change waits for the commits in progress: later commits wait behind it. */
const CHANGE_WAIT = `set local lock_timeout = '1s'`

const PROJECT_LOCK_CLASS = 7_000
const VERDICTS_LOCK_CLASS = 7_002
const PARTITIONS_LOCK_CLASS = 7_003
/** After that of citus-functions.ts. */
const COLUMNS_LOCK_CLASS = 7_005
const TAKE_LOCK = 'select pg_advisory_xact_lock($1, $2)'
const LOCK_TIMED_OUT = '55P03'

/** A condition: nobody else holds the lock of the projects of $2, and they still have the versions of $3. */
export const HELD_AT_ONCE = '(select holds_projects($2, $3))'

/**
 * Shares the lock of a project in a statement that writes records of it; no row if the project does not exist. In: its
 * id, as SQL.
 */
const holdProjectOf = (id: string) => `select id from hold_projects(array[${id}], 'none', ${WAIT_MS})`
/** The same for a statement whose first parameter is the id. */
export const HOLD_PROJECT = holdProjectOf('$1::integer')
/** The same for a statement that Kysely builds. */
export const holdProject = (id: number) => sql.raw(holdProjectOf(String(id)))

const HOLD_PROJECTS = { name: 'hold_projects', text: 'select id, version from hold_projects($1, $2, $3)' }

interface HeldRow {
  readonly id: number
  readonly version: number | null
}

/**
 * Runs a transaction that may change identities. `run` is called after the locks are taken, so that at read committed
 * its statements see everything committed by earlier holders. Errors: those of the database are thrown.
 */
export async function tryIdentityTransaction<T>(
  db: Db,
  holding: Omit<Holding, 'identityLock'>,
  run: (tx: IdentityTx) => Promise<T>,
): Promise<Attempt<T>> {
  return await inHoldingTransaction(db, { ...holding, identityLock: 'exclusive' }, (query) =>
    run({ query, holdsIdentityLock: true }),
  )
}

/** The same for a transaction that writes profiles: identities do not change until it ends. */
export async function tryProfileTransaction<T>(
  db: Db,
  holding: Omit<Holding, 'identityLock'>,
  run: (tx: ProfileTx) => Promise<T>,
): Promise<Attempt<T>> {
  return await inHoldingTransaction(db, { ...holding, identityLock: 'shared' }, (query) =>
    run({ query, sharesIdentityLock: true }),
  )
}

/**
 * The same as tryIdentityTransaction, for maintenance: it waits for the locks, and throws if others hold them for too
 * long. Out: undefined if a project was changed or deleted since it was judged; then `run` is not called.
 */
export async function inIdentityTransaction<T>(
  db: Db,
  projects: readonly JudgedProject[],
  run: (tx: IdentityTx) => Promise<T>,
): Promise<T | undefined> {
  const attempt = await tryIdentityTransaction(db, { projects, waitMs: WAIT_MS }, run)
  if (attempt.kind === 'locked') throw new LocksHeld()
  return attempt.kind === 'done' ? attempt.result : undefined
}

/** Runs a transaction with the given locks; `run` is called once they are held. Errors: those of the database. */
export async function inHoldingTransaction<T>(
  db: Db,
  holding: Holding,
  run: (query: pg.PoolClient['query']) => Promise<T>,
): Promise<Attempt<T>> {
  const body = async (client: pg.PoolClient): Promise<Attempt<T>> => {
    const refused = isOutdated(db, holding) ? STALE : await hold(client, holding)
    if (refused !== undefined) return refused
    if (holding.identityLock !== 'none') await awaitLateCommits(db)
    return { kind: 'done', result: await run(client.query.bind(client)) }
  }
  return await inTransaction(db, body, { keeps: ({ kind }) => kind === 'done' })
}

/** True if a connection that was just obtained leads to another database than that by which records were judged. */
export function isOutdated(db: Db, { generation }: Basis): boolean {
  return generation !== undefined && generation !== db.shared.generation
}

const STALE = { kind: 'stale' } as const

/** Takes locks until the end of the transaction. Out: why it must not go on, or undefined. */
async function hold(
  tx: Pick<pg.PoolClient, 'query'>,
  { projects, identityLock, waitMs }: Holding,
): Promise<Exclude<Attempt<never>, { readonly kind: 'done' }> | undefined> {
  const ids = projects.map(({ id }) => id)
  try {
    const { rows } = await tx.query<HeldRow>({ ...HOLD_PROJECTS, values: [ids, identityLock, waitMs] })
    return findRefusal(projects, rows)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_TIMED_OUT) throw error
    return { kind: 'locked', projectIds: ids }
  }
}

function findRefusal(projects: readonly JudgedProject[], rows: readonly HeldRow[]) {
  const locked = rows.filter(({ version }) => version === null)
  if (locked.length > 0) return { kind: 'locked', projectIds: locked.map(({ id }) => id) } as const
  const versions = new Map(rows.map(({ id, version }) => [id, version]))
  const isLive = projects.every(({ id, version }) => versions.get(id) === version)
  return isLive ? undefined : STALE
}

/** Why HELD_AT_ONCE was false. */
export async function explainRefusal(
  db: Db,
  projects: readonly JudgedProject[],
): Promise<Exclude<Attempt<never>, { readonly kind: 'done' }>> {
  const ids = projects.map(({ id }) => id)
  const { rows } = await db.pool.query<HeldRow>({ ...HOLD_PROJECTS, values: [ids, 'none', 0] })
  return findRefusal(projects, rows) ?? STALE
}

/**
 * Changes, resets or deletes a project in a transaction. It waits for commits in progress; later ones wait for it. In:
 * `change` gets the project's current id. Out: undefined if the project is unknown. Errors: those of the database.
 */
export async function changeProject<T>(
  db: Db,
  publicId: number,
  change: (tx: Transaction<Schema>, projectId: number) => Promise<T>,
): Promise<T | undefined> {
  const run = async (tx: Transaction<Schema>) => {
    const row = await tx
      .selectFrom('project')
      .select('id')
      .where('public_id', '=', publicId)
      .forUpdate()
      .executeTakeFirst()
    if (row === undefined) return undefined
    await sql.raw(CHANGE_WAIT).execute(tx)
    await sql`select pg_advisory_xact_lock(${PROJECT_LOCK_CLASS}, ${row.id} % 256)`.execute(tx)
    return await change(tx, row.id)
  }
  return await withRetry(
    () => inKyselyTransaction(db, run),
    () => undefined,
  )
}

/** Shares the locks of projects until the end of the transaction. Out: the ids of those that exist. */
export async function shareProjects(
  tx: Transaction<Schema>,
  projectIds: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<HeldRow>`
    select id from hold_projects(${projectIds}::integer[], 'none', ${sql.lit(WAIT_MS)})`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Holds the verdicts lock of a project until the transaction ends. */
export async function holdVerdicts(tx: Pick<pg.PoolClient, 'query'>, projectId: number): Promise<void> {
  await tx.query(TAKE_LOCK, [VERDICTS_LOCK_CLASS, projectId])
}

const TRY_PARTITIONS_LOCK = `select pg_try_advisory_xact_lock(${PARTITIONS_LOCK_CLASS}, 0) as is_held`
const SHARE_PARTITIONS_LOCK = `select pg_advisory_xact_lock_shared(${PARTITIONS_LOCK_CLASS}, 0)`

/** Takes the partitions lock until the transaction ends. Out: false if others hold it. */
export async function holdPartitions(tx: Pick<pg.PoolClient, 'query'>): Promise<boolean> {
  return (await tx.query<{ is_held: boolean }>(TRY_PARTITIONS_LOCK)).rows[0]?.is_held === true
}

/** Shares the partitions lock until the transaction ends: no event is moved to another partition. */
export async function sharePartitions(tx: Pick<pg.PoolClient, 'query'>): Promise<void> {
  await tx.query(SHARE_PARTITIONS_LOCK)
}

const HOLD_COLUMNS_LOCK = `select pg_advisory_xact_lock(${COLUMNS_LOCK_CLASS}, $1)`
const TRY_COLUMNS_LOCK = `select pg_try_advisory_xact_lock_shared(${COLUMNS_LOCK_CLASS}, $1) as is_held`

/** Holds the columns lock of a project until the transaction ends: nobody fills its columns. */
export async function holdColumns(tx: Pick<pg.PoolClient, 'query'>, projectId: number): Promise<void> {
  await tx.query(HOLD_COLUMNS_LOCK, [projectId])
}

/** Shares the columns lock of a project until the transaction ends. Out: false if another holds it, or waits for it. */
export async function shareColumns(tx: Pick<pg.PoolClient, 'query'>, projectId: number): Promise<boolean> {
  return (await tx.query<{ is_held: boolean }>(TRY_COLUMNS_LOCK, [projectId])).rows[0]?.is_held === true
}
