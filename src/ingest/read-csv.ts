import { PassThrough, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { MAX_LOOKUP_ROW_LENGTH } from '../core/limits.ts'

/** Why the rest of a body was not read: `message` is for the row that it broke off at. */
export type CsvReadError =
  | { readonly code: 'too_large' }
  | { readonly code: 'bad_gzip' }
  | { readonly code: 'broken_off' }
  | { readonly code: 'bad_row'; readonly message: string }

/** Rows of a CSV text, as their fields, and what stopped the reading after them. */
export interface CsvPart {
  readonly rows: readonly (readonly string[])[]
  readonly error?: CsvReadError
}

/** The body of a CSV request. */
export interface CsvBody {
  readonly stream: Readable
  readonly isCompressed: boolean
  /** Uncompressed bytes that are taken. */
  readonly maxBytes: number
  /** How long the sender may be silent while it is waited for, in ms. */
  readonly maxSilenceMs: number
}

/** The words of Go's CSV reader, whose `wrong number of fields` Mixpanel answers with. */
const MESSAGES: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'invalid row: bare " in non-quoted field',
  CSV_MAX_RECORD_SIZE: `invalid row: longer than ${MAX_LOOKUP_ROW_LENGTH} characters`,
}
const BAD_QUOTE = 'invalid row: extraneous or missing " in quoted-field'

/** Bytes that are parsed together, if so many have come. */
const PART_BYTES = 65_536

/**
 * Reads CSV (RFC 4180) as it comes, header row and all, a part of the body at a time; empty lines are no rows. A
 * fault is in the last part. However it ends, the body is left to flow, so that the sender can hear the answer.
 */
export async function* readCsv(body: CsvBody): AsyncGenerator<CsvPart> {
  const { stream } = body
  const source = body.isCompressed
    ? createGunzip({ chunkSize: PART_BYTES })
    : new PassThrough({ highWaterMark: PART_BYTES })
  const onBroken = () => source.destroy(new BrokenOff())
  const onClose = () => {
    if (!stream.readableEnded) onBroken()
  }
  stream.once('error', onBroken).once('close', onClose)
  stream.pipe(source)
  // The sender may be gone before its turn came.
  if (stream.destroyed) onClose()
  try {
    yield* readParts(source, body, onBroken)
  } finally {
    stream.unpipe(source)
    source.destroy()
    stream.resume()
  }
}

async function* readParts(
  source: Readable,
  { maxBytes, maxSilenceMs }: CsvBody,
  onSilence: () => void,
): AsyncGenerator<CsvPart> {
  const csv = openParser()
  let bytes = 0
  // Not while a part is being dealt with: the sender has to wait then.
  let silence = setTimeout(onSilence, maxSilenceMs)
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      clearTimeout(silence)
      bytes += chunk.length
      if (bytes > maxBytes) return yield { rows: [], error: { code: 'too_large' } }
      const part = await csv.read(chunk)
      yield part
      if (part.error !== undefined) return
      silence = setTimeout(onSilence, maxSilenceMs)
    }
  } catch (error) {
    return yield { rows: [], error: { code: codeOf(error) } }
  } finally {
    clearTimeout(silence)
  }
  yield await csv.read(undefined)
}

function codeOf(error: unknown): 'broken_off' | 'bad_gzip' {
  if (error instanceof BrokenOff) return 'broken_off'
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return 'bad_gzip'
  throw error
}

/** The sender went away, or silent, before the end. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff'
}

/** A parser that gives the rows of each chunk together; without a chunk, those of the end. */
function openParser(): { read(chunk: Buffer | undefined): Promise<CsvPart> } {
  let rows: string[][] = []
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LOOKUP_ROW_LENGTH,
    on_record: (row: string[]) => {
      rows.push(row)
      return null
    },
  })
  // Told to whoever writes; and there is nothing to read, but the end.
  parser.on('error', () => undefined).resume()
  return {
    read: (chunk) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error | null) => {
          const part = { rows }
          rows = []
          if (error === undefined || error === null) return resolve(part)
          if (!(error instanceof CsvError)) return reject(error)
          resolve({ ...part, error: { code: 'bad_row', message: MESSAGES[error.code] ?? BAD_QUOTE } })
        }
        if (chunk !== undefined) return void parser.write(chunk, done)
        parser.once('error', done).once('end', () => done())
        parser.end()
      }),
  }
}
