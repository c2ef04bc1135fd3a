import { expect, it } from 'vitest'
import { recogniseClient } from '../../../src/core/clients/recognise.ts'
import { parseClock } from '../../../src/core/clock.ts'
import { whyNoData } from '../../../src/core/decode/decode-error.ts'
import { parseBodyParams, parseForm, parseQuery } from '../../../src/core/decode/params.ts'
import { locateRecords } from '../../../src/core/decode/parse-records.ts'
import { runAtOnce } from '../../../src/core/decode/steps.ts'
import { semverCompare } from '../../../src/core/flags/compare.ts'
import { parseContext } from '../../../src/core/flags/context.ts'
import { Fields, storageProblem } from '../../../src/core/flags/fields.ts'
import { ruleProblem, satisfies } from '../../../src/core/flags/rule.ts'
import { networkOf } from '../../../src/core/geo/address.ts'
import { looksLikeDevice } from '../../../src/core/identity/guid.ts'
import { countLost } from '../../../src/core/identity/model.ts'
import type { Json } from '../../../src/core/json.ts'
import { TableReader } from '../../../src/core/lookup/table-reader.ts'
import { compare } from '../../../src/core/near-miss.ts'
import { parseTimeMs } from '../../../src/core/normalise/time.ts'
import { parseTaskRequest } from '../../../src/core/privacy/task.ts'
import { isCallbackName } from '../../../src/core/respond/track.ts'
import { datetimeOf, parseDatetime } from '../../../src/core/segmentation/datetime.ts'
import { finding } from '../../../src/core/verdict/finding.ts'
import { RecordKeeper } from '../../../src/core/verdict/request-verdicts.ts'
import { toVerdict } from '../../../src/core/verdict/verdict.ts'
import { type BoundRow, keys, nested, text } from '../bounds.ts'
import { NOW_MS } from '../build.ts'

/* The limits of the modules of the core, each at its bound and one past it; those of requests are in limits.test.ts. */

/** One record whose JSON has so many bytes. */
const sized = (bytes: number, make: (pad: string) => Json) =>
  make(text(bytes - JSON.stringify(make('')).length))

const INSIDE_RULE = { '==': [{ var: 'a' }, 1] }
const ruleOf = (levels: number): Json => {
  let rule: Json = INSIDE_RULE
  for (let level = 1; level < levels; level++) rule = { '!': rule }
  return rule
}
const dataOf = (levels: number): Json => {
  let data: Json = { a: 'X' }
  for (let level = 1; level < levels; level++) data = { a: data }
  return data
}

/** Those of the modules of the core. */
const OF_ROOMS: readonly BoundRow[] = [
  [
    'parameters of a query that are read',
    512,
    (n) => parseQuery(`?${text(n - 1, 'a&')}data=1`).get('data') === '1',
  ],
  ['characters of a callback', 255, (n) => isCallbackName(text(n))],
  ['parameters of a form', 512, (n) => !parseForm(Array(n).fill('a=1').join('&')).isCut],
  [
    'parameters of a JSON body',
    512,
    (n) => parseBodyParams('application/json', Buffer.from(JSON.stringify(keys(n)))).ok,
  ],
  // With its equals sign.
  ['characters of a parameter’s name', 255, (n) => parseForm(`${text(n)}=1`).get(text(n)) === '1'],
  [
    'names of a form that an error lists',
    5,
    (n) => whyNoData('', Buffer.of(), parseForm(Object.keys(keys(n)).join('&')))[0].endsWith(` k${n - 1}`),
  ],
  [
    'characters of such a name',
    40,
    (n) => whyNoData('', Buffer.of(), parseForm(text(n)))[0].endsWith(` ${text(n)}`),
  ],
  [
    'ids of a data retrieval',
    2_000,
    (n) => parseTaskRequest('retrieval', { distinct_ids: Object.keys(keys(n)) }).ok,
  ],
  [
    'ids of a data deletion',
    1_999,
    (n) => parseTaskRequest('deletion', { distinct_ids: Object.keys(keys(n)) }).ok,
  ],
  ['characters of an id in a context of flags', 1_024, (n) => parseContext({ distinct_id: text(n) }).ok],
  ['characters of an event’s name in a verdict on a long record', 255, (n) => nameIsKept(n)],
  ['characters of records that verdicts have kept before one more is kept', 2_097_151, (n) => keepsAfter(n)],
  ['bytes that records take in memory', 134_217_728, (n) => areLocated(n)],
  [
    'characters of a version',
    256,
    (n) => semverCompare(`1.0.0-${text(n - 6)}`, '===', `1.0.0-${text(n - 6)}`),
  ],
  [
    'characters of a text of a flag',
    255,
    (n) => new Fields({ key: text(n) }, '', ['key'], []).text('key') !== '',
  ],
  ['levels of a flag’s definition', 40, (n) => storageProblem(nested(n)) === undefined],
  ['levels of a rule', 20, (n) => ruleProblem(ruleOf(n)) === undefined],
  // A text is one level, and case does not count in what is looked at.
  [
    'levels of custom properties',
    20,
    (n) => satisfies({ '==': [{ var: Array(n).fill('a').join('.') }, 'x'] }, dataOf(n)),
  ],
  ['characters of an SDK’s name', 50, (n) => clientOf({ mp_lib: text(n) }).lib.length === n],
  [
    'characters of an SDK’s version',
    50,
    (n) => clientOf({ mp_lib: 'a', $lib_version: text(n) }).version.length === n,
  ],
  ['characters of a host', 100, (n) => clientOf({}, text(n)).host.length === n],
  ['characters of an address', 64, (n) => networkOf(text(n)).length === n],
  [
    'names of lost properties that are listed',
    10,
    (n) => !countLost({ keptUnder: 'u', names: Object.keys(keys(n)) }).names.includes('…'),
  ],
  [
    'characters of names that are compared letter by letter',
    64,
    (n) => hintOf(`${text(n - 1)}a`, `${text(n - 1)}b`) === 'Few letters differ.',
  ],
  ['characters of a value in a verdict', 255, (n) => verdictValueOf(text(n)) === text(n)],
  ['characters of a record of a project in a verdict', 16_384, (n) => isKept(n, true)],
  ['characters of a record of no project in a verdict', 2_048, (n) => isKept(n, false)],
  [
    'failures of a lookup table before the last that is told',
    9,
    (n) => new TableReader().read([['a', 'b'], ...Array(n).fill(['', ''])]).ok,
  ],
  ['a number that is seconds', 4_294_967_295, (n) => datetimeOf(n) === n],
  ['a number that is a moment', 253_402_300_799_999, (n) => datetimeOf(n) !== undefined],
  ['the last year', 9_999, (n) => parseDatetime(`${n}-12-31T23:59:59`) !== undefined],
  ['what is seconds as a time', 99_999_999_999, (n) => parseTimeMs(n) === n * 1_000],
  ['the furthest time', 8.64e15, (n) => parseTimeMs(n) === n],
  ['the last ms that a clock shows', Date.UTC(2200, 0, 1) - 1, (n) => parseClock({ now: n }, NOW_MS).ok],
  [
    'ms before the first that a clock shows',
    0,
    (n) => parseClock({ now: Date.UTC(1971, 0, 1) - n }, NOW_MS).ok,
  ],
  [
    'characters that the id of an old browser lacks of forty',
    0,
    (n) => looksLikeDevice(`${text(32 - n, 'a')}-b-c-d-e`),
  ],
]

function clientOf(properties: Readonly<Record<string, Json>>, host = 'h') {
  const arrival = { encoding: 'json', isGzip: false, host, userAgent: '' }
  return recogniseClient({ event: 'E', properties }, arrival)
}

function hintOf(wanted: string, found: string): string | undefined {
  const arrived = { event: found, canonicalId: '', distinctId: '', propertiesJson: '{}' }
  return compare({ event: wanted }, arrived, undefined).differences[0]?.hint
}

function verdictValueOf(value: string): unknown {
  const own = finding('token.unknown', { token: value, hint: '' })
  const place = { projectId: 1, receivedAtMs: 0, endpoint: '/track', outcomeKind: 'stored' } as const
  return toVerdict(own, place).finding.values['token']
}

function nameIsKept(chars: number): boolean {
  const { text: kept } = new RecordKeeper().keep({ event: text(chars), p: text(20_000) }, 1, true)
  return kept.includes(`"${text(chars)}"`)
}

/** Whether another record is kept when those before it have so many characters in all. */
function keepsAfter(chars: number): boolean {
  const keeper = new RecordKeeper()
  for (let left = chars; left > 0; left -= 16_000) {
    keeper.keep(
      sized(Math.min(left, 16_000), (p) => ({ p })),
      1,
      true,
    )
  }
  return keeper.keep({ event: 'E' }, 1, true).text === '{"event":"E"}'
}

/** Records whose bytes, and forty for each value, come to so many. */
function areLocated(heapBytes: number): boolean {
  const record = `[${Array(150_000).fill('1').join(',')}]`
  const records = `[${Array(21).fill(record).join(',')}]`
  const ofValues = 21 * 150_001 * 40
  return runAtOnce(locateRecords(Buffer.from(records.padEnd(heapBytes - ofValues)), false)).ok
}

function isKept(chars: number, isRouted: boolean): boolean {
  const record = sized(chars, (p) => ({ event: 'E', p }))
  return new RecordKeeper().keep(record, 1, isRouted).text === JSON.stringify(record)
}

it.each(OF_ROOMS)('%s: %d is within, and one more is not', (_what, bound, isWithin) => {
  expect([isWithin(bound), isWithin(bound + 1)]).toEqual([true, false])
})
