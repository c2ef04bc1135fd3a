import { BLANK_KEY, sameKey, WRONG_FIELD_COUNT } from '../answers/lookup.ts'
import type { Json } from '../json.ts'
import { toStorable } from '../normalise/text.ts'
import { err, ok, type Result } from '../result.ts'
import { toLookupValue } from './value.ts'

/** A row of a lookup table. */
export interface LookupRow {
  /** Its position among the rows below the header, from 1. */
  readonly index: number
  /** The text of the first column, as sent. */
  readonly key: string
  /** The values of the other columns, in order; undefined is null. */
  readonly values: readonly Json[]
}

/** An invalid row (LKP-05). */
export interface RowError {
  readonly index: number
  readonly message: string
}

/** Reads the header row: at least two names of columns, all different (LKP-04). Errors: a sentence. */
export function readHeader(fields: readonly string[]): Result<readonly string[], string> {
  if (fields.length < 2) return err('invalid header: at least two columns are required')
  const names = fields.map(toStorable)
  if (new Set(names).size < names.length) return err('invalid header: column names must be unique')
  return ok(names)
}

/** Reads the fields of a row below a header of `width` columns (LKP-04). Errors: in Mixpanel's words (LKP-05). */
export function readRow(
  fields: readonly string[],
  width: number,
  index: number,
): Result<LookupRow, RowError> {
  if (fields.length !== width) return err({ index, message: WRONG_FIELD_COUNT })
  const [key = '', ...others] = fields
  if (key.trim() === '') return err({ index, message: BLANK_KEY })
  return ok({ index, key: toStorable(key), values: others.map(toLookupValue) })
}

/** The error of a row that repeats the key of an earlier one (LKP-05). */
export function duplicateKey(firstIndex: number, index: number): RowError {
  return { index, message: sameKey(firstIndex, index) }
}
