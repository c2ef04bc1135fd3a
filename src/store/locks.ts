import type pg from 'pg'
import type { Db } from './db.ts'
import type { JudgedProject } from './events.ts'
import { inTransaction } from './tx.ts'

/*
 * The one order in which locks are taken; whoever skips a step takes the later ones in this order all the same.
 *   1. rows of project, ascending id: key share to write records, update to change, reset or delete.
 *   2. the identity lock of a project, ascending id: to change who is who.
 *      Shared to write profiles, so that no merge moves one under an update.
 *   3. rows of data_task: one at a time.
 *   4. rows of identity: inserts ascending (project_id, distinct_id); updates only under the identity lock.
 *   5. rows of profile, ascending (project_id, group_key, distinct_id).
 *   6. the telling lock of a project: to tell of its duplicates, or to delete events with what was told of them.
 *   7. rows of verdict and event. Nobody waits for those but who deletes some: under the identity lock, or as
 *      whoever prunes verdicts, who holds nothing else.
 *   8. rows of client, ascending, by whoever writes these down and holds nothing else but 1.
 * Who makes projects of new tokens takes the row of new_token before it inserts into project, and holds nothing else.
 * Who changes lookup tables takes the project's row, shared, and then its rows of lookup_table, ascending id;
 * rows of lookup_row that nobody reads yet are written before.
 */

/** A connection in a transaction that holds the identity locks of its projects. */
export interface IdentityTx extends Pick<pg.PoolClient, 'query'> {
  readonly holdsIdentityLock: true
}

/** A connection in a transaction that holds the identity locks of its projects, shared with others like it. */
export interface ProfileTx extends Pick<pg.PoolClient, 'query'> {
  readonly sharesIdentityLock: true
}

/** First number of our advisory locks: two integers, so no two projects share a lock. */
const IDENTITY_LOCK_CLASS = 7_001
const VERDICTS_LOCK_CLASS = 7_002
/** Nobody waits for us: no statement, and no pause between two, may be longer. */
const LIMITS = `begin; set local lock_timeout = '5s'; set local statement_timeout = '20s';
set local idle_in_transaction_session_timeout = '20s'`

const LOCK_PROJECTS = {
  name: 'lock_projects',
  text: `
    select p.id from project p
    join unnest($1::integer[], $2::integer[]) as judged (id, version) using (id, version)
    order by p.id for key share of p`,
}

/**
 * Runs a transaction that may change who is who. Everything that it reads, it reads after the locks: at read
 * committed, each statement sees what those before us have committed. Out: undefined when a project has changed
 * or gone since it was judged, and then nothing was run. Errors: those of the database are thrown.
 */
export async function inIdentityTransaction<T>(
  db: Db,
  projects: readonly JudgedProject[],
  run: (tx: IdentityTx) => Promise<T>,
): Promise<T | undefined> {
  return await inLockedTransaction(db, projects, 'select pg_advisory_xact_lock($1, $2)', (query) =>
    run({ query, holdsIdentityLock: true }),
  )
}

/** The same for a transaction that writes profiles: who is who stays as it is until it ends. */
export async function inProfileTransaction<T>(
  db: Db,
  projects: readonly JudgedProject[],
  run: (tx: ProfileTx) => Promise<T>,
): Promise<T | undefined> {
  return await inLockedTransaction(db, projects, 'select pg_advisory_xact_lock_shared($1, $2)', (query) =>
    run({ query, sharesIdentityLock: true }),
  )
}

/** Takes the telling lock of a project until the transaction ends. */
export async function holdVerdicts(tx: Pick<pg.PoolClient, 'query'>, projectId: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1, $2)', [VERDICTS_LOCK_CLASS, projectId])
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
