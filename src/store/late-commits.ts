import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from './db.ts'
import { CommitsLate } from './errors.ts'
import type { SharedPool } from './shared-pool.ts'

/*
 * On Citus a commit over several workers is decided on the coordinator, and then done on each worker. If a worker is lost
 * in between, its rows are seen only after it has come back and the coordinator has asked for them, which is called
 * recovery. Until then the coordinator has an entry of the commit in pg_dist_transaction. It keeps the entries of all
 * other commits, too, until the next recovery.
 */

/** The commits that are decided, and not known to be done. Transactions are named by their numbers, which only grow. */
export interface LateCommits {
  /** Above every transaction that had ended before this was read. */
  readonly next: bigint
  /** The first transaction whose rows may still be missing; undefined without one. */
  readonly first: bigint | undefined
}

/** On one server a commit is done when it is decided. */
const NONE: LateCommits = { next: 0n, first: undefined }

/**
 * Does what is left of decided commits, if the role may, and reads what is late then. Where it may not, the coordinator
 * does it every citus.recover_2pc_interval. On one server it sends nothing. Errors: those of the database, also where a
 * worker cannot be reached.
 */
export async function finishCommits(db: Db): Promise<LateCommits> {
  if (!(await db.shared.isDistributed())) return NONE
  try {
    const [row] = (await db.pool.query<{ next: string; first: string | null }>(FINISH_COMMITS)).rows
    if (row === undefined) return NONE
    return { next: BigInt(row.next), first: row.first === null ? undefined : BigInt(row.first) }
  } catch (error) {
    db.shared.noteLoss()
    throw error
  }
}

const FINISH_COMMITS = { name: 'finish_commits', text: 'select * from finish_commits()' }

/** What a process knows of the commits before a loss. */
interface Known {
  /** SharedPool.losses by which all that was decided before is done. */
  settledLosses: number
  /** SharedPool.losses that are being settled, and the transactions to wait for: those before this one. */
  losses: number
  before: bigint | undefined
}

const known = new WeakMap<SharedPool, Known>()
const TRIES = 10
const BETWEEN_TRIES_MS = 50

/**
 * Waits until all that was committed before the last loss can be read, for who decides by what is stored. To be called
 * under the lock that those who decided before have held. On one server, and while nothing was lost, it sends nothing.
 * Errors: CommitsLate; those of the database.
 */
export async function awaitLateCommits(db: Db): Promise<void> {
  const { shared } = db
  if (!(await shared.isDistributed())) return
  const state = known.get(shared) ?? { settledLosses: -1, losses: -1, before: undefined }
  known.set(shared, state)
  for (let tries = 0; state.settledLosses !== shared.losses; tries++) {
    if (tries === TRIES) throw new CommitsLate()
    if (tries > 0) await sleep(BETWEEN_TRIES_MS)
    if (state.losses !== shared.losses) Object.assign(state, { losses: shared.losses, before: undefined })
    const { losses } = state
    const { next, first } = await finishCommits(db)
    if (losses !== shared.losses) continue
    state.before ??= next
    if (first === undefined || first >= state.before) state.settledLosses = losses
  }
}

/**
 * The interval at which the coordinator recovers commits, as in its settings, where that is more than a few seconds and
 * finishCommits may not; -1 is never. Out: undefined otherwise, and on one server.
 */
export async function findSlowRecovery(db: Db): Promise<string | undefined> {
  if (!(await db.shared.isDistributed())) return undefined
  return (await db.pool.query<{ setting: string }>(SLOW_RECOVERY)).rows[0]?.setting
}

const SLOW_RECOVERY = `
  select current_setting(name) as setting from pg_settings
  where name = 'citus.recover_2pc_interval' and setting::bigint not between 0 and 5000
    and not has_function_privilege('recover_prepared_transactions()', 'execute')`
