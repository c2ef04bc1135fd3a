import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import type { Partition } from '../core/partitions.ts'
import type { Db, Queryable } from './db.ts'
import { BOUNDS_CHECK, classifyStoreError } from './errors.ts'
import type { Statement } from './forms.ts'
import { holdPartitions } from './locks.ts'
import { inTransaction } from './tx.ts'

/*
 * The table event is partitioned by time_ms, without gaps from the earliest to the latest possible time, so that every
 * event has a place at every moment. Small databases have one partition, event_earliest. See split-partition.ts for how
 * others are made, and empty-partitions.ts for how they are emptied and go.
 */

/** A partition of the table event. */
export interface EventPartition extends Partition {
  /** As an SQL identifier. */
  readonly name: string
  /** Where it is to end, if a split has begun: it takes no events from there on. */
  readonly endsMs: number | undefined
}

/** The partitions, by time. */
export async function listPartitions(on: Queryable): Promise<readonly EventPartition[]> {
  const { rows } = await on.query<PartitionRow>(LIST_PARTITIONS)
  const toMs = (text: string | null) => (text === null ? undefined : Number(text))
  return rows.map(({ name, from_ms, to_ms, ends_ms, bytes }) => {
    return { name, fromMs: toMs(from_ms), toMs: toMs(to_ms), endsMs: toMs(ends_ms), bytes: Number(bytes) }
  })
}

/** Bigints, as text; null for no bound. */
interface PartitionRow {
  readonly name: string
  readonly from_ms: string | null
  readonly to_ms: string | null
  readonly ends_ms: string | null
  readonly bytes: string
}

const partitionsWith = (bytes: string) => `
  select quote_ident(relname) as name, bytes, ends_ms,
         substring(bounds from $$FROM \\('?(-?\\d+)$$)::bigint as from_ms,
         substring(bounds from $$TO \\('?(-?\\d+)$$)::bigint as to_ms
  from (
    select relname, pg_get_expr(relpartbound, pg_class.oid) as bounds,
           coalesce(${bytes}, 0) as bytes,
           substring(pg_get_constraintdef(pg_constraint.oid) from $$time_ms < '?(-?\\d+)$$) as ends_ms
    from pg_inherits
    join pg_class on pg_class.oid = inhrelid
    left join pg_constraint on conrelid = inhrelid and conname = '${BOUNDS_CHECK}'
    where inhparent = 'event'::regclass
  ) as partition
  order by from_ms nulls first`

const LIST_PARTITIONS: Statement = {
  text: partitionsWith('pg_total_relation_size(pg_class.oid)'),
  // Of all shards; null if one cannot be asked.
  distributed: partitionsWith('citus_total_relation_size(pg_class.oid, fail_on_error => false)'),
}

/** A connection in a transaction that may change partitions: no other does. */
export interface PartitionsTx extends Pick<PoolClient, 'query'> {
  readonly holdsPartitions: true
}

/** Nobody waits longer behind a change of partitions that waits for those who read or write: see takeTables. */
const LOCK_WAIT_MS = 100
const LIMITS = `set local lock_timeout = ${LOCK_WAIT_MS}; set local statement_timeout = 0`
/** On workers, only autovacuum can be in the way of who has the tables of the coordinator: it gives way within a second. */
const WORKER_WAIT_MS = 2_000
const SET_LIMITS: Statement = {
  text: LIMITS,
  // With one connection to each worker, so that every statement sees what those before it have done.
  distributed: `
    set local citus.multi_shard_modify_mode = 'sequential';
    set local citus.propagate_set_commands = 'local';
    set local lock_timeout = ${WORKER_WAIT_MS};
    set local citus.propagate_set_commands = 'none';
    ${LIMITS}`,
}

/**
 * Changes partitions in a transaction. Out: undefined, and nothing done, if another server is changing some, or they
 * are no longer as given. Errors: those of the database are thrown, after which all is as before.
 */
export async function changePartitions<T>(
  db: Db,
  expected: readonly EventPartition[],
  change: (tx: PartitionsTx) => Promise<T>,
): Promise<T | undefined> {
  const run = async (client: PoolClient) => {
    await client.query(SET_LIMITS)
    if (!(await holdPartitions(client))) return undefined
    const found = await listPartitions(client)
    if (describe(found) !== describe(expected)) return undefined
    return await change({ query: client.query.bind(client), holdsPartitions: true })
  }
  return await inTransaction(db, run)
}

/** Runs statements one by one: Citus passes on the whole text that it gets. */
export async function runEach(tx: PartitionsTx, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await tx.query(statement)
}

/** All but the sizes. */
function describe(partitions: readonly EventPartition[]): string {
  return partitions.map(({ name, fromMs, toMs, endsMs }) => [name, fromMs, toMs, endsMs].join(' ')).join()
}

/** The longest pause before tables are tried to be taken again, in ms. */
const MAX_PAUSE_MS = 1_000

/**
 * Takes tables for itself until the transaction ends. Whoever comes meanwhile waits behind it, so it gives up after
 * LOCK_WAIT_MS, lets them pass, and tries again. Errors: that of the last try.
 */
export async function takeTables(
  tx: PartitionsTx,
  tables: readonly string[],
  maxTries: number,
): Promise<void> {
  const take = `lock table ${tables.map((table) => `only ${table}`).join(', ')} in access exclusive mode`
  for (let attempt = 1; ; attempt++) {
    await tx.query(BEFORE_TRY)
    try {
      await tx.query(take)
      return
    } catch (error) {
      if (classifyStoreError(error) !== 'conflict' || attempt === maxTries) throw error
      await tx.query(UNDO_TRY)
      await sleep(Math.min(MAX_PAUSE_MS, 10 * 2 ** attempt) * (0.5 + Math.random() / 2))
    }
  }
}

const BEFORE_TRY = 'savepoint before_try'
const UNDO_TRY = 'rollback to savepoint before_try'
