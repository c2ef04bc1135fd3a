import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { err, ok, type Result } from '../result.ts'

/** Characters of an id in a context, since hashing takes time per character. */
const MAX_ID_LENGTH = 1_024

/** The user that flags are evaluated for: `distinct_id`, and whatever else the SDK was given. */
export type FlagContext = JsonObject

/**
 * Reads a context: the parameter's text (FLG-01), or the object that an older SDK posts. Errors: the text of the answer
 * (FLG-04).
 */
export function parseContext(sent: Json | undefined): Result<FlagContext, string> {
  if (sent === undefined || sent === '') return err('context is missing')
  const context = typeof sent === 'string' ? parse(sent) : sent
  if (!isJsonObject(context)) return err('context is not a JSON object')
  if (idIn(context, 'distinct_id') === undefined) return err('context has no distinct_id')
  const isTooLong = Object.keys(context).some((key) => (idIn(context, key)?.length ?? 0) > MAX_ID_LENGTH)
  return isTooLong ? err(`context has an id of more than ${MAX_ID_LENGTH} characters`) : ok(context)
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
