import type { Json, JsonObject } from '../json.ts'
import { MAX_INSERT_ID_BYTES } from '../limits.ts'
import { isDisallowed } from '../validate/disallowed.ts'
import { type Explained, explained } from './sentences.ts'
import { findSpelling } from './spellings.ts'
import { showName, showNames, showValue } from './words.ts'

/** What is wrong with the `$insert_id` of an event: rows 11 to 14 of IMP-14. */
export function explainInsertId(record: JsonObject, properties: JsonObject): Explained {
  const sent = properties['$insert_id']
  if (sent === undefined) return explainNone(record, properties)
  if (sent === '' || sent === null) return explained('insert_id.empty', { value: showValue(sent) })
  if (typeof sent !== 'string' && !Number.isFinite(sent)) {
    return explained('insert_id.not_string', { kind: showValue(sent) })
  }
  return explainText(String(sent))
}

function explainNone(record: JsonObject, properties: JsonObject): Explained {
  const inside = findSpelling(properties, 'insert_id')
  if (inside !== undefined) {
    return explained('insert_id.elsewhere', { place: `in properties, as ${showName(inside)}` })
  }
  const outside = findSpelling(record, 'insert_id')
  return outside === undefined
    ? explained('insert_id.missing', { names: showNames(properties) })
    : explained('insert_id.elsewhere', { place: `at the top level, as ${showName(outside)}` })
}

/** A UUID in brackets or quotes, or after `urn:uuid:`. */
const WRAPPED_UUID = /^(?:urn:uuid:|[^\da-z]*)([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})[^\da-z]*$/i

function explainText(text: string): Explained {
  const bytes = Buffer.byteLength(text)
  const value = showValue(text)
  const uuid = WRAPPED_UUID.exec(text)?.[1]
  if (uuid !== undefined) return explained('insert_id.wrapped', { value, uuid })
  if (bytes > MAX_INSERT_ID_BYTES) return explained('insert_id.long', { bytes })
  if (isDisallowed(text)) return explained('insert_id.disallowed', { value })
  return explained('insert_id.characters', { value, characters: strangeCharacters(text) })
}

/** The characters of a text that an `$insert_id` may not have, each once. */
function strangeCharacters(text: string): string {
  const strange = new Set(text.match(/[^A-Za-z0-9-]/gu))
  return [...strange]
    .map((character: Json) => (character === ' ' ? 'a space' : showValue(character)))
    .join(' ')
}
