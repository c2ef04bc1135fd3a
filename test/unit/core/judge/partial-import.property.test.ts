import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecords } from '../../../../src/core/decode/parse-records.ts'
import { scanRecords } from '../../../../src/core/decode/scan-json.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'
import type { Json } from '../../../../src/core/json.ts'
import { judgeImportRecord, judgePartOfImport } from '../../../../src/core/judge/import.ts'
import type { JudgeContext, StoredOutcome } from '../../../../src/core/judge/outcome.ts'
import { propertiesReadIn } from '../../../../src/core/judge/read-properties.ts'
import { withMembers } from '../../../../src/core/sent-members.ts'
import { readFiles } from '../../../guards/source.ts'
import { aContext, aProject, NOW_S } from '../../build.ts'
import { hostileText, hostileValue } from '../normalise/json-arbitraries.ts'

/*
 * Of a large import only the properties that rules read are parsed; the others are stored with the bytes that the client
 * sent. Whatever it sends, the stored event must be the one that is stored if everything is parsed.
 */

const GROUP_KEY = 'company'
const NAMES_READ = [...propertiesReadIn(aProject({}, { group_keys: [GROUP_KEY] }))]

/** JSON texts that JavaScript writes differently, or that are no JSON. */
const ODD_NUMBERS =
  `1.0 1.10 -0 -0.0 0.5 -0.5 1e3 1E-7 0.000001 0.0000001 1e400 00 - +1 01.5 1. .5 123456789012345
  1234567890123456 12345678901234567890 9007199254740993 0.1000000000000000055 0.1234567890123456 0.12345678901234567
  3.141592653589793 123456.7890123456`.split(/\s+/)
const ODD_TEXTS = String.raw`"\u0041" "\u0000" "\ud800" "\/" "\n\"\\" "\x"`.split(' ')
const ODD_VALUES =
  String.raw`[1,2] ["a","\u0041"] [[1],[2]] {"a":1,"a":2} {"a":{"b":{"c":{}}}} {"__proto__":1} [1,] [ { nul
  {"a":{"b":{"c":1}}} {"2":1,"1":2} {} [] "" "undefined" null`.split(/\s+/)
const odd = [
  ...ODD_NUMBERS,
  ...ODD_TEXTS,
  ...ODD_VALUES,
  '[ 1 ]',
  '{"a": 1}',
  '"\t"',
  '"\u2028"',
  `"${'é'.repeat(130)}"`,
]

const plainValue = fc.oneof(
  fc.string(),
  fc.nat(),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const rawValue = fc.oneof(
  { weight: 24, arbitrary: plainValue.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: hostileValue.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.constantFrom(...odd) },
)

const rawName = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('plan', 'amount', '$os', 'city', 'Stadt ä', '😀') },
  { weight: 2, arbitrary: fc.constantFrom(...NAMES_READ) },
  {
    weight: 1,
    arbitrary: fc.oneof(hostileText, fc.constantFrom('__proto__', 'toJSON', '1', '', '\\', '\n')),
  },
)

const blank = fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\n', '\t \r'))
const id = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('"user-1"', '"user-2"', '"ü"') },
  fc.constantFrom('"$device:d1"', '"a b"', '5', '""', '"null"', '{}', '12345678901234567890'),
)
const insertId = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('"i-1"', '7') }, fc.constant('"bad:id"'))
const TIMES = [NOW_S - 100, NOW_S - 99.5, NOW_S * 1_000, 1e9].map(String)
const time = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...TIMES) },
  fc.constantFrom(`"${NOW_S}"`, '1e9', '9e9'),
)

/** The JSON text of an event's properties: usually valid ones, and some more. */
const rawProperties = fc
  .tuple(
    fc.record(
      {
        distinct_id: id,
        $device_id: id,
        $user_id: id,
        $insert_id: insertId,
      },
      { requiredKeys: ['distinct_id', '$insert_id'] },
    ),
    time,
    fc.array(fc.tuple(rawName, rawValue), { maxLength: 6 }),
    blank,
  )
  .map(([ids, time, more, space]) => {
    const members = [...Object.entries(ids), ['time', time] as const].map(
      ([name, value]) => [name, value] as const,
    )
    const all = [...more.slice(0, 3), ...members, ...more.slice(3)]
    const written = all.map(([name, value]) => `${JSON.stringify(name)}${space}:${space}${value}`)
    return `{${space}${written.join(`${space},${space}`)}${space}}`
  })

const rawRecord = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(rawProperties, blank)
      .map(([own, b]) => `{"event":${b}"e","properties"${b}:${own}${b}}`),
  },
  { weight: 1, arbitrary: rawProperties.map((own) => `{"properties":${own},"event":"Signed up"}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(rawProperties, rawValue)
      .map(([own, event]) => `{"event":${event},"properties":${own}}`),
  },
  { weight: 1, arbitrary: rawProperties.map((own) => `{"event":"$identify","properties":${own}}`) },
  {
    weight: 1,
    arbitrary: rawProperties.map((own) => `{"event":"e","properties":${own},"properties":${own}}`),
  },
  { weight: 1, arbitrary: rawProperties.map((own) => `{"event":"e","properties":${own},"more":1}`) },
)

const projects = fc
  .record({
    idManagement: fc.constantFrom('simplified', 'original', 'legacy'),
    unit: fc.constantFrom('chars', 'bytes'),
    groups: fc.constantFrom<readonly string[]>([], [GROUP_KEY]),
  })
  .map(({ idManagement, unit, groups }) =>
    aProject({ idManagement }, { string_limit_unit: unit, group_keys: [...groups] }),
  )

function parse(payload: Buffer, read?: ReadonlySet<string>) {
  const spans = runAtOnce(scanRecords(payload, 2_000))
  if (!spans.ok) return undefined
  const parsed = runAtOnce(
    parseRecords({ bytes: payload, isNdjson: false, spans: spans.value, heapBytes: 0 }, read),
  )
  return parsed.ok ? parsed.value : undefined
}

/** What is stored of a record of which only some properties are parsed; undefined if all must be. */
function storedPart(
  parsed: ReturnType<typeof parse>,
  index: number,
  isStrict: boolean,
  context: JudgeContext,
): StoredOutcome | undefined {
  const unread = parsed?.partly?.unread[index]
  return unread && judgePartOfImport(parsed?.records[index] ?? null, unread, isStrict, context)
}

/** The properties of an event, as the text that Postgres gets. */
function textOf({ event: { propertiesJson, unread } }: StoredOutcome): string {
  return unread === undefined ? propertiesJson : withMembers(propertiesJson, unread)
}

function expectSame(payload: Buffer, isStrict: boolean, context: JudgeContext): number {
  const full = parse(payload)
  const partly = parse(payload, propertiesReadIn(context.project))
  expect(partly === undefined).toBe(full === undefined)
  let count = 0
  for (const [index, record] of (full?.records ?? []).entries()) {
    const part = storedPart(partly, index, isStrict, context)
    const isParsed = partly?.partly?.unread[index] === undefined
    if (isParsed) expect(partly?.records[index]).toEqual(record)
    if (part === undefined) continue
    count++
    expect(full?.rounded.get(index)).toBeUndefined()
    const whole = judgeImportRecord(record, isStrict, context)
    expect(whole.kind).toBe('stored')
    if (whole.kind !== 'stored') continue
    const { unread, propertiesJson, ...event } = part.event
    expect({ ...part, event: { ...event, propertiesJson: JSON.parse(textOf(part)) } }).toEqual({
      ...whole,
      event: { ...whole.event, propertiesJson: JSON.parse(whole.event.propertiesJson) },
    })
    // The same numbers and escapes, and no name twice: Postgres keeps the digits that it gets.
    const sorted = (text: string) => [...JSON.stringify(JSON.parse(text))].sort().join('')
    expect([...textOf(part).replace(BLANKS, '$1')].sort().join('')).toBe(sorted(whole.event.propertiesJson))
  }
  return count
}

/** Blanks outside of texts. */
const BLANKS = /("(?:[^"\\]|\\.)*")|[ \t\r\n]/g

describe('an event of which not all properties are parsed', () => {
  it('is stored as if they were, whatever it contains', () => {
    let [taken, all] = [0, 0]
    fc.assert(
      fc.property(
        fc.array(rawRecord, { minLength: 1, maxLength: 2 }),
        projects,
        fc.boolean(),
        (records, project, strict) => {
          taken += expectSame(Buffer.from(`[${records.join(',')}]`), strict, aContext(project))
          all += records.length
        },
      ),
      { numRuns: 3_000 },
    )
    // Enough of them are of the kind that this is about.
    expect(taken / all).toBeGreaterThan(0.05)
  })

  it('is parsed if its bytes are not UTF-8', () => {
    const wrong = [
      [0xff],
      [0xc3],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xf0, 0x80, 0x80, 0x80],
    ]
    for (const bytes of wrong) {
      const [before, after] = eventWith('plan', '"|"').split('|')
      const payload = Buffer.concat([Buffer.from(`[${before}`), Buffer.from(bytes), Buffer.from(`${after}]`)])
      expect(parse(payload, new Set())?.partly?.unread).toEqual([undefined])
    }
  })

  it('says what every name in the rules says', () => {
    // Every text in the source that may be the name of a property, with values of all kinds.
    const sources = readFiles('src/core', '.ts').map(({ text }) => text)
    const names = new Set(
      sources.flatMap((text) => [...text.matchAll(/['"`. {]([$\w]{1,60})\b/g)].map(([, name]) => name ?? '')),
    )
    expect(names.size).toBeGreaterThan(1_000)
    let count = 0
    for (const name of names) {
      const records = ['"text"', '7', '["a"]', '{"a":"b"}', '""'].flatMap((value) => [
        eventWith(name, value),
        eventWith(name, value, '"$device_id":"d-1"'),
      ])
      const payload = Buffer.from(`[${records.join(',')}]`)
      for (const idManagement of ['simplified', 'original'] as const) {
        count += expectSame(payload, true, aContext(aProject({ idManagement })))
      }
    }
    expect(count).toBeGreaterThan(names.size)
  })

  it('is judged in full if the project has got a group key meanwhile', () => {
    const payload = Buffer.from(`[${eventWith(GROUP_KEY, '"null"')}]`)
    const parsed = parse(payload, propertiesReadIn(aProject()))
    expect(storedPart(parsed, 0, true, aContext(aProject()))).toBeDefined()
    expect(storedPart(parsed, 0, true, aContext(aProject({}, { group_keys: [GROUP_KEY] })))).toBeUndefined()
    expect(parsed?.partly?.parse(0)).toEqual(JSON.parse(payload.toString())[0] as Json)
  })
})

function eventWith(name: string, value: string, id = '"distinct_id":"user-1"'): string {
  return `{"event":"e","properties":{"${name}":${value},"time":${NOW_S - 100},"$insert_id":"i-1",${id},"plan":"pro"}}`
}
