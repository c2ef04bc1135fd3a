import type { Params } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { readableProperties } from '../core/respond/event-line.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { type EventFilter, type EventPosition, type EventRow, readEventPage } from '../store/read-events.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

/** A question for a page of events. */
export interface EventsQuery {
  readonly filter: EventFilter
  readonly limit: number
}

/**
 * Reads the parameters of `GET /_twin/projects/:project/events`. `from` and `to` are ISO dates or times, or ms
 * since the epoch; `to` is exclusive. Errors are the sentence to answer with.
 */
export function parseEventsQuery(params: Params, project: Project): Result<EventsQuery, string> {
  const from = parseMoment('from', params.get('from'))
  if (!from.ok) return from
  const to = parseMoment('to', params.get('to'))
  if (!to.ok) return to
  const after = parsePosition(params.get('after'))
  if (!after.ok) return after
  const limit = params.get('limit') ?? String(DEFAULT_LIMIT)
  if (!/^\d{1,5}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT) {
    return err(`limit must be a number from 1 to ${MAX_LIMIT}.`)
  }
  const event = params.get('event')
  const filter = {
    projectId: project.id,
    fromMs: from.value,
    toMs: to.value,
    events: event === undefined ? undefined : [event],
    distinctId: params.get('distinct_id'),
    after: after.value,
    isDeduplicated: true,
  }
  return ok({ filter, limit: Number(limit) })
}

/** A page of events, newest last, and the cursor of the next page: null on the last. As JSON text. */
export async function readEvents(query: EventsQuery, project: Project, db: Db): Promise<string> {
  const rows = await readEventPage(db, query.filter, query.limit + 1)
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  const next = rows.length > query.limit && last !== undefined ? writePosition(last.position) : null
  const events = page.map((row) => showEvent(row, project.settings.api_endpoint))
  return `{"events":[${events.join(',')}],"next":${JSON.stringify(next)}}`
}

function showEvent(row: EventRow, apiEndpoint: string): string {
  const head = JSON.stringify({
    event: row.event,
    distinct_id: row.distinctId,
    original_distinct_id: row.distinctId,
    time: row.timeMs,
    insert_id: row.insertId,
    received_at: new Date(row.receivedAtMs).toISOString(),
  })
  return `${head.slice(0, -1)},"properties":${readableProperties(row, apiEndpoint)}}`
}

function parseMoment(name: string, text: string | undefined): Result<number | undefined, string> {
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
