import { sql } from 'kysely'
import { isLastCopyIn } from './copies.ts'
import type { Db } from './db.ts'
import { findSpanOfNames } from './event-names.ts'
import { type EventFilter, type EventRow, positionOf, selectRows, toEventRow } from './read-events.ts'

/** Maximum events read at once to fill a small page despite duplicates, and their size as sent: an event may be 1 MB. */
const MAX_PASSED_OVER = 2_000
const MAX_PASSED_BYTES = 1_048_576
/** Maximum events of one millisecond that a reader remembers. */
const MAX_REMEMBERED = 10_000

/**
 * The events with the time of the last one that a reader got. A copy of one of these may be stored after the statement
 * that read it and before the next one, which finds it behind the reader's position.
 */
export class EventsPassed {
  #timeMs: number | undefined
  readonly #keys = new Set<string>()

  /** Notes an event, in reading order. Out: false if the reader got a copy of it already (DDP-01). */
  add({ timeMs, canonicalId, event, insertId }: EventRow): boolean {
    if (timeMs !== this.#timeMs || this.#keys.size >= MAX_REMEMBERED) this.#keys.clear()
    this.#timeMs = timeMs
    const { size } = this.#keys
    this.#keys.add(JSON.stringify([canonicalId, event, insertId]))
    return this.#keys.size > size
  }
}

/**
 * One page of events in reading order, each with the user to whom it belongs now. Each page is a separate statement, so
 * that a long export holds neither a transaction nor a connection. As the table is append-only, the position after the
 * last row remains valid; who reads several pages without duplicates passes the same `passed` for each. The page is the
 * caller's, who may empty it.
 */
export async function readEventPage(
  db: Db,
  asked: EventFilter,
  limit: number,
  passed = new EventsPassed(),
): Promise<EventRow[]> {
  const filter = await withinNames(db, asked)
  if (filter === undefined) return []
  if (!filter.isDeduplicated) {
    const page = await selectPage(db, filter, limit)
    return (await page.execute()).map(toEventRow)
  }
  const found: EventRow[] = []
  let { after } = filter
  let wanted = limit
  for (;;) {
    const rows = await readMarkedPage(db, { ...filter, after }, wanted)
    for (const row of rows) {
      if (row.is_copy || found.length === limit) continue
      const event = toEventRow(row)
      if (passed.add(event)) found.push(event)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < wanted || found.length === limit) return found
    after = positionOf(last)
    const bytes = rows.reduce((sum, { size_bytes }) => sum + size_bytes, 0)
    const fitting = Math.floor((MAX_PASSED_BYTES * rows.length) / Math.max(bytes, 1))
    wanted = Math.max(limit, Math.min(2 * wanted, MAX_PASSED_OVER, fitting))
  }
}

/** The filter with the period of its names, if these are all that it has; undefined if there is no event of them. */
async function withinNames(db: Db, filter: EventFilter): Promise<EventFilter | undefined> {
  const { project, events, distinctIds, fromMs, toMs } = filter
  if (events === undefined || distinctIds !== undefined) return filter
  const span = await findSpanOfNames(db, project.id, events)
  return (
    span && {
      ...filter,
      fromMs: Math.max(span.firstMs, fromMs ?? span.firstMs),
      toMs: Math.min(span.lastMs + 1, toMs ?? span.lastMs + 1),
    }
  )
}

/** One page, including duplicates. */
async function selectPage(db: Db, filter: EventFilter, limit: number) {
  let query = await selectRows(db, { ...filter, isDeduplicated: false })
  if (filter.after !== undefined) {
    const { timeMs, seq } = filter.after
    const isBeyond = sql.raw(filter.isNewestFirst === true ? '<' : '>')
    query = query.where(sql<boolean>`(time_ms, event.seq) ${isBeyond} (${timeMs}::bigint, ${seq}::bigint)`)
  }
  const order = orderOf(filter)
  return query.orderBy('time_ms', order).orderBy('event.seq', order).limit(limit)
}

function orderOf({ isNewestFirst }: EventFilter): 'asc' | 'desc' {
  return isNewestFirst === true ? 'desc' : 'asc'
}

/**
 * One page, with a flag on each event of which there is a later copy. Copies are searched in an outer query, so that the
 * planner's estimates for that do not affect how it finds the page.
 */
async function readMarkedPage(db: Db, filter: EventFilter, limit: number) {
  const order = orderOf(filter)
  const page = await selectPage(db, filter, limit)
  const isDistributed = await db.shared.isDistributed()
  return await db.kysely
    .with(
      (cte) => cte('page').materialized(),
      () => page,
    )
    .selectFrom('page')
    .selectAll()
    .select(sql<boolean>`not ${isLastCopyIn('page', { ...filter, isDistributed })}`.as('is_copy'))
    .orderBy('time_ms', order)
    .orderBy('seq', order)
    .execute()
}
