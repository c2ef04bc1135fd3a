import { isJsonArray, type Json } from '../core/json.ts'
import { MAX_RECORDS } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'

/** The records of a text: a JSON list, one JSON value, or one a line. Error: the end of a sentence about the text. */
export function readRecords(text: string): Result<readonly Json[], string> {
  if (text.trim() === '') return err('has no records')
  const whole = parse(text)
  const records = whole.ok ? ok(isJsonArray(whole.value) ? whole.value : [whole.value]) : readLines(text)
  // If not even the first line is JSON, it was not meant to be JSON lines.
  if (!records.ok && !whole.ok && records.error.line === 1) return err(`is not JSON: ${whole.error}`)
  if (!records.ok) return err(`is not JSON in line ${records.error.line}: ${records.error.reason}`)
  const { length } = records.value
  if (length === 0) return err('has no records')
  if (length > MAX_RECORDS) return err(`has ${length} records; explain takes at most ${MAX_RECORDS}`)
  return records
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
