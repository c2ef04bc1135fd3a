import { idsNamedBy } from '../identity/claim.ts'
import { isJsonArray, isJsonObject, type Json } from '../json.ts'

/** What verdicts keep of a record, the same for all that are on it. */
export interface KeptRecord {
  /** Every id that it names. */
  readonly ids: readonly string[]
  /** The record as received, as JSON, without its secrets; by its name only where it is too long or too deep. */
  readonly text: string
}

/** Longer records are kept by name and ids only, in characters of JSON. */
export const MAX_KEPT_CHARS = 16_384
/** JSON.stringify recurses; what nests deeper was made to hurt. */
const MAX_KEPT_DEPTH = 100
/** Names whose values open something, without case, `_` and the like (SEC-01); a project's token is no secret. */
const SECRET_NAME = /^(apikey|.*secret|.*password|passwd|authorization|.+token)$/

/** Of nearly all names the last letter tells that they are none of these. */
const MAY_BE_SECRET = /[ytdn][^a-z0-9]*$/i

/** What is kept of a record. In: characters for which there is room; with none it is kept by its name. */
export function keepRecord(record: Json, maxChars: number = MAX_KEPT_CHARS): KeptRecord {
  return { ids: idsNamedBy(record), text: keptText(record, maxChars) }
}

function keptText(record: Json, maxChars: number): string {
  if (maxChars === 0) return byName(record, 'one of too many to keep')
  const left = charsLeft(record, maxChars, MAX_KEPT_DEPTH)
  if (left === 'too deep') return byName(record, 'too deep to keep')
  const text = left < 0 ? '' : JSON.stringify(withoutSecrets(record))
  const isKept = left >= 0 && text.length <= maxChars
  return isKept ? text : byName(record, `longer than ${maxChars} characters, too long to keep`)
}

function byName(record: Json, what: string): string {
  const event = isJsonObject(record) && typeof record['event'] === 'string' ? record['event'] : ''
  return JSON.stringify({ event: event.slice(0, 255), twinpanel: `the record was ${what}` })
}

/** How many of so many characters a value leaves, at least; stops where none is left, so a long one costs nothing. */
function charsLeft(value: Json, chars: number, depthLeft: number): number | 'too deep' {
  if (typeof value === 'string') return chars - value.length - 2
  if (typeof value !== 'object' || value === null) return chars - 1
  if (depthLeft === 0) return 'too deep'
  let left = chars - 2
  for (const name in value) {
    const child = (value as Readonly<Record<string, Json>>)[name] ?? null
    const after = charsLeft(child, Array.isArray(value) ? left : left - name.length - 3, depthLeft - 1)
    if (after === 'too deep' || after < 0) return after
    left = after
  }
  return left
}

/** A value with the secrets in it cut to their last four characters, at any depth. */
function withoutSecrets(value: Json): Json {
  if (isJsonArray(value)) return value.map(withoutSecrets)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).map(([name, own]): [string, Json] => {
    return [name, isSecret(name) ? redact(own) : withoutSecrets(own)]
  })
  return Object.fromEntries(entries)
}

function isSecret(name: string): boolean {
  return MAY_BE_SECRET.test(name) && SECRET_NAME.test(name.replace(/[^a-z0-9]/gi, '').toLowerCase())
}

/** Of a short secret nothing is left: four characters would be most of it. */
function redact(secret: Json): Json {
  if (secret === null || typeof secret === 'boolean') return secret
  if (typeof secret === 'object') return '…'
  const text = String(secret)
  return text.length < 12 ? '…' : `…${text.slice(-4)}`
}
