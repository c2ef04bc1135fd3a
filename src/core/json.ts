/** Any JSON value, as JSON.parse returns it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object with unchecked keys. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Array.isArray for JSON. TypeScript's own makes the elements `any`, and does not rule a list out where it is false. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** True for a JSON object, false for null, arrays and scalars. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The type of a value in a few words. */
export function typeInWords(value: Json): string {
  if (value === null) return 'null'
  if (isJsonArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
