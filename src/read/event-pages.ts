import type { Db } from '../store/db.ts'
import {
  type EventFilter,
  type EventPosition,
  type EventRow,
  readEventPage,
  timeOfEventAfter,
} from '../store/read-events.ts'

const MAX_PAGE_ROWS = 2_000
/** How much text a page should hold. Pages grow towards it from one row, for rows differ by a factor of 10^5. */
const TARGET_PAGE_CHARS = 2_000_000
const MAX_GROWTH = 8

/**
 * Reads events page by page, in order, up to `limit`. A page is as many rows as make some 2 MB by the measure
 * of those before it, so memory stays bounded whatever the events have become: a number that is 5 bytes when it
 * is sent can be 300 when jsonb writes it out.
 */
export async function* readEventPages(
  db: Db,
  filter: EventFilter,
  limit: number,
): AsyncGenerator<readonly EventRow[]> {
  let after: EventPosition | undefined = filter.after
  let left = limit
  let pageRows = 1
  while (left > 0) {
    const wanted = Math.min(pageRows, left)
    const rows = await readEventPage(db, { ...filter, after }, wanted)
    if (rows.length > 0) yield rows
    if (rows.length < wanted) return
    left -= rows.length
    after = rows.at(-1)?.position
    pageRows = nextPageRows(rows)
  }
}

/** Events that one statement looks at where few of them may be wanted. */
const SLICE_EVENTS = 50_000

/**
 * The same of a time, for a filter that may let few events through: the time is cut into slices, so that no statement
 * goes through all events of a project, however many there are, and what is found early is sent early.
 */
export async function* readSlicedPages(
  db: Db,
  filter: EventFilter & { readonly fromMs: number; readonly toMs: number },
  limit: number,
): AsyncGenerator<readonly EventRow[]> {
  let left = limit
  for (let fromMs = filter.fromMs; fromMs < filter.toMs && left > 0; ) {
    const end = await timeOfEventAfter(db, filter.project.id, fromMs, SLICE_EVENTS)
    // Events of one moment are not cut apart.
    const toMs = Math.min(filter.toMs, end === undefined ? filter.toMs : Math.max(end, fromMs + 1))
    for await (const rows of readEventPages(db, { ...filter, fromMs, toMs }, left)) {
      left -= rows.length
      yield rows
    }
    fromMs = toMs
  }
}

/** How many rows the next page should have, by the measure of this one. */
export function nextPageRows(rows: readonly { readonly propertiesJson: string }[]): number {
  let chars = 0
  for (const row of rows) chars += row.propertiesJson.length
  const fitting = Math.floor((rows.length * TARGET_PAGE_CHARS) / Math.max(chars, 1))
  return Math.max(1, Math.min(fitting, rows.length * MAX_GROWTH, MAX_PAGE_ROWS))
}
