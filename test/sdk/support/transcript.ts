import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Judge } from './judges.ts'
import { madeInsertId } from './project.ts'
import type { RawRequest } from './raw-http.ts'

/** Who speaks: the project of an exchange, as its developer has put it into the SDK's options. */
export interface Who {
  readonly token: string
  readonly secret: string
  readonly projectId: number
  readonly account: { readonly username: string; readonly secret: string }
}

/** What an SDK gets back, and the headers that it looks at. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, unknown>>
  /** All of it, byte for byte, or a matcher of such a text. */
  readonly body?: unknown
  /** The JSON that the body says, where the order of its keys is not ours to choose. */
  readonly says?: unknown
}

/** What is in the store afterwards, and there only: nothing, where it is not given. */
export interface Stored {
  /** Oldest first: the name, the id at arrival, ms, and every property but those the server adds to all. */
  readonly events?: readonly StoredEvent[]
  /** Profiles by canonical id, those of groups by `key/id`. */
  readonly profiles?: Readonly<Record<string, unknown>>
  /** The users that have more than one id: the canonical one, and all. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>
  /** `rule code` of each verdict. */
  readonly verdicts?: readonly string[]
}

export interface StoredEvent {
  readonly event: string
  readonly distinct_id: string
  readonly time: number
  readonly insert_id: unknown
  readonly properties: Readonly<Record<string, unknown>>
}

/** What one call of an SDK puts on the wire, what it must be answered, and what must be stored. */
export interface Exchange {
  /** The rules, the call, and what is special: the title of the test. */
  readonly title: string
  /** The surprises that it holds, by number. */
  readonly surprises?: readonly string[]
  /** Simplified unless it is given. */
  readonly mode?: 'original' | 'legacy'
  /** The requests in their order, and the answer to each. */
  readonly requests: (who: Who) => readonly RawRequest[]
  readonly answers: readonly Answer[] | ((who: Who) => readonly Answer[])
  /** All requests are written before the first answer is read. */
  readonly isPipelined?: boolean
  readonly stored?: Stored
  /** Flags that the project has. */
  readonly flags?: readonly object[]
  /** The id of a lookup table that it has. */
  readonly table?: string
}

/** A kind of request with as many records as may be, and what the SDK makes of the answer. */
interface Call {
  readonly call: string
  /** A record for each name; one without a name is refused. */
  readonly request: (who: Who, names: readonly string[]) => RawRequest
  readonly judge: Judge
}

/** What an SDK says on the wire. */
export interface Transcript {
  /** Its name and the version it was read or observed at. */
  readonly sdk: string
  readonly exchanges: readonly Exchange[]
  readonly calls?: readonly Call[]
}

/** The server's clock, frozen: 2026-08-20T12:00:00.123Z. */
export const NOW_MS = 1_787_227_200_123
/** A minute before. */
export const TIME_MS = 1_787_227_140_123

export const FORM = 'Content-Type: application/x-www-form-urlencoded'
export const JSON_TYPE = 'Content-Type: application/json'
export const GZIP = 'Content-Encoding: gzip'

export const base64 = (text: string) => Buffer.from(text).toString('base64')
export const percent = encodeURIComponent
export const basic = (user: string, password = '') => `Authorization: Basic ${base64(`${user}:${password}`)}`
export const gzip = (text: string) => gzipSync(text)

/** JSON with every character outside ASCII escaped, as Python writes it. */
export function asciiJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, escaped)
}

const text = (body: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/plain', 'content-length': '1' },
  body,
})
/** One byte and no newline (TRK-08). */
export const ONE = text('1')
export const ZERO = text('0')

/** An image of one point. */
export const PIXEL: Answer = {
  status: 200,
  headers: { 'content-type': 'image/gif', 'content-length': '43' },
  body: expect.stringMatching(/^GIF89a/),
}

const JSON_ANSWER = { 'content-type': 'application/json' }
/** An answer of JSON, its keys in this order. */
export function json(status: number, body: object): Answer {
  return { status, headers: JSON_ANSWER, body: JSON.stringify(body) }
}

/** `status` is a number in this one (TRK-09), and a text in that of a strict import (IMP-10). */
export const LOOSELY_IMPORTED = json(200, { code: 200, error: null, num_records_imported: 1, status: 1 })
export const VERBOSE_OK = json(200, { error: null, status: 1 })
export const verboseError = (error: string) => json(200, { error, status: 0 })
export const imported = (count: number) => json(200, { code: 200, num_records_imported: count, status: 'OK' })

type Properties = Readonly<Record<string, unknown>>

/** An event as stored: by whom, when (ms), with what; and the server's own id, where the SDK sends none. */
export function happened(
  event: string,
  distinct_id: string,
  time: number,
  properties: Properties,
  insert_id: unknown = madeInsertId,
): StoredEvent {
  return { event, distinct_id, time, insert_id, properties }
}

/** The alias of SDKs that add nothing to it, and what is stored of it. */
export const aliasRecord = ({ token }: Who) => ({
  event: '$create_alias',
  properties: { distinct_id: 'charlie', alias: 'c@x.com', token },
})
export const ALIASED: Stored = {
  events: [happened('$create_alias', 'charlie', NOW_MS, { alias: 'c@x.com' })],
  clusters: { charlie: ['charlie', 'c@x.com'] },
}

/** What is told of an import by form, which never says `strict`; and of one with the old secret. */
export const LOOSE = ['IMP-09 import.strict_off']
export const LOOSE_BY_SECRET = ['SEC-04 auth.project_secret_deprecated', ...LOOSE]

/** `$last_seen` after an update at that time, and after one without a time. */
export const SEEN = { $last_seen: '2026-08-20T11:59:00' }
export const SEEN_NOW = { $last_seen: '2026-08-20T12:00:00' }

/** A flag that everybody has, and what SDKs are told of it. */
const FLAG = {
  key: 'checkout',
  experiment_id: '7f0c0f5e-0000-4000-8000-000000000000',
  is_experiment_active: true,
  ruleset: {
    variants: [
      { key: 'on', value: true },
      { key: 'off', value: false },
    ],
    rollout: [{ variant_override: { key: 'on' } }],
  },
}
const { experiment_id, is_experiment_active } = FLAG
const VARIANT = {
  variant_key: 'on',
  variant_value: true,
  experiment_id,
  is_experiment_active,
  is_qa_tester: false,
}

/**
 * Remote flags: no `error`, not even null (Android), `code` a whole number (Python, Go), a text `variant_key` and
 * a `variant_value` in each flag (Swift), or the SDK throws all of it away.
 */
export function askForFlags(path: string, query: string, headers: (who: Who) => readonly string[]): Exchange {
  const isByAccount = query.includes('PROJECT')
  return {
    title: `the variants of a user, by GET ${path} with a type and no body${isByAccount ? ', and a service account' : ''} (FLG-01)`,
    surprises: ['S16', 'S29'],
    flags: [FLAG],
    requests: (who) => [{ line: `GET ${path}?${filled(query, who)}`, headers: headers(who) }],
    answers: [json(200, { code: 200, flags: { checkout: VARIANT }, pending_first_time_events: [] })],
  }
}

const CONTEXT = percent(JSON.stringify({ distinct_id: 'charlie', custom_properties: { plan: 'pro' } }))

/** A query in the order of its SDK, with what is only known now in the places of its words in capitals. */
function filled(query: string, { token, projectId }: Who): string {
  return query.replace('TOKEN', token).replace('CONTEXT', CONTEXT).replace('PROJECT', String(projectId))
}

/** Definitions, for an SDK that evaluates flags by itself. */
export function askForDefinitions(query: string, headers: (who: Who) => readonly string[]): Exchange {
  return {
    title: 'the definitions, to evaluate flags by itself (FLG-02)',
    surprises: ['S16'],
    flags: [FLAG],
    requests: (who) => [{ line: `GET /flags/definitions?${filled(query, who)}`, headers: headers(who) }],
    answers: ({ projectId }) => [
      { status: 200, headers: JSON_ANSWER, says: { flags: [definition(projectId)] } },
    ],
  }
}

function definition(project_id: number) {
  const { key, ruleset } = FLAG
  const variants = ruleset.variants
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map((variant) => ({ ...variant, is_control: false, split: 0.5 }))
  const rollout = ruleset.rollout.map((rule) => ({ rollout_percentage: 1, ...rule }))
  const test = { users: {} }
  return {
    id: key,
    name: key,
    key,
    status: 'enabled',
    project_id,
    context: 'distinct_id',
    experiment_id,
    is_experiment_active,
    ruleset: { variants, rollout, test },
  }
}
