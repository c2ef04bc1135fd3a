import { err, ok, type Result } from '../../core/result.ts'
import { ARRIVALS, forEachKind, type Numbers } from '../../store/arrivals.ts'

/** The position of a client. */
export interface Cursor {
  /** The project's key in the tables of records, which a reset changes. Undefined for a client that starts without a cursor. */
  readonly records: number | undefined
  readonly numbers: Numbers
}

/** Before everything that is recorded. */
export const BEGINNING: Numbers = forEachKind(() => 0n)

/** The id of a message, which parseCursor reads. */
export function writeCursor(records: number, numbers: Numbers): string {
  return [records, ...ARRIVALS.map((kind) => numbers[kind])].join('-')
}

/**
 * Reads the id to continue after; `0` is the beginning. Out: undefined without one. Errors are the sentence to answer
 * with.
 */
export function parseCursor(text: string | undefined): Result<Cursor | undefined, string> {
  if (text === undefined || text === '') return ok(undefined)
  if (text === '0') return ok({ records: undefined, numbers: BEGINNING })
  const [, records, event, link, verdict] = /^(\d{1,10})-(\d{1,18})-(\d{1,18})-(\d{1,18})$/.exec(text) ?? []
  if (event === undefined || link === undefined || verdict === undefined) {
    return err('Last-Event-ID must be the id of a message of this stream, or 0 for all from the beginning.')
  }
  const numbers = { event: BigInt(event), link: BigInt(link), verdict: BigInt(verdict) }
  return ok({ records: Number(records), numbers })
}

/** The greater number of each kind. */
export function furthest(a: Numbers, b: Numbers): Numbers {
  return forEachKind((kind) => (a[kind] > b[kind] ? a[kind] : b[kind]))
}

/** True if no number of `a` exceeds that of `b`. */
export function isWithin(a: Numbers, b: Numbers): boolean {
  return ARRIVALS.every((kind) => a[kind] <= b[kind])
}

export function isSame(a: Numbers, b: Numbers): boolean {
  return ARRIVALS.every((kind) => a[kind] === b[kind])
}
