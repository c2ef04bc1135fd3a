import type { Json } from '../api/types.ts'

/** A JSON value as short as possible, for a cell. */
export function shortJson(value: Json | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
