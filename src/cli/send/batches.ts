import { isJsonObject, type Json } from '../../core/json.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../../core/limits.ts'
import { readBytes, whyUnreadable } from '../files/read-bytes.ts'
import { type RawRecord, RecordSplitter } from './split-records.ts'

/** The records of one request. */
export interface Batch {
  readonly records: readonly RawRecord[]
  /** How many records of the file come before. */
  readonly before: number
}

/** Why the file ended early: a sentence without its subject, the file. */
interface ReadError {
  readonly reason: string
}

export interface BatchOptions {
  /** How many records at the beginning are left out. */
  readonly skip: number
  /** The text to send for a record. */
  readonly rewrite: (record: Json, text: string) => string
  /** Aborted to read no further. */
  readonly signal: AbortSignal
}

/** Reads a file as batches within the limits of a request. Out: why the file could not be read to its end. */
export async function* readBatches(
  file: string,
  { skip, rewrite, signal }: BatchOptions,
): AsyncGenerator<Batch, ReadError | undefined> {
  const splitter = new RecordSplitter()
  let records: RawRecord[] = []
  let [bytes, seen] = [0, 0]
  const take = (): Batch => {
    const batch = { records, before: seen - records.length }
    records = []
    bytes = 0
    return batch
  }
  let failure: ReadError | undefined
  try {
    for await (const chunk of readBytes(file)) {
      for (const raw of splitter.push(chunk)) {
        if (signal.aborted) return undefined
        if (seen < skip) {
          seen += 1
          continue
        }
        const checked = check(raw, rewrite)
        if (typeof checked === 'string') {
          failure = { reason: `is not JSON in line ${raw.line}: ${checked}` }
          break
        }
        // A comma or a bracket each.
        const isFull = records.length === MAX_RECORDS || bytes + checked.bytes + 2 > MAX_REQUEST_BYTES
        if (isFull) yield take()
        records.push(checked)
        seen += 1
        bytes += checked.bytes + 1
      }
      if (failure !== undefined || splitter.error !== undefined) break
    }
    splitter.end()
    const { error } = splitter
    if (error !== undefined)
      failure ??= { reason: `cannot be read to its end: line ${error.line} ${error.reason}` }
  } catch (error) {
    failure = { reason: whyUnreadable(error) }
  }
  if (records.length > 0) yield take()
  return failure
}

/** The record as it is to be sent, or why it is not JSON. */
function check(raw: RawRecord, rewrite: BatchOptions['rewrite']): RawRecord | string {
  try {
    const value = JSON.parse(raw.text) as Json
    const text = isJsonObject(value) ? rewrite(value, raw.text) : raw.text
    return text === raw.text ? raw : { ...raw, text, bytes: Buffer.byteLength(text) }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
