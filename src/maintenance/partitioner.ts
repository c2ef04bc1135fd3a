import type { Db } from '../store/db.ts'
import { joinEmptyPartitions } from '../store/empty-partitions.ts'
import { splitWhenDue } from '../store/split-partition.ts'
import { Repeated } from './repeated.ts'

export interface PartitionerOptions {
  readonly db: Db
  /** The server's time, in ms since the epoch. */
  readonly clock: () => number
  /** How often to look, in ms. */
  readonly everyMs: number
  /** Receives the error that postponed a change, once until a look succeeds. */
  readonly onError: (error: unknown) => void
}

/** Makes the partitions of events ahead as the database grows, and removes those that are empty and over. */
export class Partitioner extends Repeated {
  constructor(options: PartitionerOptions) {
    super(() => keepPartitions(options), { ...options, isAtOnce: true })
  }
}

async function keepPartitions({ db, clock }: PartitionerOptions): Promise<void> {
  await splitWhenDue(db, clock())
  await joinEmptyPartitions(db, clock())
}
