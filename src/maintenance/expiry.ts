import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import type { Key } from '../store/delete-by-key.ts'
import { emptyDeadPartitions } from '../store/empty-partitions.ts'
import { deleteExpired, listRetentions } from '../store/retention.ts'
import { type IsStopped, Repeated } from './repeated.ts'

/** After each chunk, as long as it takes: ingestion and queries need the disk more. */
const PAUSE_MS = 50

export interface ExpiryOptions {
  readonly db: Db
  /** The server's time, in ms since the epoch. Not a project's: moving its clock must not delete anything. */
  readonly clock: () => number
  /** How often to look for expired events, in ms. */
  readonly everyMs: number
  /** Receives the error that postponed a deletion, once until one succeeds. */
  readonly onError: (error: unknown) => void
}

/**
 * Deletes events that are older than the retention of their project (IMP-21), from time to time: partitions that have
 * nothing else at once, the rest a chunk at a time. Not at the start: a setting that was a mistake can be taken back.
 */
export class Expiry extends Repeated {
  constructor(options: ExpiryOptions) {
    super((isStopped) => deleteAll(options, isStopped), { ...options, isAtOnce: false })
  }
}

async function deleteAll({ db, clock }: ExpiryOptions, isStopped: IsStopped): Promise<void> {
  const retentions = await listRetentions(db)
  if (retentions.length > 0) await emptyDeadPartitions(db, clock())
  for (const retention of retentions) {
    let last: Key | undefined
    do {
      last = await deleteExpired(db, retention, clock(), last)
      await sleep(PAUSE_MS)
    } while (last !== undefined && !isStopped())
  }
}
