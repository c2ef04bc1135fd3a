import type { Params } from '../core/decode/params.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { readableProperties } from '../core/respond/event-line.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import type { EventFilter, EventPosition, EventRow } from '../store/read-events.ts'
import { readEventPages } from './event-pages.ts'
import { parseLimit } from './limit.ts'
import { parseIsNewestFirst } from './order.ts'

const MAX_PAGE_CHARS = 8_000_000

export interface EventsQuery {
  readonly filter: EventFilter
  readonly limit: number
}

/**
 * Reads the parameters of `GET /_twin/projects/:project/events`. `from` and `to` are ISO dates or times, or ms since
 * the epoch; `to` is exclusive. Errors are the sentence to answer with.
 */
export function parseEventsQuery(params: Params, project: Project): Result<EventsQuery, string> {
  const from = parseTime('from', params.get('from'))
  if (!from.ok) return from
  const to = parseTime('to', params.get('to'))
  if (!to.ok) return to
  const after = parsePosition(params.get('after'))
  if (!after.ok) return after
  const limit = parseLimit(params.get('limit'))
  if (!limit.ok) return limit
  const isNewestFirst = parseIsNewestFirst(params.get('order'))
  if (!isNewestFirst.ok) return isNewestFirst
  const event = storable(params.get('event'))
  const distinctId = storable(params.get('distinct_id'))
  const filter = {
    project,
    fromMs: from.value,
    toMs: to.value,
    events: event === undefined ? undefined : [event],
    distinctIds: distinctId === undefined ? undefined : [distinctId],
    after: after.value,
    ...(isNewestFirst.value && { isNewestFirst: true }),
    isDeduplicated: true,
  }
  return ok({ filter, limit: limit.value })
}

/**
 * A page of events, newest last by default, and the cursor of the next page (null on the last), as JSON text. A page of
 * very long events ends before its limit.
 */
export async function readEvents(query: EventsQuery, project: Project, db: Db): Promise<string> {
  const shown: string[] = []
  let chars = 0
  let last: EventPosition | undefined
  let next: string | null = null
  for await (const rows of readEventPages(db, query.filter, query.limit + 1)) {
    for (const row of rows) {
      if (last !== undefined && (shown.length === query.limit || chars > MAX_PAGE_CHARS)) {
        next = writePosition(last)
        break
      }
      const text = showEvent(row, project.settings.api_endpoint)
      shown.push(text)
      chars += text.length
      last = row.position
    }
    if (next !== null) break
  }
  return `{"events":[${shown.join(',')}],"next":${JSON.stringify(next)}}`
}

/** An event as our own API shows it, as JSON text. */
export function showEvent(row: EventRow, apiEndpoint: string): string {
  const head = JSON.stringify({
    event: row.event,
    distinct_id: row.canonicalId,
    original_distinct_id: row.distinctId,
    time: row.timeMs,
    insert_id: row.insertId,
    received_at: new Date(row.receivedAtMs).toISOString(),
  })
  return `${head.slice(0, -1)},"properties":${readableProperties(row, apiEndpoint)}}`
}

/** A text in its stored form, so that a search finds text that was changed when it was stored. */
function storable(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toStorable(text)
}

/** Reads a time: ISO 8601, or ms since the epoch. Errors are the sentence to answer with. */
export function parseTime(name: string, text: string | undefined): Result<number | undefined, string> {
  if (text === undefined) return ok(undefined)
  const ms = /^-?\d{1,16}$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isNaN(ms)
    ? err(`${name} must be an ISO 8601 date or time, or milliseconds since 1970.`)
    : ok(ms)
}

function writePosition(position: EventPosition): string {
  return Buffer.from(`${position.timeMs}.${position.seq}`).toString('base64url')
}

function parsePosition(cursor: string | undefined): Result<EventPosition | undefined, string> {
  if (cursor === undefined) return ok(undefined)
  const match = /^(-?\d{1,16})\.(\d{1,18})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  const [, timeMs, seq] = match ?? []
  if (timeMs === undefined || seq === undefined)
    return err('after must be a cursor that this route gave as next.')
  return ok({ timeMs: Number(timeMs), seq })
}
