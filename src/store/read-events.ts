import { sql } from 'kysely'
import type { StoredEvent } from '../core/event.ts'
import type { Db } from './db.ts'

/** An event as stored, with the place it has in the reading order. */
export interface EventRow extends Omit<StoredEvent, 'projectId'> {
  readonly position: EventPosition
}

/** Where a row stands: by time, and by arrival where times are equal (QRY-05). */
export interface EventPosition {
  readonly timeMs: number
  /** A bigint, as text. */
  readonly seq: string
}

/** Which events to read; absent is no bound. */
export interface EventFilter {
  readonly projectId: number
  /** Inclusive, ms since the epoch. */
  readonly fromMs?: number | undefined
  /** Exclusive, ms since the epoch. */
  readonly toMs?: number | undefined
  readonly events?: readonly string[] | undefined
  readonly distinctId?: string | undefined
  /** Only what comes after this row. */
  readonly after?: EventPosition | undefined
  /** Of duplicates only the one received last (DDP-01, DDP-02); reads do, the raw export does not (DDP-03). */
  readonly isDeduplicated: boolean
}

/**
 * One page of events in reading order. A page is a statement of its own, so that a long export holds neither
 * a transaction nor a connection: the table is append-only, and the place after the last row stays right.
 */
export async function readEventPage(
  db: Db,
  filter: EventFilter,
  limit: number,
): Promise<readonly EventRow[]> {
  let query = db.kysely
    .selectFrom('event')
    .select([
      'distinct_id',
      'event',
      'time_ms',
      'seq',
      'insert_id',
      'received_at_ms',
      'size_bytes',
      'is_imported',
    ])
    .select(sql<string>`properties::text`.as('properties_json'))
    .where('project_id', '=', filter.projectId)
  if (filter.fromMs !== undefined) query = query.where('time_ms', '>=', String(filter.fromMs))
  if (filter.toMs !== undefined) query = query.where('time_ms', '<', String(filter.toMs))
  if (filter.distinctId !== undefined) query = query.where('distinct_id', '=', filter.distinctId)
  if (filter.events !== undefined) query = query.where('event', '=', sql<string>`any(${filter.events})`)
  if (filter.after !== undefined) {
    const { timeMs, seq } = filter.after
    query = query.where(sql<boolean>`(time_ms, seq) > (${timeMs}::bigint, ${seq}::bigint)`)
  }
  if (filter.isDeduplicated) query = query.where(sql<boolean>`not exists (${newerDuplicate})`)
  const rows = await query.orderBy('time_ms').orderBy('seq').limit(limit).execute()
  return rows.map((row) => ({
    distinctId: row.distinct_id,
    event: row.event,
    timeMs: Number(row.time_ms),
    insertId: row.insert_id,
    receivedAtMs: Number(row.received_at_ms),
    sizeBytes: row.size_bytes,
    isImported: row.is_imported,
    propertiesJson: row.properties_json,
    position: { timeMs: Number(row.time_ms), seq: row.seq },
  }))
}

const newerDuplicate = sql`
  select from event as newer
  where newer.project_id = event.project_id and newer.distinct_id = event.distinct_id
    and newer.time_ms = event.time_ms and newer.event = event.event and newer.insert_id = event.insert_id
    and (newer.received_at_ms, newer.seq) > (event.received_at_ms, event.seq)`

/** The first moment of a day in a time zone, in ms since the epoch. In: an ISO date, an IANA name. */
export async function startOfDayMs(db: Db, date: string, timezone: string): Promise<number> {
  const { rows } = await sql<{ ms: string }>`
    select (extract(epoch from ${date}::date::timestamp at time zone ${timezone}) * 1000)::bigint as ms
  `.execute(db.kysely)
  return Number(rows[0]?.ms)
}
