import type { Db, Queryable } from './db.ts'
import { classifyStoreError, isCancelled } from './errors.ts'
import { isDead } from './partition-events.ts'
import {
  changePartitions,
  type EventPartition,
  listPartitions,
  type PartitionsTx,
  runEach,
  takeTables,
} from './partitions.ts'

/** Smaller partitions are emptied by key: that is quick, and nobody waits for it. */
const MIN_BYTES = 64 * 2 ** 20
/** Takes up to two seconds: if a table is in use for longer, its events are deleted by key. */
const TRIES = 8
/** How long a look into a partition that is taken may take. */
const LOOK_TIMEOUT = `set local statement_timeout = '300ms'`

/**
 * Empties the partitions in which each event is of a deleted project (see purge.ts) or older than its project keeps it.
 * That frees their disk space at once. Others, and those that are in use for too long, are left to deletion by key. Any
 * number of servers may call this at once. In: the server's time, in ms since the epoch; undefined for the events of
 * deleted projects only. Out: how many were emptied. Errors: those of the database are thrown.
 */
export async function emptyDeadPartitions(
  db: Db,
  nowMs: number | undefined,
  { minBytes = MIN_BYTES }: { readonly minBytes?: number } = {},
): Promise<number> {
  let emptied = 0
  for (const partition of await listPartitions(db.pool)) {
    if (partition.bytes < minBytes) continue
    if ((await unlessInUse(() => isDead(db.pool, partition.name, nowMs))) !== true) continue
    const partitions = await listPartitions(db.pool)
    const isEmptied = await unlessInUse(() =>
      changePartitions(db, partitions, (tx) => empty(tx, partition, nowMs)),
    )
    if (isEmptied === true) emptied++
  }
  return emptied
}

/** Truncated, not dropped: its period must have a place for events at every moment. */
async function empty(
  tx: PartitionsTx,
  partition: EventPartition,
  nowMs: number | undefined,
): Promise<boolean> {
  await takeTables(tx, [partition.name], TRIES)
  await tx.query(LOOK_TIMEOUT)
  // Again, since until now events could come, and settings be changed.
  if (!(await isDead(tx, partition.name, nowMs))) return false
  const truncate = `truncate ${partition.name}`
  await tx.query(truncate)
  return true
}

/**
 * Joins empty neighbours whose time is over, so that the number of partitions does not grow for ever. Out: how many went.
 * Errors: those of the database are thrown.
 */
export async function joinEmptyPartitions(db: Db, nowMs: number): Promise<number> {
  let joined = 0
  for (;;) {
    const partitions = await listPartitions(db.pool)
    const pair = await findEmptyPair(db.pool, partitions, nowMs)
    if (pair === undefined) return joined
    const isJoined = await unlessInUse(() =>
      changePartitions(db, partitions, (tx) => join(tx, pair[0], pair[1])),
    )
    if (isJoined !== true) return joined
    joined++
  }
}

type Pair = readonly [EventPartition, EventPartition]

async function findEmptyPair(
  on: Queryable,
  partitions: readonly EventPartition[],
  nowMs: number,
): Promise<Pair | undefined> {
  let before: EventPartition | undefined
  for (const partition of partitions) {
    const isPast = partition.toMs !== undefined && partition.toMs <= nowMs
    const isEmptied = isPast && partition.bytes < MIN_BYTES && (await isEmpty(on, partition))
    if (isEmptied && before !== undefined) return [before, partition]
    before = isEmptied ? partition : undefined
  }
  return undefined
}

async function isEmpty(on: Queryable, { name }: EventPartition): Promise<boolean> {
  const findOne = `select from ${name} limit 1`
  return (await on.query(findOne)).rowCount === 0
}

/** The earlier one gets the period of both. */
async function join(tx: PartitionsTx, earlier: EventPartition, later: EventPartition): Promise<boolean> {
  await takeTables(tx, ['event', earlier.name, later.name], TRIES)
  await tx.query(LOOK_TIMEOUT)
  if (!(await isEmpty(tx, earlier)) || !(await isEmpty(tx, later))) return false
  await runEach(tx, [
    `alter table event detach partition ${earlier.name}`,
    `drop table ${later.name}`,
    `alter table event attach partition ${earlier.name}
     for values from (${earlier.fromMs ?? 'minvalue'}) to (${later.toMs})`,
  ])
  return true
}

/** Out: undefined if the tables were in use for too long, or it took too long to look into them. */
async function unlessInUse<T>(change: () => Promise<T>): Promise<T | undefined> {
  try {
    return await change()
  } catch (error) {
    if (classifyStoreError(error) === 'conflict' || isCancelled(error)) return undefined
    throw error
  }
}
