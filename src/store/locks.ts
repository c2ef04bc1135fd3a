import type pg from 'pg'
import type { Db } from './db.ts'
import type { JudgedProject } from './events.ts'

/*
 * The one order in which locks are taken; whoever skips a step takes the later ones in this order all the same.
 *   1. rows of project, ascending id: key share to write records, update to change, reset or delete.
 *   2. the identity lock of a project, ascending id: to change who is who.
 *   3. rows of identity: inserts ascending (project_id, distinct_id); updates only under the identity lock.
 *   4. rows of verdict and event, which nobody waits for.
 */

/** A connection in a transaction that holds the identity locks of its projects. */
export interface IdentityTx extends Pick<pg.PoolClient, 'query'> {
  readonly holdsIdentityLock: true
}

/** First number of our advisory locks: two integers, so no two projects share a lock. */
const IDENTITY_LOCK_CLASS = 7_001
/** Nobody waits for us: no statement, and no pause between two, may be longer. */
const LIMITS = `begin; set local lock_timeout = '5s'; set local statement_timeout = '20s';
set local idle_in_transaction_session_timeout = '20s'`

const LOCK_PROJECTS = `
  select p.id from project p
  join unnest($1::integer[], $2::integer[]) as judged (id, version) using (id, version)
  order by p.id for key share of p`

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
  const client = await db.pool.connect()
  let isBroken: Error | undefined
  try {
    await client.query(LIMITS)
    const ids = projects.map((project) => project.id)
    const versions = projects.map((project) => project.version)
    const { rowCount } = await client.query(LOCK_PROJECTS, [ids, versions])
    if (rowCount !== projects.length) {
      await client.query('rollback')
      return undefined
    }
    for (const id of ids.toSorted((a, b) => a - b)) {
      await client.query('select pg_advisory_xact_lock($1, $2)', [IDENTITY_LOCK_CLASS, id])
    }
    const tx: IdentityTx = { query: client.query.bind(client), holdsIdentityLock: true }
    const result = await run(tx)
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await client.query('rollback').catch((reason: Error) => {
      isBroken = reason
    })
    throw error
  } finally {
    client.release(isBroken)
  }
}
