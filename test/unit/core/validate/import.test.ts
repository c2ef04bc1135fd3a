import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import {
  findHygieneError,
  findInsertIdProblem,
  type ImportRules,
  validateImportStructure,
} from '../../../../src/core/validate/import.ts'
import { NOW_MS, NOW_S } from '../../build.ts'
import { numbered } from '../normalise/json-arbitraries.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const FIRST_MS = Date.UTC(1971, 0, 1)
const strictRules: ImportRules = { idManagement: 'original', nowMs: NOW_MS, retentionDays: 730 }

/** What /import?strict=1 says of a record: [field, message], or undefined where it passes rows 1 to 18 and 20. */
function failureOf(record: Json, rules: ImportRules = strictRules): readonly [string, string] | undefined {
  const structure = validateImportStructure(record, rules.idManagement)
  const failure = structure.ok ? findHygieneError(structure.value, rules) : structure.error
  return failure && [failure.field, failure.message]
}
const event = (properties: JsonObject): Json => ({ event: 'E', properties })

// Broken in every way that the rows from a certain one on ask about.
const oldTime = { time: NOW_MS - 800 * DAY_MS }
const from18 = { ...oldTime, list: Array.from({ length: 256 }, () => 1) }
const from17b = { ...from18, wide: numbered(256, 1) }
const from17a = { ...from17b, deep: [[[[]]]] }
const from16 = { ...from17a, ...numbered(256, 1) }
const from15 = { ...from16, bad: 'a\uDCFF' }
const good = { distinct_id: 'U', $insert_id: 'a-Z-09' }
const anonymous = { ...from15, distinct_id: 'Anonymous ' }

describe('IMP-14 in its order', () => {
  it.each<[string, string, string, Json]>([
    ['1', '', 'record must be a JSON object', null],
    ['1', '', 'record must be a JSON object', 'text'],
    ['1', '', 'record must be a JSON object', [event(good)]],
    ['2', 'event', "'event' must not be missing or blank", {}],
    ['2', 'event', "'event' must not be missing or blank", { event: null }],
    ['2', 'event', "'event' must not be missing or blank", { event: ' \n', properties: 1 }],
    ['3', 'event', "'event' is invalid: must be a string", { event: 7 }],
    ['3', 'event', "'event' is invalid: must be a string", { event: {}, properties: {} }],
    ['4', 'properties', "'properties' must not be missing", { event: 'E' }],
    ['4', 'properties', "'properties' must not be missing", { event: 'E', properties: [] }],
    ['5', 'properties.time', "'properties.time' is invalid: must not be missing", event({ bad: '\uD800' })],
    ['5', 'properties.time', "'properties.time' is invalid: must not be missing", event({ time: null })],
    ...[true, '2024-01-01', '', JSON.parse('1e400') as number, [1], 'NaN'].map(
      (time): [string, string, string, Json] => [
        '6',
        'properties.time',
        "'properties.time' is invalid: must be specified as seconds since epoch",
        event({ ...from15, time }),
      ],
    ),
    [
      '7',
      'properties.time',
      "'properties.time' is invalid: must not be before 1971-01-01",
      event({ ...from15, time: 0 }),
    ],
    [
      '7',
      'properties.time',
      "'properties.time' is invalid: must not be before 1971-01-01",
      event({ ...from15, time: FIRST_MS / 1_000 - 0.001 }),
    ],
    [
      '8',
      'properties.time',
      "'properties.time' is invalid: must not be in the future",
      event({ ...from15, time: NOW_MS + HOUR_MS + 1 }),
    ],
    [
      '9',
      'properties.distinct_id',
      "'properties.distinct_id' is invalid: must not be missing",
      event(from15),
    ],
    [
      '10',
      'properties.distinct_id',
      "'properties.distinct_id' is invalid: must not be one of the disallowed values",
      event(anonymous),
    ],
    [
      '11',
      'properties.$insert_id',
      "'properties.$insert_id' is invalid: must not be missing",
      event({ ...from15, distinct_id: 'U' }),
    ],
    [
      '12',
      '$insert_id',
      "'$insert_id' is invalid: must be at most 36 bytes",
      event({ ...from15, distinct_id: 'U', $insert_id: '*'.repeat(37) }),
    ],
    [
      '13',
      '$insert_id',
      "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters",
      event({ ...from15, distinct_id: 'U', $insert_id: 'n/a' }),
    ],
    [
      '14',
      '$insert_id',
      "'$insert_id' is invalid: must not be one of the disallowed values",
      event({ ...from15, distinct_id: 'U', $insert_id: 'Undefined' }),
    ],
    [
      '15',
      'properties.bad',
      'properties.bad is invalid: string should be valid utf8',
      event({ ...from15, ...good }),
    ],
    [
      '16',
      'properties',
      "'properties' is invalid: must have fewer than 255 properties",
      event({ ...from16, ...good }),
    ],
    [
      '17',
      'properties.deep',
      "'properties.deep' is invalid: exceeds maximum nesting depth of 3",
      event({ deep: from17a.deep, ...from18, ...good }),
    ],
    [
      '17',
      'properties.wide',
      "'properties.wide' is invalid: must have fewer than 255 keys",
      event({ ...from17b, ...good }),
    ],
    [
      '18',
      'properties.list',
      "'properties.list' is invalid: must have fewer than 255 elements",
      event({ ...from18, ...good }),
    ],
    [
      '20',
      'properties.time',
      "'properties.time' is invalid: outside of the retention window",
      event({ ...oldTime, ...good }),
    ],
  ])('row %s: %s: %s (IMP-14)', (_row, field, message, record) => {
    expect(failureOf(record)).toEqual([field, message])
  })

  it.each<[string, JsonObject, string | undefined]>([
    ['none', {}, undefined],
    ['an empty one', { $insert_id: '' }, undefined],
    ['one of 37 bytes', { $insert_id: 'a'.repeat(37) }, 'must be at most 36 bytes'],
    ['one with a slash', { $insert_id: 'n/a' }, "must only contain alphanumeric or hyphen '-' characters"],
    ['a placeholder', { $insert_id: 'null' }, 'must not be one of the disallowed values'],
  ])(
    'a $merge needs no $insert_id, and rows 12 to 14 hold for one that it has: %s (IDO-20, IMP-14)',
    (_name, own, problem) => {
      const failure = failureOf({ event: '$merge', properties: { $distinct_ids: ['a', 'b'], ...own } })
      expect(failure).toEqual(problem && ['$insert_id', `'$insert_id' is invalid: ${problem}`])
    },
  )

  it.each<[string, Json | undefined]>([
    ['none', undefined],
    ['one', ['a']],
    ['three', ['a', 'b', 'c']],
    ['no list', 'a'],
  ])(
    'a $merge names two ids in original projects, here %s; in others it is an event (IDO-21)',
    (_name, ids) => {
      const record = {
        event: '$merge',
        properties: { time: NOW_S, $insert_id: 'i', ...(ids && { $distinct_ids: ids }) },
      }
      expect(failureOf(record)).toEqual([
        'properties.$distinct_ids',
        "'properties.$distinct_ids' is invalid: must contain exactly two ids",
      ])
      expect(failureOf(record, { ...strictRules, idManagement: 'simplified' })).toBeUndefined()
      expect(
        failureOf({ ...record, event: 'merge' }, { ...strictRules, idManagement: 'simplified' }),
      ).toBeUndefined()
    },
  )

  it('row 15 is of the name of the event too (PRP-18)', () => {
    const failure = failureOf({ event: 'a\uD800', properties: { time: NOW_S, ...good } })
    expect(failure).toEqual(['event', 'event is invalid: string should be valid utf8'])
  })

  it('passes a record that breaks none (IMP-14)', () => {
    expect(failureOf(event({ time: NOW_S, ...good }))).toBeUndefined()
  })
})

describe('the bounds of IMP-14', () => {
  it.each<[string, JsonObject]>([
    ['a time of 1971-01-01', { time: FIRST_MS / 1_000 }],
    ['a time one hour ahead', { time: NOW_MS + HOUR_MS }],
    ['a numeric text as time', { time: String(NOW_S) }],
    ['a time in $time', { time: null, $time: NOW_S }],
    ['an empty distinct_id (IMP-17)', { distinct_id: '' }],
    ['a distinct_id in $distinct_id', { distinct_id: null, $distinct_id: 'z' }],
    ['an $insert_id of 36 bytes', { $insert_id: 'a'.repeat(36) }],
    ['a numeric $insert_id', { $insert_id: 1_234 }],
    ['an $insert_id with hyphens at its ends', { $insert_id: '-a-' }],
    ['255 properties beside those read on arrival', { token: 'T', ip: '1', ...numbered(255, 1) }],
    ['an object of 255 keys', { wide: numbered(255, 1) }],
    ['three levels', { deep: [{ a: [1] }] }],
    ['a list of 255 elements', { list: Array.from({ length: 255 }, () => 1) }],
    ['a text of any length (IMP-22)', { long: 'x'.repeat(100_000) }],
    ['a NUL, which is valid UTF-8', { nul: '\u0000' }],
  ])('passes %s (IMP-14)', (_name, own) => {
    const rules = { ...strictRules, retentionDays: null }
    expect(failureOf(event({ time: NOW_S, ...good, ...own }), rules)).toBeUndefined()
  })

  it.each<[string, Json]>([
    ['in a name', { ['a\uD800']: 1 }],
    ['in a list', { a: ['\uDC00'] }],
    ['in a name three levels down', { a: [[{ '\uDCFF': 1 }]] }],
  ])('row 15 finds a lone surrogate %s (PRP-18)', (_name, own) => {
    const failure = failureOf(event({ time: NOW_S, ...good, ...(own as JsonObject) }))
    expect(failure?.[1]).toMatch(/^properties\..+ is invalid: string should be valid utf8$/)
    expect(failure?.[0].isWellFormed()).toBe(true)
  })

  it.each<[string, Json]>([
    ['in a list', [numbered(256, 1)]],
    ['in an object', { a: numbered(256, 1) }],
  ])('row 17 finds an object of 256 keys %s (PRP-16)', (_name, value) => {
    expect(failureOf(event({ time: NOW_S, ...good, p: value }))?.[1]).toContain(
      'must have fewer than 255 keys',
    )
  })

  it('a property of a hundred thousand levels fails row 17 (DEC-07)', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as Json
    expect(failureOf(event({ time: NOW_S, ...good, deep }))?.[1]).toContain('maximum nesting depth of 3')
  })

  it.each<[string, number | null, boolean]>([
    ['off by default', null, true],
    ['of 800 days', 800, true],
    ['of 799 days', 799, false],
  ])('retention %s (IMP-21)', (_name, retentionDays, isTaken) => {
    const failure = failureOf(event({ ...oldTime, ...good }), { ...strictRules, retentionDays })
    expect(failure === undefined).toBe(isTaken)
  })

  it.each<[string, JsonObject, boolean]>([
    ['no id at all', {}, true],
    ['only $device_id and $user_id', { $device_id: 'knock', $user_id: 'knock' }, true],
    ['a placeholder', { distinct_id: ' NIL ' }, false],
    ['a placeholder that is no text', { distinct_id: -1 }, false],
    ['a placeholder as $user_id (IMP-16: a diagnostic only)', { $user_id: 'null' }, true],
  ])('row 9 is not for simplified projects, row 10 is: %s (IMP-14)', (_name, own, isTaken) => {
    const rules = { ...strictRules, idManagement: 'simplified' as const }
    expect(failureOf(event({ time: NOW_S, $insert_id: 'i', ...own }), rules) === undefined).toBe(isTaken)
  })
})

describe('findInsertIdProblem', () => {
  it.each<[Json | undefined, string | undefined]>([
    ['whose', undefined],
    [7, undefined],
    [undefined, 'must not be missing'],
    [null, 'must not be missing'],
    ['', 'must not be missing'],
    ['é'.repeat(18), "must only contain alphanumeric or hyphen '-' characters"],
    ['é'.repeat(19), 'must be at most 36 bytes'],
    ['a_b', "must only contain alphanumeric or hyphen '-' characters"],
    [1.5, "must only contain alphanumeric or hyphen '-' characters"],
    [true, "must only contain alphanumeric or hyphen '-' characters"],
    [{}, "must only contain alphanumeric or hyphen '-' characters"],
    ['00000000-0000-0000-0000-000000000000', 'must not be one of the disallowed values'],
    [0, 'must not be one of the disallowed values'],
    [-1, 'must not be one of the disallowed values'],
    ['FALSE', 'must not be one of the disallowed values'],
  ])('of %j: %s (IMP-19)', (value, problem) => {
    expect(findInsertIdProblem(value)).toBe(problem)
  })
})

describe('what a failure carries', () => {
  it.each<[JsonObject, string]>([
    [{ $insert_id: 'bad:id' }, 'bad:id'],
    [{ $insert_id: 7 }, '7'],
    [{ $insert_id: {} }, ''],
    [{}, ''],
  ])('the $insert_id as sent: %j (IMP-11)', (properties, insertId) => {
    const result = validateImportStructure({ event: 'E', properties }, 'original')
    expect(result.ok ? undefined : result.error.insertId).toBe(insertId)
  })
})
