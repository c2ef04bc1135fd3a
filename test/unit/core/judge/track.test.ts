import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/core/json.ts'
import { judgeTrackRecord } from '../../../../src/core/judge/track.ts'
import { validateTrackRecord } from '../../../../src/core/validate/track.ts'
import { aContext, aProject, codesOf, NEW_ID, NOW_MS, NOW_S } from '../../build.ts'

const WINDOW_S = 432_000

function judge(own: JsonObject, context = aContext(), record: JsonObject = {}) {
  const valid = validateTrackRecord({ event: 'E', ...record, properties: { token: 'TOK', ...own } })
  if (!valid.ok) throw new Error(`not a valid record: ${valid.error}`)
  return judgeTrackRecord(valid.value, context)
}

/** The kind of an outcome and the codes of its notes. */
function outcomeKindOf(...args: Parameters<typeof judge>): readonly [string, readonly string[]] {
  const outcome = judge(...args)
  return [outcome.kind, codesOf(outcome.findings)]
}

describe('judgeTrackRecord: what is stored', () => {
  it('an event, its ids, times and name in columns, the rest as JSON (TRK-36)', () => {
    const own = { distinct_id: 'u', time: NOW_S - 5, $insert_id: 'i', ip: '8.8.8.8', plan: 'x' }
    expect(judge(own)).toEqual({
      kind: 'stored',
      event: {
        projectId: 101,
        distinctId: 'u',
        event: 'E',
        timeMs: (NOW_S - 5) * 1_000,
        insertId: 'i',
        receivedAtMs: NOW_MS,
        sizeBytes: Buffer.byteLength(JSON.stringify({ event: 'E', properties: { token: 'TOK', ...own } })),
        isImported: false,
        propertiesJson: '{"plan":"x","$user_id":"u"}',
      },
      findings: [],
    })
  })

  it('the size is that of the record as sent (TRK-36)', () => {
    const sent = { event: 'Ä', properties: { token: 'TOK', distinct_id: 'u', a: [1, 'é'] } }
    const outcome = judge({ distinct_id: 'u', a: [1, 'é'] }, aContext(), { event: 'Ä' })
    expect(outcome.kind === 'stored' && outcome.event.sizeBytes).toBe(Buffer.byteLength(JSON.stringify(sent)))
  })

  it('a plain event has no notes (VRD-03)', () => {
    expect(outcomeKindOf({ $device_id: 'D1', $user_id: 'U1', time: NOW_S })).toEqual(['stored', []])
  })

  it.each<[JsonObject, string]>([
    [{}, NEW_ID],
    [{ $insert_id: '' }, NEW_ID],
    [{ $insert_id: null }, NEW_ID],
    [{ $insert_id: { a: 1 } }, NEW_ID],
    [{ $insert_id: 'bad:id' }, 'bad:id'],
    [{ $insert_id: 'CaSe' }, 'CaSe'],
    [{ $insert_id: 7 }, '7'],
    [{ $insert_id: 'x'.repeat(300) }, 'x'.repeat(255)],
    [{ $insert_id: 'a\u0000b' }, 'a\uFFFDb'],
  ])('the insert_id of %j (DDP-05)', (own, insertId) => {
    const outcome = judge({ distinct_id: 'u', ...own })
    expect(outcome.kind === 'stored' && outcome.event.insertId).toBe(insertId)
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['$distinct_id where it stood in', { $distinct_id: 'z' }, { $user_id: 'z' }],
    [
      '$distinct_id beside the plain name',
      { distinct_id: 'a', $distinct_id: 'z' },
      { $distinct_id: 'z', $user_id: 'a' },
    ],
    ['$time where it stood in', { $device_id: 'D', $time: NOW_S }, { $device_id: 'D' }],
    [
      '$time beside the plain name',
      { $device_id: 'D', time: NOW_S, $time: 1 },
      { $device_id: 'D', $time: 1 },
    ],
    ['$time that is no time', { $device_id: 'D', $time: 'a date' }, { $device_id: 'D', $time: 'a date' }],
  ])('%s (PRP-03)', (_name, own, expected) => {
    const outcome = judge(own)
    expect(outcome.kind === 'stored' && JSON.parse(outcome.event.propertiesJson)).toEqual(expected)
  })
})

describe('judgeTrackRecord: time', () => {
  it.each<[string, JsonObject, readonly [string, readonly string[]]]>([
    ['the last moment of the window', { time: NOW_MS - WINDOW_S * 1_000 }, ['stored', []]],
    ['one ms before it', { time: NOW_MS - WINDOW_S * 1_000 - 1 }, ['dropped', ['time.too_old_for_track']]],
    ['before 1971 (TRK-32)', { time: 0 }, ['dropped', ['time.too_old_for_track', 'time.unit_suspect']]],
    ['of 2000', { time: Date.UTC(2000, 0, 1) }, ['dropped', ['time.too_old_for_track']]],
    ['of 1999', { time: 946_684_799 }, ['dropped', ['time.too_old_for_track', 'time.unit_suspect']]],
    ['as far back as can be', { time: -1e300 }, ['dropped', ['time.too_old_for_track', 'time.unit_suspect']]],
  ])('%s (TRK-28)', (_name, own, outcomeKind) => {
    expect(outcomeKindOf({ distinct_id: 'u', ...own })).toEqual(outcomeKind)
  })

  it.each([
    [9 * 86_400, 9],
    [9 * 86_400 + 80_000, 9],
    [WINDOW_S + 1, 5.01],
    [WINDOW_S + 40_000, 5.47],
  ])('the note tells the event and its age in days: %d s are %d (TRK-28)', (ageS, days) => {
    expect(judge({ time: NOW_MS - ageS * 1_000 }).findings).toEqual([
      { code: 'time.too_old_for_track', values: { event: 'E', days, send: 'Send history to /import' } },
    ])
  })

  it.each([
    [1_618_716, '1618716', '1970-01-19T17:38:36.000Z'],
    ['-5', '-5', '1969-12-31T23:59:55.000Z'],
    [NOW_MS * 1_000, String(NOW_MS * 1_000), '+058604-12-23T00:02:03.000Z'],
  ])(
    'of a time of another unit the note tells what was sent and how it reads: %j (TRK-31)',
    (time, value, date) => {
      const suspect = judge({ time }).findings.filter((own) => own.code === 'time.unit_suspect')
      expect(suspect).toEqual([
        { code: 'time.unit_suspect', values: { value, date, send: expect.any(String) } },
      ])
    },
  )

  it('a project may answer 0 for it (TRK-28)', () => {
    const context = aContext(aProject({}, { track_stale_response: '0' }))
    expect(judge({ time: NOW_S - WINDOW_S - 1 }, context)).toMatchObject({
      kind: 'rejected',
      refusal: 'time, too old',
    })
    expect(outcomeKindOf({ $device_id: 'D', time: NOW_S }, context)).toEqual(['stored', []])
  })

  it.each<[string, JsonObject, number, readonly string[]]>([
    ['no time (TRK-30)', {}, NOW_MS, []],
    ['now', { time: NOW_MS }, NOW_MS, []],
    ['one ms ahead', { time: NOW_MS + 1 }, NOW_MS, ['time.future_overwritten']],
    ['two hours ahead', { time: NOW_S + 7_200 }, NOW_MS, ['time.future_overwritten']],
    ['the end of 2100', { time: Date.UTC(2101, 0, 1) - 1 }, NOW_MS, ['time.future_overwritten']],
    ['after it', { time: Date.UTC(2101, 0, 1) }, NOW_MS, ['time.future_overwritten', 'time.unit_suspect']],
    ['as far ahead as can be', { time: 1e300 }, NOW_MS, ['time.future_overwritten', 'time.unit_suspect']],
    ['five decimals', { time: NOW_S - 1 + 0.123_45 }, (NOW_S - 1) * 1_000 + 123, []],
  ])('%s (TRK-29)', (_name, own, timeMs, codes) => {
    const outcome = judge({ $device_id: 'D', ...own })
    expect(outcome.kind === 'stored' && outcome.event.timeMs).toBe(timeMs)
    expect(codesOf(outcome.findings)).toEqual(codes)
  })
})

describe('judgeTrackRecord: what is answered 1 and not stored', () => {
  it.each([true, 'yes', '0', 1, -1, [], {}])('$ignore of %j drops the event (TRK-35)', (value) => {
    expect(outcomeKindOf({ distinct_id: 'u', $ignore: value })).toEqual(['dropped', ['event.ignored']])
  })

  it.each([false, '', 0, null])('$ignore of %j does not (TRK-35)', (value) => {
    expect(outcomeKindOf({ $device_id: 'D', $ignore: value })).toEqual(['stored', []])
  })

  it.each([
    ['eu', 'api-eu.mixpanel.com', 'stored'],
    ['eu', 'api.mixpanel.com', 'dropped'],
    ['in', 'api-in.mixpanel.com', 'stored'],
    ['in', 'api-eu.mixpanel.com', 'dropped'],
    ['us', 'localhost:4100', 'stored'],
    ['us', 'api-eu.mixpanel.com', 'dropped'],
    [null, 'api-eu.mixpanel.com', 'stored'],
  ] as const)('a project in %s, asked on %s: %s (SEC-07)', (region, host, kind) => {
    const outcome = judge({ $device_id: 'D' }, aContext(aProject({}, { region }), { host }))
    expect(outcome.kind).toBe(kind)
    if (kind === 'dropped')
      expect(outcome.findings).toEqual([{ code: 'region.mismatch', values: { region, host } }])
  })

  it.each([
    ['simplified', '$identify', 'dropped', ['identity.identify_noop']],
    ['simplified', '$create_alias', 'dropped', ['identity.alias_noop_simplified']],
    ['simplified', '$Identify', 'stored', []],
    ['original', '$identify', 'stored', []],
    ['legacy', '$create_alias', 'stored', []],
  ] as const)('in a project with %s identity %s is %s (DEC-01)', (idManagement, name, kind, codes) => {
    const context = aContext(aProject({ idManagement }))
    expect(outcomeKindOf({ distinct_id: 'u', alias: 'a' }, context, { event: name })).toEqual([kind, codes])
  })
})

describe('judgeTrackRecord: what is changed', () => {
  it.each<[string, JsonObject, JsonObject, string, readonly string[]]>([
    ['an event name of 255 characters (PRP-11)', { event: '€'.repeat(255) }, {}, '€'.repeat(255), []],
    [
      'an event name of 256 characters (PRP-11)',
      { event: '€'.repeat(256) },
      {},
      '€'.repeat(255),
      ['value.truncated'],
    ],
    ['a NUL in the event name (DEC-07)', { event: 'a\u0000b' }, {}, 'a\uFFFDb', ['value.not_storable']],
    ['a wrong byte in the event name (PRP-18)', { event: 'a\uDCFF' }, {}, 'a\uFFFD', ['value.not_storable']],
    [
      'a distinct_id of 256 characters (PRP-10)',
      {},
      { distinct_id: 'u'.repeat(256) },
      'E',
      ['value.truncated'],
    ],
    ['a $user_id of 256 characters (PRP-10)', {}, { $user_id: 'u'.repeat(256) }, 'E', ['value.truncated']],
    ['a NUL in the distinct_id (DEC-07)', {}, { distinct_id: 'a\u0000' }, 'E', ['value.not_storable']],
    [
      'an $insert_id of 256 characters (PRP-10)',
      {},
      { $insert_id: 'i'.repeat(256) },
      'E',
      ['value.truncated'],
    ],
  ])('%s is told where it is not kept', (_name, record, own, stored, codes) => {
    const ids = 'distinct_id' in own ? {} : { $device_id: 'D' }
    const outcome = judge({ ...ids, ...own }, aContext(), record)
    expect(outcome.kind === 'stored' && outcome.event.event).toBe(stored)
    expect(codesOf(outcome.findings)).toEqual(codes)
  })

  it('a project may count bytes (PRP-10)', () => {
    const context = aContext(aProject({}, { string_limit_unit: 'bytes' }))
    const outcome = judge({ $device_id: 'D', p: 'é'.repeat(200) }, context, { event: '€'.repeat(100) })
    expect(outcome.kind === 'stored' && outcome.event.event).toBe('€'.repeat(85))
    expect(outcome.kind === 'stored' && JSON.parse(outcome.event.propertiesJson)).toMatchObject({
      p: 'é'.repeat(127),
    })
  })

  it('an event over the other limits is stored without the excess (TRK-26)', () => {
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`p${index}`, 1]))
    const outcome = judge({ $device_id: 'D', ...wide, p0: { a: { b: { c: { d: 1 } } } } })
    expect(codesOf(outcome.findings)).toEqual(['value.too_deep_or_large', 'value.too_many_properties'])
    const stored = outcome.kind === 'stored' ? (JSON.parse(outcome.event.propertiesJson) as JsonObject) : {}
    expect(Object.keys(stored)).toHaveLength(255)
  })
})

describe('judgeTrackRecord: size', () => {
  const ofBytes = (bytes: number): JsonObject => {
    const empty = Buffer.byteLength(JSON.stringify({ event: 'E', properties: { token: 'TOK', p: '' } }))
    return { p: 'x'.repeat(bytes - empty) }
  }

  it('a record of 1 MB is taken, one of a byte more is not (TRK-18h)', () => {
    expect(judge(ofBytes(1_048_576)).kind).toBe('stored')
    expect(judge(ofBytes(1_048_577))).toEqual({
      kind: 'rejected',
      refusal: 'event, too large',
      findings: [
        {
          code: 'record.invalid',
          values: {
            reason: 'event, too large',
            found: 'it has 1048577 bytes, 1048530 of them in properties.p',
            send: 'Keep a record below 1048576 bytes: omit properties.p, or send a link to it',
          },
        },
      ],
    })
  })

  it('what stands beside the properties counts (TRK-18h)', () => {
    expect(judge({}, aContext(), { $mp_metadata: 'x'.repeat(1_048_576) }).kind).toBe('rejected')
  })
})

describe('judgeTrackRecord: ids', () => {
  it.each([
    ['', ''],
    ['c0ffee', 'c0ffee'],
  ])('an event without an id, where %j stands in for one (TRK-33)', (fallback, distinctId) => {
    const outcome = judge({}, aContext(aProject(), { fallbackDistinctId: () => fallback }))
    expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe(distinctId)
    expect(codesOf(outcome.findings)).toEqual(distinctId === '' ? ['identity.no_id'] : [])
  })

  it('nothing stands in for an id that is sent empty (TRK-33, IMP-17)', () => {
    const outcome = judge({ distinct_id: '' }, aContext(aProject(), { fallbackDistinctId: () => 'c0ffee' }))
    expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe('')
  })

  it('a placeholder is stored, and told (TRK-37)', () => {
    const outcome = judge({ distinct_id: 'null' })
    expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe('null')
    expect(codesOf(outcome.findings)).toEqual(['identity.disallowed_id'])
  })
})
