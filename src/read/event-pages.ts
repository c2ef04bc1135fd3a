import type { Db } from '../store/db.ts'
import { EventsPassed, readEventPage } from '../store/event-page.ts'
import {
  type EventFilter,
  type EventPosition,
  type EventRow,
  timeOfEventAfter,
} from '../store/read-events.ts'

const MAX_PAGE_ROWS = 2_000
/** The target size of a page. Pages grow towards it from one row, since the size of rows varies by a factor of 10^5. */
export const TARGET_PAGE_CHARS = 2_000_000
const MAX_GROWTH = 8

/**
 * Reads events page by page, in order, up to `limit`. A page has as many rows as would make 2 MB, judging by the
 * previous pages, so memory stays bounded even if rows grow when they are read: a number sent in 5 bytes can be 300
 * when jsonb writes it. `targetChars` may ask for smaller ones. Whoever takes a page may empty it, so that it is not held
 * while its text is being sent.
 */
export async function* readEventPages(
  db: Db,
  filter: EventFilter,
  limit: number,
  targetChars: () => number = () => TARGET_PAGE_CHARS,
): AsyncGenerator<EventRow[]> {
  let after: EventPosition | undefined = filter.after
  let left = limit
  let pageRows = 1
  const passed = new EventsPassed()
  while (left > 0) {
    const wanted = Math.min(pageRows, left)
    const rows = await readEventPage(db, { ...filter, after }, wanted, passed)
    const isLast = rows.length < wanted
    left -= rows.length
    after = rows.at(-1)?.position
    pageRows = nextPageRows(rows, targetChars())
    if (rows.length > 0) yield rows
    if (isLast) return
  }
}

/** Events per statement if few of them may match. */
const SLICE_EVENTS = 50_000

/**
 * Like readEventPages, for a filter that may match few events: the period is split into slices, so that no statement
 * scans all events of a project, and early matches are sent early.
 */
export async function* readSlicedPages(
  db: Db,
  filter: EventFilter & { readonly fromMs: number; readonly toMs: number },
  limit: number,
  targetChars?: () => number,
): AsyncGenerator<EventRow[]> {
  let left = limit
  for (let fromMs = filter.fromMs; fromMs < filter.toMs && left > 0; ) {
    const end = await timeOfEventAfter(db, filter.project.id, fromMs, SLICE_EVENTS)
    // Events with the same time stay in one slice.
    const toMs = Math.min(filter.toMs, end === undefined ? filter.toMs : Math.max(end, fromMs + 1))
    for await (const rows of readEventPages(db, { ...filter, fromMs, toMs }, left, targetChars)) {
      left -= rows.length
      yield rows
    }
    fromMs = toMs
  }
}

/** The number of rows of the next page, judging by this one. In: the size that it should have. */
export function nextPageRows(
  rows: readonly { readonly propertiesJson: string }[],
  targetChars = TARGET_PAGE_CHARS,
): number {
  let chars = 0
  for (const row of rows) chars += row.propertiesJson.length
  const fitting = Math.floor((rows.length * targetChars) / Math.max(chars, 1))
  return Math.max(1, Math.min(fitting, rows.length * MAX_GROWTH, MAX_PAGE_ROWS))
}
