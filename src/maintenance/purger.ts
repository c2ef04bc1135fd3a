import { setImmediate as breathe } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import { emptyDeadPartitions } from '../store/empty-partitions.ts'
import { hasPurges, type PurgePosition, purgeNext } from '../store/purge.ts'
import { type IsStopped, Repeated } from './repeated.ts'

export interface PurgerOptions {
  /** Receives the error that postponed a purge, once until a purge succeeds. */
  readonly onError: (error: unknown) => void
  /** How often to look for what other servers have left, in ms. */
  readonly everyMs: number
}

/**
 * Deletes the data of reset and deleted projects after these requests are answered: partitions that have nothing else at
 * once, the rest a chunk at a time. What is left when the process ends or the database is unreachable is deleted later,
 * by this server or another one on the database.
 */
export class Purger extends Repeated {
  constructor(db: Db, options: PurgerOptions) {
    super((isStopped) => purgeAll(db, isStopped), { ...options, isAtOnce: true })
  }
}

async function purgeAll(db: Db, isStopped: IsStopped): Promise<void> {
  if (await hasPurges(db)) await emptyDeadPartitions(db, undefined)
  let at: PurgePosition | undefined
  do {
    at = await purgeNext(db, at)
    await breathe()
  } while (at !== undefined && !isStopped())
}
