import type { Params } from '../../core/decode/params.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { toStorable } from '../../core/normalise/text.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { LIMIT, parseLimit } from '../limit.ts'

/** Events to wait for; an undefined condition matches all. */
export interface WantedEvents {
  readonly kind: 'event'
  /** How many of each name; undefined for `count` events of any name. */
  readonly names: ReadonlyMap<string, number> | undefined
  readonly distinctId: string | undefined
  /** Properties that an event must have; it may have others. */
  readonly properties: JsonObject | undefined
}

export interface WantedVerdicts {
  readonly kind: 'verdict'
  readonly code: string
  readonly distinctId: string | undefined
}

export interface WantedProfile {
  readonly kind: 'profile'
  /** Empty for a user. */
  readonly groupKey: string
  /** Any id of a user, or that of a group. */
  readonly id: string
  readonly properties: JsonObject | undefined
}

/** What to wait for, how often, and for how long. */
export interface WaitQuery {
  readonly wanted: WantedEvents | WantedVerdicts | WantedProfile
  readonly count: number
  /** No more than `count` may come. */
  readonly isExact: boolean
  /** No other event may come: of the user if one is named, otherwise of the project. */
  readonly isOnly: boolean
  /** How long nothing more may come, for what is exact. */
  readonly settleMs: number
  readonly timeoutMs: number
}

/** Schemas of parameters. */
export const TIMEOUT_MS = { type: 'integer', minimum: 0, maximum: 60_000, default: 5_000 } as const
export const COUNT = { ...LIMIT, default: 1 } as const
export const EXACTLY = { type: 'integer', minimum: 0, maximum: LIMIT.maximum } as const
export const SETTLE_MS = { type: 'integer', minimum: 0, maximum: 60_000, default: 250 } as const

/** Longer than any query written by hand. */
const MAX_JSON_CHARS = 16_384
const MAX_NAMES = 50

/** Reads the parameters of `GET …/wait`. Errors are the sentence to answer with. */
export function parseWaitQuery(params: Params): Result<WaitQuery, string> {
  const clash = findClash(params)
  if (clash !== undefined) return err(clash)
  const wanted = parseWanted(params)
  if (!wanted.ok) return wanted
  const amount = parseAmount(params)
  if (!amount.ok) return amount
  const only = params.get('only') ?? 'false'
  if (only !== 'true' && only !== 'false') return err('only must be true or false.')
  const timeoutMs = parseMs('timeout_ms', params, TIMEOUT_MS)
  if (!timeoutMs.ok) return timeoutMs
  const settleMs = parseMs('settle_ms', params, SETTLE_MS)
  if (!settleMs.ok) return settleMs
  const isOnly = only === 'true'
  const { count, isExact } = amount.value
  const limits = { isOnly, settleMs: settleMs.value, timeoutMs: timeoutMs.value }
  if (wanted.value.kind !== 'event') {
    if (count > 1 && wanted.value.kind === 'profile') return err('exactly must be 0 or 1 for a profile.')
    return ok({ ...limits, wanted: wanted.value, count, isExact })
  }
  const {
    event,
    names = event === undefined ? undefined : new Map([[event, count]]),
    ...events
  } = wanted.value
  return ok({
    ...limits,
    wanted: { ...events, names },
    count: names === undefined ? count : sum(names),
    isExact: isExact || isOnly,
  })
}

/** Parameters that do not go together: the first of each row with any of the others. */
const CLASHES = [
  ['code', ['event', 'events', 'properties', 'only']],
  ['profile', ['event', 'events', 'distinct_id', 'code', 'group_key', 'group_id', 'count', 'only']],
  ['group_key', ['event', 'events', 'distinct_id', 'code', 'count', 'only']],
  ['events', ['event', 'count', 'exactly']],
  ['exactly', ['count']],
] as const

function findClash(params: Params): string | undefined {
  const isGiven = (name: string) => params.get(name) !== undefined
  for (const [name, others] of CLASHES) {
    const other = isGiven(name) ? others.find(isGiven) : undefined
    if (other === undefined) continue
    return name === 'code'
      ? `code waits for verdicts and ${other} for events: give one of them.`
      : `${name} and ${other} do not go together: give one of them.`
  }
  if (isGiven('group_key') === isGiven('group_id')) return undefined
  return 'group_key and group_id go together: give both, or none.'
}

type Parsed = (WantedEvents & { readonly event: string | undefined }) | WantedVerdicts | WantedProfile

function parseWanted(params: Params): Result<Parsed, string> {
  const properties = parseProperties(params.get('properties'))
  if (!properties.ok) return properties
  const code = params.get('code')
  if (code !== undefined && !Object.hasOwn(CATALOGUE, code)) {
    return err('code must be one of those that GET /_twin/verdicts lists.')
  }
  const distinctId = storable(params.get('distinct_id'))
  if (code !== undefined) return ok({ kind: 'verdict', code, distinctId })
  const id = storable(params.get('profile') ?? params.get('group_id'))
  if (id !== undefined) {
    const groupKey = toStorable(params.get('group_key') ?? '')
    return ok({ kind: 'profile', groupKey, id, properties: properties.value })
  }
  const names = parseNames(params.get('events'))
  if (!names.ok) return names
  const event = storable(params.get('event'))
  return ok({ kind: 'event', distinctId, properties: properties.value, event, names: names.value })
}

function storable(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toStorable(text)
}

function parseAmount(params: Params): Result<{ readonly count: number; readonly isExact: boolean }, string> {
  const exactly = params.get('exactly')
  if (exactly === '0') return ok({ count: 0, isExact: true })
  const count = parseLimit(exactly ?? params.get('count') ?? String(COUNT.default))
  if (count.ok) return ok({ count: count.value, isExact: exactly !== undefined })
  return exactly === undefined
    ? err(`count must be a number from ${COUNT.minimum} to ${COUNT.maximum}.`)
    : err(`exactly must be a number from ${EXACTLY.minimum} to ${EXACTLY.maximum}.`)
}

function parseMs(
  name: string,
  params: Params,
  { minimum, maximum, default: preset }: typeof TIMEOUT_MS | typeof SETTLE_MS,
): Result<number, string> {
  const text = params.get(name) ?? String(preset)
  return /^\d{1,5}$/.test(text) && Number(text) <= maximum
    ? ok(Number(text))
    : err(`${name} must be a number from ${minimum} to ${maximum}.`)
}

function parseNames(text: string | undefined): Result<ReadonlyMap<string, number> | undefined, string> {
  if (text === undefined) return ok(undefined)
  const list = text.length > MAX_JSON_CHARS ? undefined : parseJson(text)
  const isList = list !== undefined && isJsonArray(list) && list.length > 0 && list.length <= MAX_NAMES
  const counts = new Map<string, number>()
  for (const name of isList ? list : []) {
    if (typeof name === 'string') counts.set(toStorable(name), (counts.get(toStorable(name)) ?? 0) + 1)
  }
  return isList && sum(counts) === list.length
    ? ok(counts)
    : err(`events must be a JSON list such as ["Viewed","Signed up"], of 1 to ${MAX_NAMES} names.`)
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}

function parseProperties(text: string | undefined): Result<JsonObject | undefined, string> {
  if (text === undefined) return ok(undefined)
  const value = text.length > MAX_JSON_CHARS ? undefined : parseJson(text)
  return value !== undefined && isJsonObject(value)
    ? ok(JSON.parse(storableJson(value)))
    : err(`properties must be a JSON object such as {"plan":"pro"}, of ${MAX_JSON_CHARS} characters at most.`)
}

/** Undefined if it is not JSON. */
function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * JSON in which characters that Postgres cannot hold are replaced as in stored text. JSON.stringify escapes only those
 * this way.
 */
function storableJson(value: Json): string {
  return JSON.stringify(value).replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1\uFFFD')
}
