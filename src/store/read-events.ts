import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { StoredEvent } from '../core/event.ts'
import type { Project } from '../core/project.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import type { ArrivalRange } from './arrivals.ts'
import { eventsWithColumns } from './column-rows.ts'
import { CANONICAL, isLastCopy } from './copies.ts'
import type { Db } from './db.ts'
import { eventProperty, readsProfiles } from './event-property.ts'
import { whereSql } from './expression-sql.ts'
import type { EventColumn } from './fill-columns.ts'
import { appliesTo, isRetroactive, membersOf, readArray } from './members.ts'
import { shownIdentities, shownIdentity } from './pending-merges.ts'
import type { Schema } from './schema.ts'

/** An event as stored, with its position in the reading order. */
export interface EventRow extends Omit<StoredEvent, 'projectId'> {
  /** The canonical id of the user to whom the event belongs now. */
  readonly canonicalId: string
  /** The event belonged to another user when it was stored (IDS-26). */
  readonly isReshuffled: boolean
  readonly position: EventPosition
}

/** A position in the reading order: by time, and for equal times by arrival (QRY-05). */
export interface EventPosition {
  readonly timeMs: number
  /** A bigint, as text. */
  readonly seq: string
}

/** Conditions on events; an absent one matches all. */
export interface EventFilter {
  readonly project: Pick<Project, 'id' | 'idManagement'>
  /** Inclusive, ms since the epoch. */
  readonly fromMs?: number | undefined
  /** Exclusive, ms since the epoch. */
  readonly toMs?: number | undefined
  readonly events?: readonly string[] | undefined
  /** One or more ids of each user whose events to read. */
  readonly distinctIds?: readonly string[] | undefined
  /** Only events after this position. */
  readonly after?: EventPosition | undefined
  /** Reads the newest first; `after` then selects the events before that position. */
  readonly isNewestFirst?: boolean
  /** Of duplicates only the last that arrived (DDP-01, DDP-02): true for queries, false for the raw export (DDP-03). */
  readonly isDeduplicated: boolean
  /** Resolves identities as of this time by the project's clock, in ms since the epoch; by default now (IDS-32). */
  readonly shownAsOfMs?: number | undefined
  /** Only events that contain these properties: a JSON object. */
  readonly propertiesJson?: string | undefined
  /** Only events that neither have one of these names with these properties, nor are an SDK's own. */
  readonly otherThan?: OtherThan | undefined
  /** Only events for which this is true (QRY-15). */
  readonly where?: Expression | undefined
  /** Reads the properties that it and what is selected need from these, not from the events: see withColumns. */
  readonly columns?: readonly EventColumn[] | undefined
}

/** Events by name and by properties (a JSON object); an undefined condition matches all. */
interface OtherThan {
  readonly names: readonly string[] | undefined
  readonly propertiesJson: string | undefined
}

/** The time of the event that follows `count` others from a time on; undefined if there are not that many. */
export async function timeOfEventAfter(
  db: Db,
  projectId: number,
  fromMs: number,
  count: number,
): Promise<number | undefined> {
  const row = await db.kysely
    .selectFrom('event')
    .select('time_ms')
    .where('project_id', '=', projectId)
    .where('time_ms', '>=', String(fromMs))
    .orderBy('time_ms')
    .offset(count)
    .limit(1)
    .executeTakeFirst()
  return row && Number(row.time_ms)
}

/** A project's events numbered after `from` and up to `upTo`, in order of arrival, including duplicates. */
export async function readArrivedEvents(
  db: Db,
  { project, from, upTo }: ArrivalRange,
): Promise<readonly EventRow[]> {
  const arrived = await selectRows(db, { project, isDeduplicated: false })
  const rows = await arrived
    .where('event.seq', '>', String(from))
    .where('event.seq', '<=', String(upTo))
    .orderBy('event.seq')
    .execute()
  return rows.map(toEventRow)
}

/** The events that match a filter, unordered, with all that toEventRow reads. */
export async function selectRows(db: Db, filter: EventFilter) {
  const events = await selectEvents(db, filter)
  return events
    .select(COLUMNS)
    .select([
      sql<string>`event.properties::text`.as('properties_json'),
      CANONICAL.as('canonical_id'),
      sql<boolean>`event.seq < coalesce(identity.rekeyed_seq, 0)`.as('is_reshuffled'),
    ])
}

/**
 * The events that match a filter, unordered, each joined with its row of `identity`; CANONICAL is its user. In: another
 * expression that will be read of them.
 */
export async function selectEvents(db: Db, filter: Omit<EventFilter, 'after'>, expression?: Expression) {
  const isDistributed = await db.shared.isDistributed()
  const joined = joinIdentity(db, filter, isDistributed)
  let query = joined.where('event.project_id', '=', filter.project.id)
  const readsUsers = [filter.where, expression].some((read) => read !== undefined && readsProfiles(read))
  if (isDistributed && readsUsers) {
    query = query.leftJoin(ownersOf(filter.project.id).as('owner'), (join) =>
      join.on(sql<boolean>`owner.distinct_id = ${CANONICAL}`),
    )
  }
  // With columns, these conditions hold already; twice, the planner would expect much fewer events.
  const hasColumns = filter.columns !== undefined
  if (!hasColumns && filter.fromMs !== undefined) query = query.where('time_ms', '>=', String(filter.fromMs))
  if (!hasColumns && filter.toMs !== undefined) query = query.where('time_ms', '<', String(filter.toMs))
  if (filter.distinctIds !== undefined) {
    const members = membersOf(filter.project, filter.distinctIds)
    // Known before, they tell which workers to ask.
    const ids = isDistributed ? sql`${await readArray(db, members)}` : members
    query = query.where('event.distinct_id', '=', sql<string>`any(${ids}::text[])`)
  }
  if (!hasColumns && filter.events !== undefined)
    query = query.where('event', '=', sql<string>`any(${filter.events})`)
  if (filter.isDeduplicated) {
    query = query.where(isLastCopy({ ...filter, isDistributed }))
  }
  if (filter.propertiesJson !== undefined) {
    query = query.where(sql<boolean>`event.properties @> ${filter.propertiesJson}::jsonb`)
  }
  if (filter.otherThan !== undefined) {
    const { names = null, propertiesJson = '{}' } = filter.otherThan
    query = query.where(sql<boolean>`not event.event like '$%' and not (
      (${names}::text[] is null or event.event = any(${names})) and event.properties @> ${propertiesJson}::jsonb)`)
  }
  if (filter.where !== undefined) {
    query = query.where(whereSql(filter.where, eventProperty(isDistributed, filter.columns)))
  }
  return query
}

function joinIdentity(db: Db, filter: EventFilter, isDistributed: boolean) {
  const { project, shownAsOfMs, columns } = filter
  const table = sql<Schema['event']>`event`
  const source = columns === undefined ? table : eventsWithColumns(filter, columns)
  const events = db.kysely.selectFrom(source.as('event'))
  if (shownAsOfMs !== undefined && !isDistributed) {
    return events.leftJoinLateral(shownIdentity(shownAsOfMs).as('identity'), (join) => join.onTrue())
  }
  const now = sql<Schema['identity']>`identity`
  const shown = shownAsOfMs === undefined ? now : shownIdentities(project.id, shownAsOfMs)
  return events.leftJoin(shown.as('identity'), (join) =>
    join
      .onRef('identity.project_id', '=', 'event.project_id')
      .onRef('identity.distinct_id', '=', 'event.distinct_id')
      .on(isDistributed ? appliesTo(project) : sql<boolean>`${sql.lit(isRetroactive(project))} = true`),
  )
}

/** The profiles of a project's users, as a query. */
function ownersOf(projectId: number): RawBuilder<Pick<Schema['profile'], 'distinct_id' | 'properties'>> {
  return sql`(
    select distinct_id, properties from profile where project_id = ${projectId} and group_key = '' offset 0
  )`
}

interface Row extends Pick<Selectable<Schema['event']>, (typeof COLUMN_NAMES)[number]> {
  readonly properties_json: string
  readonly canonical_id: string
  readonly is_reshuffled: boolean
}

/** In: a row of selectRows. */
export function toEventRow(row: Row): EventRow {
  return {
    distinctId: row.distinct_id,
    canonicalId: row.canonical_id,
    // An event stored under its canonical id never belonged to another user.
    isReshuffled: row.is_reshuffled && row.canonical_id !== row.distinct_id,
    event: row.event,
    timeMs: Number(row.time_ms),
    insertId: row.insert_id,
    receivedAtMs: Number(row.received_at_ms),
    sizeBytes: row.size_bytes,
    isImported: row.is_imported,
    propertiesJson: row.properties_json,
    position: positionOf(row),
  }
}

export function positionOf({ time_ms: timeMs, seq }: Pick<Row, 'time_ms' | 'seq'>): EventPosition {
  return { timeMs: Number(timeMs), seq }
}

const COLUMN_NAMES = [
  'distinct_id',
  'event',
  'time_ms',
  'seq',
  'insert_id',
  'received_at_ms',
  'size_bytes',
  'is_imported',
] as const
const COLUMNS = COLUMN_NAMES.map((name) => `event.${name}` as const)
