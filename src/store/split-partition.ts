import { boundsAhead, isSplitDue } from '../core/partitions.ts'
import { distributeBesideEvents } from './citus.ts'
import type { Db } from './db.ts'
import { BOUNDS_CHECK } from './errors.ts'
import type { Statement } from './forms.ts'
import { hasMoreFrom, projectsFrom } from './partition-events.ts'
import {
  changePartitions,
  type EventPartition,
  listPartitions,
  type PartitionsTx,
  runEach,
  takeTables,
} from './partitions.ts'

/** Sizes that tests make smaller. */
export interface SplitSizes {
  /** The open partition is split beyond this. */
  readonly openBytes?: number
  /** A partition up to this size is read while it is taken, which takes some ten milliseconds. */
  readonly readAtOnceBytes?: number
}

const READ_AT_ONCE_BYTES = 32 * 2 ** 20
/** Takes up to half a minute, and nothing waits for it: see takeTables. */
const TRIES = 60
/** Events that may be beyond the end of a partition, and are moved: those of projects whose clock is ahead. */
const MAX_MOVED = 20_000
/** A split that has begun for an end as near as this is given up: events that are refused must stay rare. */
const TOO_NEAR_MS = 3_600_000

/**
 * Splits the open partition if it is time: it ends at a time to come, and a new, open one begins there. Any number of
 * servers may call this at once, and one that was interrupted is continued. A large partition is read for this while
 * it is in use; until that is done, events beyond its end are refused: see isAwaitingPartition. Out: true if it was
 * split. Errors: those of the database are thrown.
 */
export async function splitWhenDue(
  db: Db,
  nowMs: number,
  { openBytes, readAtOnceBytes = READ_AT_ONCE_BYTES }: SplitSizes = {},
): Promise<boolean> {
  const partitions = await listPartitions(db.pool)
  const open = partitions.at(-1)
  if (open?.endsMs !== undefined) return await goOn(db, partitions, open.endsMs, nowMs)
  if (open === undefined || !isSplitDue(partitions, nowMs, openBytes)) return false
  const endMs = await chooseEnd(db, partitions, nowMs)
  if (endMs === undefined) return false
  if (open.bytes <= readAtOnceBytes) return await splitAt(db, partitions, endMs)
  await changePartitions(db, partitions, (tx) => announceEnd(tx, open, endMs))
  return await goOn(db, await listPartitions(db.pool), endMs, nowMs)
}

/** Finishes a split whose end is announced, or gives it up. */
async function goOn(
  db: Db,
  partitions: readonly EventPartition[],
  endMs: number,
  nowMs: number,
): Promise<boolean> {
  const open = partitions.at(-1)
  if (open?.endsMs !== endMs) return false
  if (endMs >= nowMs + TOO_NEAR_MS) return await splitAt(db, partitions, endMs)
  await changePartitions(db, partitions, (tx) => takeBack(tx, open))
  return false
}

async function splitAt(db: Db, partitions: readonly EventPartition[], endMs: number): Promise<boolean> {
  const open = partitions.at(-1)
  if (open === undefined) return false
  return (await changePartitions(db, partitions, (tx) => split(tx, open, endMs))) === true
}

/** The first possible end beyond which there are few events; undefined if there is none. */
async function chooseEnd(
  db: Db,
  partitions: readonly EventPartition[],
  nowMs: number,
): Promise<number | undefined> {
  const { rows } = await db.pool.query<{ since_ms: string | null }>(FIRST_PROJECT)
  const sinceMs = Number(rows[0]?.since_ms ?? nowMs)
  const open = partitions.at(-1)?.name ?? 'event'
  for (const endMs of boundsAhead(partitions, nowMs, sinceMs)) {
    if (!(await hasMoreFrom(db.pool, open, endMs, MAX_MOVED))) return endMs
  }
  return undefined
}

const FIRST_PROJECT = `
  select (extract(epoch from min(created_at)) * 1000)::bigint as since_ms from project`

/** From now on no event comes beyond the end; those that are there stay for now. Takes the partition for an instant. */
async function announceEnd(tx: PartitionsTx, { name, fromMs }: EventPartition, endMs: number): Promise<void> {
  await takeTables(tx, [name], TRIES)
  const from = fromMs === undefined ? '' : `time_ms >= ${fromMs} and `
  const addCheck = `alter table ${name} add constraint ${BOUNDS_CHECK} check (${from}time_ms < ${endMs}) not valid`
  await tx.query(addCheck)
}

async function takeBack(tx: PartitionsTx, { name }: EventPartition): Promise<void> {
  await takeTables(tx, [name], TRIES)
  const dropCheck = `alter table ${name} drop constraint if exists ${BOUNDS_CHECK}`
  await tx.query(dropCheck)
}

/** Makes the next partition, with the events beyond the end, and attaches both. */
async function split(tx: PartitionsTx, open: EventPartition, endMs: number): Promise<boolean> {
  const { name, fromMs, endsMs } = open
  const next = `event_from_${new Date(endMs).toISOString().slice(0, 10).replaceAll('-', '')}`
  await createLike(tx, next, name)
  await moveBeyond(tx, { from: name, to: next, endMs })
  // The long part, during which all go on reading and writing.
  const validate = `alter table ${name} validate constraint ${BOUNDS_CHECK}`
  if (endsMs !== undefined) await tx.query(validate)
  await takeTables(tx, ['event', name], TRIES)
  // What has come meanwhile, if nothing was announced.
  if (endsMs === undefined) await moveBeyond(tx, { from: name, to: next, endMs })
  await runEach(tx, [
    `alter table event detach partition ${name}`,
    `alter table event attach partition ${name} for values from (${fromMs ?? 'minvalue'}) to (${endMs})`,
    `alter table event attach partition ${next} for values from (${endMs}) to (maxvalue)`,
    `alter table ${name} drop constraint if exists ${BOUNDS_CHECK}`,
  ])
  return true
}

/** An empty table like a partition, with its settings for autovacuum and storage. */
async function createLike(tx: PartitionsTx, table: string, model: string): Promise<void> {
  const { rows } = await tx.query<{ options: string | null }>(STORAGE_OPTIONS, [model])
  const options = rows[0]?.options
  const create = `
    create table ${table} (like event including all excluding identity)${options ? ` with (${options})` : ''}`
  const statement: Statement = { text: create, distributed: `${create}; ${distributeBesideEvents(table)}` }
  await tx.query(statement)
}

const STORAGE_OPTIONS = `
  select string_agg(option, ', ') as options from (
    select unnest(reloptions) from pg_class where oid = $1::regclass
    union all
    select 'toast.' || unnest(toast.reloptions) from pg_class as toast
    join pg_class as model on model.reltoastrelid = toast.oid where model.oid = $1::regclass
  ) as set_options (option)`

interface Move {
  readonly from: string
  readonly to: string
  readonly endMs: number
}

/** Moves the events from a time on; the project's ids first, so that they are found by the index. */
async function moveBeyond(tx: PartitionsTx, { from, to, endMs }: Move): Promise<void> {
  const projectIds = await projectsFrom(tx, from, endMs)
  if (projectIds.length === 0) return
  const move = `
    with moved as (delete from ${from} where project_id = any($1) and time_ms >= $2 returning ${COLUMNS})
    insert into ${to} (${COLUMNS}) select ${COLUMNS} from moved`
  await tx.query(move, [projectIds, endMs])
}

const COLUMNS =
  'project_id, distinct_id, time_ms, seq, received_at_ms, event, insert_id, size_bytes, is_imported, properties'
