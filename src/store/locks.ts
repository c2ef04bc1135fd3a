import type pg from 'pg'
import type { Db } from './db.ts'
import type { JudgedProject } from './events.ts'
import { inTransaction } from './tx.ts'

/*
 * The order in which all transactions take locks. A transaction that skips a step keeps the order of the others.
 *   1. rows of project, ascending id: key share to write records, update to change, reset or delete.
 *   2. the identity lock of a project, ascending id: exclusive to change identities; shared to write profiles, so that
 *      no merge moves a profile during an update.
 *   3. rows of data_task: one at a time.
 *   4. rows of identity: inserts ascending (project_id, distinct_id); updates only under the identity lock.
 *   5. rows of profile, ascending (project_id, group_key, distinct_id).
 *   6. the verdicts lock of a project: to add verdicts on its duplicates, or to delete events and verdicts together.
 *   7. rows of verdict and event. Only deletions wait for these: under the identity lock, or, to prune verdicts,
 *      without any other lock.
 *   8. rows of client, ascending, with no other lock than 1.
 * To create projects for new tokens: the row of new_token_quota, then inserts into project, and no other lock.
 * To change lookup tables: the project's row, shared, then its rows of lookup_table, ascending id. Rows of lookup_row
 * are inserted before that, while they are not yet visible.
 */

/** A connection in a transaction that holds the identity locks of its projects. */
export interface IdentityTx extends Pick<pg.PoolClient, 'query'> {
  readonly holdsIdentityLock: true
}

/** A connection in a transaction that holds the identity locks of its projects in shared mode. */
export interface ProfileTx extends Pick<pg.PoolClient, 'query'> {
  readonly sharesIdentityLock: true
}

/** The first key of our advisory locks. The second is `project.id`, so that no two projects share a lock. */
const IDENTITY_LOCK_CLASS = 7_001
const VERDICTS_LOCK_CLASS = 7_002
/** Limits statements, and pauses between them, so that nothing waits long for the locks. */
const LIMITS = `begin; set local lock_timeout = '5s'; set local statement_timeout = '20s';
set local idle_in_transaction_session_timeout = '20s'`

const LOCK_PROJECTS = {
  name: 'lock_projects',
  text: `
    select project.id from project
    join unnest($1::integer[], $2::integer[]) as judged (id, version) using (id, version)
    order by project.id for key share of project`,
}
const TAKE_LOCK = 'select pg_advisory_xact_lock($1, $2)'
const SHARE_LOCK = 'select pg_advisory_xact_lock_shared($1, $2)'

/**
 * Runs a transaction that may change identities. `run` is called after the locks are taken, so that at read committed
 * its statements see everything committed by earlier holders. Out: undefined if a project was changed or deleted since
 * it was judged; then `run` is not called. Errors: those of the database are thrown.
 */
export async function inIdentityTransaction<T>(
  db: Db,
  projects: readonly JudgedProject[],
  run: (tx: IdentityTx) => Promise<T>,
): Promise<T | undefined> {
  return await inLockedTransaction(db, projects, TAKE_LOCK, (query) =>
    run({ query, holdsIdentityLock: true }),
  )
}

/** The same for a transaction that writes profiles: identities do not change until it ends. */
export async function inProfileTransaction<T>(
  db: Db,
  projects: readonly JudgedProject[],
  run: (tx: ProfileTx) => Promise<T>,
): Promise<T | undefined> {
  return await inLockedTransaction(db, projects, SHARE_LOCK, (query) =>
    run({ query, sharesIdentityLock: true }),
  )
}

/** Holds the verdicts lock of a project until the transaction ends. */
export async function holdVerdicts(tx: Pick<pg.PoolClient, 'query'>, projectId: number): Promise<void> {
  await tx.query(TAKE_LOCK, [VERDICTS_LOCK_CLASS, projectId])
}

async function inLockedTransaction<T>(
  db: Db,
  projects: readonly JudgedProject[],
  lock: string,
  run: (query: pg.PoolClient['query']) => Promise<T>,
): Promise<T | undefined> {
  const body = async (client: pg.PoolClient) => {
    const ids = projects.map((project) => project.id)
    const versions = projects.map((project) => project.version)
    const { rowCount } = await client.query({ ...LOCK_PROJECTS, values: [ids, versions] })
    if (rowCount !== projects.length) return undefined
    for (const id of ids.toSorted((a, b) => a - b)) await client.query(lock, [IDENTITY_LOCK_CLASS, id])
    return await run(client.query.bind(client))
  }
  return await inTransaction(db, body, { begin: LIMITS })
}
