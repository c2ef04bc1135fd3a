import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { err, ok, type Result } from '../result.ts'

/** Why a context is refused (FLG-04). */
export type ContextError = 'missing' | 'not_an_object' | 'no_distinct_id' | 'id_too_long'

/** Characters of an id in a context, since hashing takes time per character. */
export const MAX_ID_LENGTH = 1_024

/** The user that flags are evaluated for: `distinct_id`, and whatever else the SDK was given. */
export type FlagContext = JsonObject

/** Reads a context: the parameter's text (FLG-01), or the object that an older SDK posts. */
export function parseContext(sent: Json | undefined): Result<FlagContext, ContextError> {
  if (sent === undefined || sent === '') return err('missing')
  const context = typeof sent === 'string' ? parse(sent) : sent
  if (!isJsonObject(context)) return err('not_an_object')
  const distinctId = idIn(context, 'distinct_id')
  if (distinctId === undefined || distinctId !== context['distinct_id']) return err('no_distinct_id')
  const isTooLong = Object.keys(context).some((key) => (idIn(context, key)?.length ?? 0) > MAX_ID_LENGTH)
  return isTooLong ? err('id_too_long') : ok(context)
}

/** The id under a key of a context, as text, or undefined. */
export function idIn(context: FlagContext, key: string): string | undefined {
  const id = Object.hasOwn(context, key) ? context[key] : undefined
  if (typeof id !== 'string' && typeof id !== 'number') return undefined
  return id === '' ? undefined : String(id)
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
