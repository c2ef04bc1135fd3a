import type { PoolClient } from 'pg'
import type { Db } from './db.ts'
import { shareColumns } from './locks.ts'
import { inTransaction } from './tx.ts'

/** A property whose values are kept: see event-columns.ts. */
export interface EventColumn {
  readonly id: number
  readonly property: string
}

/** The events of a name in a period, in ms since the epoch: from (inclusive), to (exclusive). */
export interface ColumnScope {
  readonly projectId: number
  readonly event: string
  readonly fromMs: number
  readonly toMs: number
}

/** Events of a part: they are read in some tenths of a second, and so long is a transaction open. */
const PART_EVENTS = 20_000
/** If a gap has fewer, they are left to be read themselves. */
const MIN_GAP_EVENTS = 2_000
const MAX_COLUMN_BYTES = 64 * 2 ** 20
/** Longer values are left out; a text of 255 characters is shorter. If one in twenty is, nothing is kept. */
const MAX_VALUE_BYTES = 1_100

/** What the filling of a column starts with. */
interface FillState {
  /** The size of the column. */
  readonly bytes: number
  /** Aborted when it is to end. */
  readonly budget: AbortSignal
}

/**
 * Adds the values of a period of which a column has none. Out: how many bytes were added; undefined if more is left than
 * should be read from the events themselves. Errors: those of the database are thrown.
 */
export async function fillGap(
  db: Db,
  scope: ColumnScope,
  column: EventColumn,
  { bytes, budget }: FillState,
): Promise<number | undefined> {
  let added = 0
  let { fromMs } = scope
  for (;;) {
    const rest = { ...scope, fromMs }
    const cut = await timeAfter(db, rest, PART_EVENTS)
    const isWhole = cut === undefined && fromMs === scope.fromMs
    if (isWhole && (await timeAfter(db, rest, MIN_GAP_EVENTS)) === undefined) return added
    const isFull = bytes + added > MAX_COLUMN_BYTES || budget.aborted
    // So many events at one time are not split.
    if (isFull || cut === fromMs) return undefined
    const toMs = cut ?? (await lastTime(db, rest)) + 1
    const size = await fillPart(db, { ...rest, toMs }, column)
    if (size === undefined) return undefined
    if (cut === undefined) return added + size
    added += size
    fromMs = cut
  }
}

/** The time of the event that follows `count` others in a scope; undefined if there are not that many. */
export async function timeAfter(db: Db, scope: ColumnScope, count: number): Promise<number | undefined> {
  const { rows } = await db.pool.query<{ time_ms: string }>(TIME_AFTER, [...valuesOf(scope), count])
  return rows[0] && Number(rows[0].time_ms)
}

async function lastTime(db: Db, scope: ColumnScope): Promise<number> {
  const { rows } = await db.pool.query<{ time_ms: string }>(LAST_TIME, valuesOf(scope))
  return Number(rows[0]?.time_ms ?? scope.fromMs)
}

function valuesOf({ projectId, event, fromMs, toMs }: ColumnScope) {
  return [projectId, event, fromMs, toMs]
}

const IN_SCOPE = 'project_id = $1 and event = $2 and time_ms >= $3 and time_ms < $4'
/** In the order of the index by name, so that nothing else is read. */
const TIME_AFTER = `
  select time_ms from event where ${IN_SCOPE} order by time_ms, insert_id offset $5 limit 1`
const LAST_TIME = `
  select time_ms from event where ${IN_SCOPE} order by time_ms desc, insert_id desc limit 1`

/**
 * The events are read in the order of their blocks, which the planner chooses for less of a table only: it takes 0.6 of
 * the processor time.
 */
const BY_BLOCKS = 'set local enable_indexscan = off; set local enable_seqscan = off'

/** Reads the events of a scope into a column. Out: the bytes; undefined if it is not to be. */
async function fillPart(db: Db, scope: ColumnScope, column: EventColumn): Promise<number | undefined> {
  const run = async (tx: PoolClient) => {
    if (!(await shareColumns(tx, scope.projectId))) return undefined
    const taken = await tx.query<{ is_fit: boolean }>(TAKE_COLUMN, [scope.projectId, column.id])
    if (taken.rows[0]?.is_fit !== true) return undefined
    const values = [...valuesOf(scope), column.id, column.property, MAX_VALUE_BYTES]
    const [part] = (await tx.query<{ bytes: number }>(FILL_PART, values)).rows
    if (part === undefined) await tx.query(GIVE_UP, [scope.projectId, column.id])
    return part?.bytes
  }
  return await inTransaction(db, run, { settings: BY_BLOCKS })
}

/**
 * No row if another question fills the column, or if it is gone. A purge of the project waits for this lock, and then
 * deletes what was filled.
 */
const TAKE_COLUMN = `
  select is_fit from event_column where project_id = $1 and column_id = $2 for update skip locked`

const FILL_PART = `
  insert into event_column_part (project_id, column_id, from_ms, to_ms, seqs, contents)
  select $1, $5, $3, $4, coalesce(array_agg(seq) filter (where is_short), '{}'),
         coalesce(array_agg(content) filter (where is_short), '{}')
  from (
    select seq, content, content is null or pg_column_size(content) <= $7 as is_short
    from (select seq, properties -> $6::text as content from event where ${IN_SCOPE} offset 0) as read
  ) as measured
  having count(*) filter (where not is_short) <= count(*) / 20
  returning pg_column_size(seqs) + pg_column_size(contents) as bytes`

const GIVE_UP = `
  with parts as (delete from event_column_part where project_id = $1 and column_id = $2)
  update event_column set is_fit = false where project_id = $1 and column_id = $2`
