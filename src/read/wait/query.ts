import type { Params } from '../../core/decode/params.ts'
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { toStorable } from '../../core/normalise/text.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { LIMIT, parseLimit } from '../limit.ts'

/** What to wait for: events, or verdicts where a code is named. */
export interface WaitQuery {
  readonly event: string | undefined
  readonly distinctId: string | undefined
  /** Properties that an event must have, among others. */
  readonly properties: JsonObject | undefined
  readonly code: string | undefined
  readonly count: number
  readonly timeoutMs: number
}

/** Schema of a `timeout_ms`, and of a `count`. */
export const TIMEOUT_MS = { type: 'integer', minimum: 0, maximum: 60_000, default: 5_000 } as const
export const COUNT = { ...LIMIT, default: 1 } as const

/** Longer ones are no question that somebody writes. */
const MAX_PROPERTIES_CHARS = 16_384

/** Reads the parameters of `GET …/wait`. Errors are the sentence to answer with. */
export function parseWaitQuery(params: Params): Result<WaitQuery, string> {
  const count = parseLimit(params.get('count') ?? String(COUNT.default))
  if (!count.ok) return err(`count must be a number from ${COUNT.minimum} to ${COUNT.maximum}.`)
  const timeout = params.get('timeout_ms') ?? String(TIMEOUT_MS.default)
  if (!/^\d{1,5}$/.test(timeout) || Number(timeout) > TIMEOUT_MS.maximum) {
    return err(`timeout_ms must be a number from ${TIMEOUT_MS.minimum} to ${TIMEOUT_MS.maximum}.`)
  }
  const code = params.get('code')
  if (code !== undefined && !Object.hasOwn(CATALOGUE, code)) {
    return err('code must be one of those that GET /_twin/verdicts lists.')
  }
  const event = params.get('event')
  const properties = parseProperties(params.get('properties'))
  if (!properties.ok) return properties
  const ofEvents = event !== undefined ? 'event' : properties.value !== undefined ? 'properties' : undefined
  if (code !== undefined && ofEvents !== undefined) {
    return err(`code waits for verdicts and ${ofEvents} for events: give one of them.`)
  }
  const distinctId = params.get('distinct_id')
  return ok({
    event: event === undefined ? undefined : toStorable(event),
    distinctId: distinctId === undefined ? undefined : toStorable(distinctId),
    properties: properties.value,
    code,
    count: count.value,
    timeoutMs: Number(timeout),
  })
}

function parseProperties(text: string | undefined): Result<JsonObject | undefined, string> {
  if (text === undefined) return ok(undefined)
  const error = err(
    `properties must be a JSON object such as {"plan":"pro"}, of ${MAX_PROPERTIES_CHARS} characters at most.`,
  )
  if (text.length > MAX_PROPERTIES_CHARS) return error
  try {
    const value: Json = JSON.parse(text)
    return isJsonObject(value) ? ok(JSON.parse(storableJson(value))) : error
  } catch {
    return error
  }
}

/** JSON in which what Postgres cannot hold stands as it was stored. JSON.stringify leaves only those escaped so. */
function storableJson(value: Json): string {
  return JSON.stringify(value).replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1\uFFFD')
}
