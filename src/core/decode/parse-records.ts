import type { Json } from '../json.ts'
import { MAX_RECORDS, SMALL_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import {
  MAX_DEPTH,
  MAX_NAMES,
  MAX_VALUES,
  type ScanError,
  type Span,
  scanLines,
  scanRecords,
} from './scan-json.ts'
import { STEP_BYTES, type Steps } from './steps.ts'
import { decodeStrictly, decodeUtf8 } from './utf8.ts'

/** The records of a payload that was not parsed yet. */
export interface LocatedRecords {
  /** JSON or NDJSON in UTF-8. */
  readonly bytes: Uint8Array
  readonly isNdjson: boolean
  /** Where the records are; undefined where so little was sent that it is parsed as it is. */
  readonly spans: readonly Span[] | undefined
  /** Bytes that the records will take in memory, roughly. */
  readonly heapBytes: number
}

/** Why a payload has no records; `bad_json` and `too_complex` with a reason, as the middle of a sentence. */
export type RecordsError =
  | { readonly code: 'too_many' }
  | { readonly code: 'bad_json' | 'too_complex'; readonly reason: string }

/** Names that are parsed between two stops, a value being a quarter of one. */
const STEP_NAMES = 16_384

/** What may be in memory for a byte of a small payload, and for a name and a value of a large one. */
const HEAP_BYTES_PER_BYTE = 8
const HEAP_BYTES_PER_NAME = 24
const HEAP_BYTES_PER_VALUE = 40
/** More than ten megabytes of events come to, and no more than what one request may take. */
const MAX_HEAP_BYTES = 134_217_728

/** Finds and counts the records of a JSON payload, a list of records or one, or of NDJSON. Parses nothing. */
export function* locateRecords(
  bytes: Uint8Array,
  isNdjson: boolean,
): Steps<Result<LocatedRecords, RecordsError>> {
  if (bytes.length <= SMALL_BYTES && !isNdjson) {
    return ok({ bytes, isNdjson, spans: undefined, heapBytes: bytes.length * HEAP_BYTES_PER_BYTE })
  }
  const spans = yield* isNdjson ? scanLines(bytes, MAX_RECORDS) : scanRecords(bytes, MAX_RECORDS)
  if (!spans.ok) return err(toRecordsError(spans.error))
  const heapBytes = heapBytesOf(bytes, spans.value)
  if (heapBytes > MAX_HEAP_BYTES)
    return err({ code: 'too_complex', reason: 'the records have too many values' })
  return ok({ bytes, isNdjson, spans: spans.value, heapBytes })
}

/** Parses the records that were found; a line of NDJSON that is no JSON is null (IMP-32). */
export function* parseRecords(located: LocatedRecords): Steps<Result<readonly Json[], RecordsError>> {
  const { bytes, spans, isNdjson } = located
  if (spans === undefined) return parseAtOnce(bytes)
  const records: Json[] = []
  for (const value of yield* parseSpans(bytes, spans)) {
    if (!value.ok && !isNdjson) return badJson(`record ${records.length + 1}: ${value.error}`)
    records.push(value.ok ? value.value : null)
  }
  return ok(records)
}

function parseAtOnce(bytes: Uint8Array): Result<readonly Json[], RecordsError> {
  const value = parseJson(decodeUtf8(bytes))
  if (!value.ok) return badJson(value.error)
  const records: readonly Json[] = Array.isArray(value.value) ? value.value : [value.value]
  return records.length > MAX_RECORDS ? err({ code: 'too_many' }) : ok(records)
}

/** Parses records one by one. */
function* parseSpans(bytes: Uint8Array, spans: readonly Span[]): Steps<readonly Result<Json, string>[]> {
  const textOf = pieceReader(bytes)
  const values: Result<Json, string>[] = []
  let [stepNames, stepBytes] = [0, 0]
  for (const { from, to, names, values: count } of spans) {
    const text = textOf(from, to)
    if (to - from > STEP_BYTES) yield
    values.push(parseJson(text))
    stepNames += names + count / 4
    stepBytes += to - from
    if (stepNames < STEP_NAMES && stepBytes < STEP_BYTES) continue
    stepNames = 0
    stepBytes = 0
    yield
  }
  return values
}

/** Gives the text of pieces, in the quickest way there is: the strict decoder takes time to begin. */
function pieceReader(bytes: Uint8Array): (from: number, to: number) => string {
  const whole = decodeStrictly(bytes)
  if (whole === undefined) return (from, to) => decodeUtf8(bytes.subarray(from, to))
  if (whole.length === bytes.length) return (from, to) => whole.slice(from, to)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return (from, to) => buffer.toString('utf8', from, to)
}

/** The value of a JSON text. Error: what the parser says. */
function parseJson(text: string): Result<Json, string> {
  try {
    return ok(JSON.parse(text) as Json)
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

function toRecordsError({ code, records }: ScanError): RecordsError {
  switch (code) {
    case 'too_many':
      return { code }
    case 'too_complex':
      return {
        code,
        reason: `record ${records + 1} has more than ${MAX_DEPTH} levels, ${MAX_NAMES} names or ${MAX_VALUES} values`,
      }
    case 'malformed':
      return { code: 'bad_json', reason: `behind record ${records} there is neither a comma nor the end` }
  }
}

function badJson(reason: string): Result<never, RecordsError> {
  return err({ code: 'bad_json', reason })
}

function heapBytesOf(bytes: Uint8Array, spans: readonly Span[]): number {
  let heapBytes = bytes.length
  for (const { names, values } of spans) {
    heapBytes += names * HEAP_BYTES_PER_NAME + values * HEAP_BYTES_PER_VALUE
  }
  return heapBytes
}
