import { MAX_STRING_LENGTH } from '../core/limits.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import type { Db } from './db.ts'
import { propertiesOf } from './event-property.ts'
import { type ColumnScope, type EventColumn, fillGap, timeAfter } from './fill-columns.ts'
import type { EventFilter } from './read-events.ts'

/*
 * The values of a property of the events of a name, kept apart from the events once somebody has asked for them. A count
 * by a property would otherwise read all events of the name, which are in nearly all blocks of a table. An event never
 * changes, and its seq is never used again, so that what is kept cannot be wrong, only incomplete: which events there are
 * is always read from the index by name, and a value that is not kept from the event (see column-rows.ts).
 */

/** With fewer events in a period, these are read themselves: it takes some tenths of a second. */
const MIN_EVENTS = 50_000
/** Columns of one project. */
const MAX_COLUMNS = 16
/** How long the columns for one question are filled, in ms. The next question goes on. */
const MAX_FILL_MS = 20_000
/** Properties that one question may read: each is a join. */
const MAX_PROPERTIES = 4

/**
 * A filter with the columns of all properties of events that it and another expression read, filled where they lacked
 * something of its period. As it was if the events are to be read themselves: they are few, their values large, others
 * are filling the columns, or it failed. Never throws.
 */
export async function withColumns<Filter extends EventFilter>(
  db: Db,
  filter: Filter,
  expression: Expression | undefined,
): Promise<Filter> {
  const { project, events, fromMs, toMs, where } = filter
  const [event] = events ?? []
  const { properties, readsRows } = propertiesOf([where, expression])
  const isFew = properties.length > 0 && properties.length <= MAX_PROPERTIES
  if (event === undefined || events?.length !== 1 || fromMs === undefined || readsRows || !isFew)
    return filter
  const scope = { projectId: project.id, event, fromMs, toMs: toMs ?? Number.MAX_SAFE_INTEGER }
  return { ...filter, columns: await openColumns(db, scope, properties) }
}

async function openColumns(
  db: Db,
  scope: ColumnScope,
  properties: readonly string[],
): Promise<readonly EventColumn[] | undefined> {
  const budget = AbortSignal.timeout(MAX_FILL_MS)
  const columns: EventColumn[] = []
  try {
    if (await db.shared.isDistributed()) return undefined
    for (const property of properties) {
      const column = await openColumn(db, scope, property, budget)
      if (column === undefined) return undefined
      columns.push(column)
    }
    return columns
  } catch {
    // The answer comes first. If the database is away, the question itself fails.
    return undefined
  }
}

async function openColumn(
  db: Db,
  scope: ColumnScope,
  property: string,
  budget: AbortSignal,
): Promise<EventColumn | undefined> {
  if (Math.max(property.length, scope.event.length) > MAX_STRING_LENGTH) return undefined
  let found = await findColumn(db, scope, property)
  if (found === undefined) {
    if ((await timeAfter(db, scope, MIN_EVENTS)) === undefined) return undefined
    await db.pool.query(CREATE_COLUMN, [scope.projectId, scope.event, property, MAX_COLUMNS - 1])
    found = await findColumn(db, scope, property)
  } else if (found.is_due) {
    await refresh(db, scope, found.column_id)
    found = await findColumn(db, scope, property)
  }
  if (found?.is_fit !== true) return undefined
  const column = { id: found.column_id, property }
  let bytes = Number(found.bytes)
  for (const gap of gapsOf(found.parts, scope)) {
    const added = await fillGap(db, { ...scope, ...gap }, column, { bytes, budget })
    if (added === undefined) return undefined
    bytes += added
  }
  return column
}

type Range = Pick<ColumnScope, 'fromMs' | 'toMs'>

interface ColumnRow {
  readonly column_id: number
  readonly is_fit: boolean
  readonly is_due: boolean
  /** A bigint, as text. */
  readonly bytes: string
  /** From and to, in ms. */
  readonly parts: readonly (readonly [number, number])[]
}

async function findColumn(
  db: Db,
  { projectId, event, fromMs, toMs }: ColumnScope,
  property: string,
): Promise<ColumnRow | undefined> {
  const { rows } = await db.pool.query<ColumnRow>(FIND_COLUMN, [projectId, event, property, fromMs, toMs])
  return rows[0]
}

/** The period without the parts of it, which are in order. */
function gapsOf(parts: ColumnRow['parts'], { fromMs, toMs }: Range): readonly Range[] {
  const bounds = [fromMs, ...parts.flat(), toMs]
  const gaps: Range[] = []
  for (let at = 0; at < bounds.length; at += 2) {
    const [from = 0, to = 0] = bounds.slice(at, at + 2)
    if (from < to) gaps.push({ fromMs: from, toMs: to })
  }
  return gaps
}

const FIND_COLUMN = `
  select event_column.column_id, event_column.is_fit, event_column.asked_at < now() - interval '1 minute' as is_due,
         coalesce(sum(pg_column_size(part.seqs) + pg_column_size(part.contents)), 0) as bytes,
         coalesce(
           jsonb_agg(jsonb_build_array(part.from_ms, part.to_ms) order by part.from_ms)
             filter (where part.from_ms < $5 and part.to_ms > $4),
           '[]'
         ) as parts
  from event_column left join event_column_part as part using (project_id, column_id)
  where project_id = $1 and event_column.event = $2 and event_column.property = $3
  group by event_column.project_id, event_column.column_id`

/**
 * Makes room for it first; a column that is being filled stays. The lock of its row keeps the project from being reset or
 * deleted until this is committed, so that the purge finds the column.
 */
const CREATE_COLUMN = `
  with oldest as materialized (
    select column_id from event_column where project_id = $1
    order by asked_at desc, column_id offset $4 for update skip locked
  ),
  parts as (
    delete from event_column_part where project_id = $1 and column_id in (select column_id from oldest)
  ),
  columns as (
    delete from event_column where project_id = $1 and column_id in (select column_id from oldest)
  )
  insert into event_column (project_id, event, property)
  select id, $2, $3 from project where id = $1 for key share
  on conflict (project_id, event, property) do nothing`

/**
 * Once a minute: notes that a column was asked for, and deletes the parts that lack too many events, which came later
 * than others of the same time, so that they are read again.
 */
async function refresh(db: Db, { projectId, event }: ColumnScope, columnId: number): Promise<void> {
  const { rowCount } = await db.pool.query(NOTE_ASKED, [projectId, columnId])
  if (rowCount !== 0) await db.pool.query(DELETE_LATE, [projectId, columnId, event])
}

/** No row if another question does so, or fills the column. */
const NOTE_ASKED = `
  update event_column set asked_at = now() where project_id = $1 and column_id = (
    select column_id from event_column
    where project_id = $1 and column_id = $2 and asked_at < now() - interval '1 minute' for update skip locked
  )`

const DELETE_LATE = `
  delete from event_column_part as part where project_id = $1 and column_id = $2 and (
    select count(*) from event
    where event.project_id = $1 and event.event = $3 and event.time_ms >= part.from_ms and event.time_ms < part.to_ms
  ) > 100 + 1.02 * cardinality(seqs)`
