import { PassThrough, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { MAX_LOOKUP_ROW_LENGTH } from '../core/limits.ts'
import type { BodyFacts } from '../core/lookup/body-facts.ts'

/** Why the rest of a body was not read. `message` describes the invalid row. */
export type CsvReadError =
  | { readonly code: 'too_large' }
  | { readonly code: 'bad_gzip' }
  | { readonly code: 'broken_off' }
  | { readonly code: 'bad_row'; readonly message: string }

/** Rows as arrays of fields, and the error that ended the reading after them. */
export interface CsvPart {
  readonly rows: readonly (readonly string[])[]
  readonly error?: CsvReadError
}

export interface CsvBody {
  readonly stream: Readable
  /** Collects facts about the body. */
  readonly facts: BodyFacts
  readonly isCompressed: boolean
  /** The maximum size after decompression. */
  readonly maxBytes: number
  /** How long to wait for more from the client, in ms. */
  readonly maxSilenceMs: number
}

/** The messages of Go's CSV reader, which Mixpanel's `wrong number of fields` comes from. */
const MESSAGES: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: 'invalid row: bare " in non-quoted field',
  CSV_MAX_RECORD_SIZE: `invalid row: longer than ${MAX_LOOKUP_ROW_LENGTH} characters`,
}
const BAD_QUOTE = 'invalid row: extraneous or missing " in quoted-field'

/** The maximum number of bytes parsed together. */
const PART_BYTES = 65_536

/**
 * Parses a CSV body (RFC 4180) as it arrives, part by part, including the header row; empty lines are skipped. An error
 * comes with the last part. At the end, even an early one, the rest of the body is discarded, so that the client can
 * read the answer.
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
  // The client may have disconnected while the request was queued.
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
  { facts, maxBytes, maxSilenceMs }: CsvBody,
  onSilence: () => void,
): AsyncGenerator<CsvPart> {
  const csv = openParser()
  let bytes = 0
  // Stopped while a part is processed, since the client has to wait then.
  let silence = setTimeout(onSilence, maxSilenceMs)
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      clearTimeout(silence)
      bytes += chunk.length
      if (bytes > maxBytes) return yield { rows: [], error: { code: 'too_large' } }
      facts.add(chunk)
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
  facts.add(undefined)
  yield await csv.read(undefined)
}

function codeOf(error: unknown): 'broken_off' | 'bad_gzip' {
  if (error instanceof BrokenOff) return 'broken_off'
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return 'bad_gzip'
  throw error
}

/** The client disconnected, or sent nothing for too long, before the end of the body. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff'
}

/** A parser that returns the rows completed by each chunk; without a chunk, ends and returns the last rows. */
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
  // Errors reach the callback of `write`. The parser has no output, but must flow to reach its end.
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
