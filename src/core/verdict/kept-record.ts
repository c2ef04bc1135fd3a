import { idsNamedBy } from '../identity/claim.ts'
import { isJsonArray, isJsonObject, type Json } from '../json.ts'

/** The stored form of a record, shared by all verdicts on it. */
export interface KeptRecord {
  /** Every id that it names. */
  readonly ids: readonly string[]
  /** The record as received, as JSON, without its secrets; only its name if it is too long or too deep. */
  readonly text: string
}

/** Of longer records only name and ids are stored; in characters of JSON. */
export const MAX_KEPT_CHARS = 16_384
/** JSON.stringify recurses; deeper records are attacks. */
const MAX_KEPT_DEPTH = 100
/** Names of credentials, ignoring case, `_` and the like (SEC-01); a project's token is no secret. */
const SECRET_NAME = /^(apikey|.*secret|.*password|passwd|authorization|.+token)$/

/** The last letter rules out nearly all names quickly. */
const MAY_BE_SECRET = /[ytdn][^a-z0-9]*$/i

/** The stored form of a record. In: the available characters; without room only its name is stored. */
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

/** How many of `chars` characters a value leaves, at least; stops when none is left, so a long value costs nothing. */
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

/** A value with its secrets cut to the last four characters, at any depth. */
function withoutSecrets(value: Json): Json {
  if (isJsonArray(value)) return value.map(withoutSecrets)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).map(([name, member]): [string, Json] => {
    return [name, isSecretName(name) ? redact(member) : withoutSecrets(member)]
  })
  return Object.fromEntries(entries)
}

/** A record without its token, for one that is a secret. */
export function withoutToken(record: Json): Json {
  if (!isJsonObject(record)) return record
  const { $token, properties } = record
  return {
    ...record,
    ...($token !== undefined && { $token: redact($token) }),
    ...(isJsonObject(properties) && {
      properties: { ...properties, token: redact(properties['token'] ?? null) },
    }),
  }
}

/** True for the name of a credential. */
export function isSecretName(name: string): boolean {
  return MAY_BE_SECRET.test(name) && SECRET_NAME.test(name.replace(/[^a-z0-9]/gi, '').toLowerCase())
}

/** Nothing is kept of a short secret: four characters would be most of it. */
function redact(secret: Json): Json {
  if (secret === null || typeof secret === 'boolean') return secret
  if (typeof secret === 'object') return '…'
  const text = String(secret)
  return text.length < 12 ? '…' : `…${text.slice(-4)}`
}
