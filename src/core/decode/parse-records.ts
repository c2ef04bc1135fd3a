import { isJsonArray, type Json } from '../json.ts'
import { MAX_RECORDS, SMALL_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { type ExactRecord, mayRound, parseExactly, type RoundedNumber } from './exact-numbers.ts'
import { PartialReader, type UnreadProperties } from './partial-records.ts'
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
import { decodeStrictly, decodeUtf8, decodeUtf8InSteps } from './utf8.ts'

/** The records of a payload that has not been parsed yet. */
export interface LocatedRecords {
  /** JSON or NDJSON in UTF-8. */
  readonly bytes: Uint8Array
  readonly isNdjson: boolean
  /** Where the records are; undefined for a small payload, which is parsed as a whole. */
  readonly spans: readonly Span[] | undefined
  /** Bytes that the parsed records will take in memory, estimated. */
  readonly heapBytes: number
}

/** The records of a payload, parsed. */
export interface ParsedRecords {
  readonly records: readonly Json[]
  /** The numbers that were rounded, by the index of the record (PRP-19). */
  readonly rounded: ReadonlyMap<number, readonly RoundedNumber[]>
  /** Set if only some properties were parsed. */
  readonly partly?: PartlyParsed
}

/** What was not parsed of records. */
export interface PartlyParsed {
  /** The other properties, by the index of the record; undefined for a record that was parsed in full. */
  readonly unread: readonly (UnreadProperties | undefined)[]
  /** Parses a record in full. */
  readonly parse: (index: number) => Json
}

/** Why a payload has no records; `bad_json` and `too_complex` with a reason, as the middle of a sentence. */
export type RecordsError =
  | { readonly code: 'too_many' }
  | { readonly code: 'bad_json' | 'too_complex'; readonly reason: string }

/** Names parsed between two yields; a value counts a quarter of a name. */
const STEP_NAMES = 16_384
/** How much longer it takes to parse a record exactly. */
const EXACT_COST = 8

/** Estimated memory per byte of a small payload, and per name and value of a large one. */
const HEAP_BYTES_PER_BYTE = 8
const HEAP_BYTES_PER_NAME = 24
const HEAP_BYTES_PER_VALUE = 40
/** More than ten megabytes of events need, and the limit of one request. */
const MAX_HEAP_BYTES = 134_217_728

/** Locates and counts the records of a JSON payload, a list or a single one, or of NDJSON. Parses nothing. */
export function* locateRecords(
  bytes: Uint8Array,
  isNdjson: boolean,
): Steps<Result<LocatedRecords, RecordsError>> {
  if (bytes.length <= SMALL_BYTES && !isNdjson) {
    return ok({ bytes, isNdjson, spans: undefined, heapBytes: heapBytesOfSmall(bytes) })
  }
  const spans = yield* isNdjson ? scanLines(bytes, MAX_RECORDS) : scanRecords(bytes, MAX_RECORDS)
  if (!spans.ok) return err(toRecordsError(spans.error))
  const heapBytes = heapBytesOf(bytes, spans.value)
  if (heapBytes > MAX_HEAP_BYTES)
    return err({ code: 'too_complex', reason: 'the records have too many values' })
  return ok({ bytes, isNdjson, spans: spans.value, heapBytes })
}

/** The same estimate for a payload of SMALL_BYTES at most. */
export function heapBytesOfSmall(bytes: Uint8Array): number {
  return bytes.length * HEAP_BYTES_PER_BYTE
}

/**
 * Parses located records; a line of NDJSON that is not JSON is null (IMP-32). If `read` names the properties of events
 * that are needed, others of a large payload may be left unparsed.
 */
export function* parseRecords(
  located: LocatedRecords,
  read?: ReadonlySet<string>,
): Steps<Result<ParsedRecords, RecordsError>> {
  const { bytes, spans, isNdjson } = located
  if (spans === undefined) return yield* parseAtOnce(bytes)
  const parsed = yield* parseSpans(bytes, spans, isNdjson, read && new PartialReader(bytes, read))
  if (!parsed.ok) return parsed
  const { records, rounded, unread } = parsed.value
  if (read === undefined) return ok({ records, rounded })
  const parse = (index: number): Json => parseSpan(bytes, spans[index])
  return ok({ records, rounded, partly: { unread, parse } })
}

/** Parses one record that is known to be JSON. */
function parseSpan(bytes: Uint8Array, { from, to }: Span = EMPTY): Json {
  return JSON.parse(decodeUtf8(bytes.subarray(from, to))) as Json
}

const EMPTY = { from: 0, to: 0, names: 0, values: 0 }

const NONE_ROUNDED: ParsedRecords['rounded'] = new Map()

/**
 * The records of a small payload, if nothing is to be said of it: it is JSON, and has no number that may be rounded.
 * Undefined for any other, which parseRecords parses.
 */
export function parsePlain({ bytes, spans }: LocatedRecords): ParsedRecords | undefined {
  if (spans !== undefined) return undefined
  const text = decodeUtf8(bytes)
  const value = mayRound(text) ? undefined : parseJson(text)
  if (value?.ok !== true) return undefined
  const records = isJsonArray(value.value) ? value.value : [value.value]
  return records.length > MAX_RECORDS ? undefined : { records, rounded: NONE_ROUNDED }
}

function* parseAtOnce(bytes: Uint8Array): Steps<Result<ParsedRecords, RecordsError>> {
  const text = decodeUtf8(bytes)
  const value = parseJson(text)
  if (!value.ok) return badJson(value.error)
  const records = isJsonArray(value.value) ? value.value : [value.value]
  if (records.length > MAX_RECORDS) return err({ code: 'too_many' })
  const spans = mayRound(text) ? yield* scanRecords(bytes, MAX_RECORDS) : undefined
  if (spans?.ok === true) {
    const exact = yield* parseRecords({ bytes, spans: spans.value, isNdjson: false, heapBytes: 0 })
    if (exact.ok) return exact
  }
  return ok({ records, rounded: NONE_ROUNDED })
}

interface ParsedSpans extends ParsedRecords {
  readonly unread: readonly (UnreadProperties | undefined)[]
}

/** Parses records one by one; with a reader, only partly where it can. */
function* parseSpans(
  bytes: Uint8Array,
  spans: readonly Span[],
  isNdjson: boolean,
  reader: PartialReader | undefined,
): Steps<Result<ParsedSpans, RecordsError>> {
  const textOf = pieceReader(bytes)
  const records: Json[] = []
  const rounded = new Map<number, readonly RoundedNumber[]>()
  const unread: (UnreadProperties | undefined)[] = []
  let [stepNames, stepBytes] = [0, 0]
  for (const { from, to, names, values: count } of spans) {
    const partial = reader?.read(from, to)
    let cost = 1
    if (partial === undefined) {
      const isLong = to - from > STEP_BYTES
      const text = isLong ? yield* decodeUtf8InSteps(bytes.subarray(from, to)) : textOf(from, to)
      if (isLong) yield
      const parsed = parseRecord(text)
      if (!parsed.ok && !isNdjson) return badJson(`record ${records.length + 1}: ${parsed.error}`)
      const record = parsed.ok ? parsed.value : NOT_JSON
      if (record.rounded.length > 0) rounded.set(records.length, record.rounded)
      cost = record.cost
      records.push(record.value)
    } else records.push(partial.record)
    unread.push(partial?.unread)
    stepNames += (names + count / 4) * cost
    stepBytes += to - from
    if (stepNames < STEP_NAMES && stepBytes < STEP_BYTES) continue
    stepNames = 0
    stepBytes = 0
    yield
  }
  return ok({ records, rounded, unread })
}

interface ParsedRecord extends ExactRecord {
  /** How many times as long it took because of its numbers. */
  readonly cost: number
}

const NOT_JSON: ParsedRecord = { value: null, rounded: [], cost: 1 }

/** Parses the text of a record. */
function parseRecord(text: string): Result<ParsedRecord, string> {
  const parsed = parseJson(text)
  if (!parsed.ok) return parsed
  if (!mayRound(text)) return ok({ ...NOT_JSON, value: parsed.value })
  return ok({ ...parseExactly(text, parsed.value), cost: EXACT_COST })
}

type PieceReader = (from: number, to: number) => string

/** Returns a function for the text of a span. */
function pieceReader(bytes: Uint8Array): PieceReader {
  let read: PieceReader | undefined
  return (from, to) => {
    read ??= quickestReader(bytes)
    return read(from, to)
  }
}

/** The strict decoder is slow to start, so it decodes all of a payload at once, or nothing. */
function quickestReader(bytes: Uint8Array): PieceReader {
  const whole = decodeStrictly(bytes)
  if (whole === undefined) return (from, to) => decodeUtf8(bytes.subarray(from, to))
  if (whole.length === bytes.length) return (from, to) => whole.slice(from, to)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return (from, to) => buffer.toString('utf8', from, to)
}

/** Parses a JSON text. Error: the parser's message. */
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
