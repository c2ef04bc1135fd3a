import { isJsonArray, type Json } from '../../core/json.ts'
import { MAX_RECORDS } from '../../core/limits.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { unwrap } from './unwrap.ts'

/**
 * The records of a text: a JSON list, one JSON value, one a line, or a request with them as it was copied. Error: the
 * end of a sentence about the text.
 */
export function readRecords(text: string): Result<readonly Json[], string> {
  const plain = text.replace(/^\ufeff/, '')
  if (plain.trim() === '') return err('has no records')
  const unwrapped = unwrap(plain)
  const records = unwrapped === undefined ? readJson(plain) : readAll(unwrapped.payloads)
  if (!records.ok)
    return unwrapped === undefined ? records : err(`holds ${unwrapped.kind}, which ${records.error}`)
  const { length } = records.value
  if (length === 0)
    return err(unwrapped === undefined ? 'has no records' : `has no records in ${unwrapped.kind}`)
  if (length > MAX_RECORDS) return err(`has ${length} records; explain takes at most ${MAX_RECORDS}`)
  return records
}

function readAll(payloads: readonly string[]): Result<readonly Json[], string> {
  const all: Json[] = []
  for (const payload of payloads) {
    const records = readJson(payload)
    if (!records.ok) return records
    all.push(...records.value)
  }
  return ok(all)
}

function readJson(text: string): Result<readonly Json[], string> {
  const whole = parse(text)
  if (whole.ok) return ok(isJsonArray(whole.value) ? whole.value : [whole.value])
  const records = readLines(text)
  if (records.ok) return records
  const { line, reason } = records.error
  // If not even the first line is JSON, it was not meant to be JSON lines.
  return err(line === 1 ? `is not JSON: ${whole.error}` : `is not JSON in line ${line}: ${reason}`)
}

function readLines(
  text: string,
): Result<readonly Json[], { readonly line: number; readonly reason: string }> {
  const records: Json[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const parsed = parse(line)
    if (!parsed.ok) return err({ line: index + 1, reason: parsed.error })
    records.push(parsed.value)
  }
  return ok(records)
}

function parse(text: string): Result<Json, string> {
  try {
    return ok(JSON.parse(text) as Json)
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}
