import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { judgeImportRecord } from '../../../../src/core/judge/import.ts'
import { aContext, aProject, codesOf, NEW_ID, NOW_MS, NOW_S } from '../../build.ts'

const OLD_S = Date.UTC(2019, 0, 1) / 1_000
const good: JsonObject = { time: OLD_S, $device_id: 'D', $insert_id: 'i-1' }
const event = (own: JsonObject = {}, name: Json = 'E'): Json => ({
  event: name,
  properties: { ...good, ...own },
})
const without = (name: string): Json => {
  const { [name]: _, ...rest } = good
  return { event: 'E', properties: rest }
}

const strict = (record: Json, context = aContext()) => judgeImportRecord(record, true, context)
const loose = (record: Json, context = aContext()) => judgeImportRecord(record, false, context)

describe('judgeImportRecord', () => {
  it('an event is stored as imported, however old (IMP-24)', () => {
    const expected = {
      kind: 'stored',
      event: {
        projectId: 101,
        distinctId: '$device:D',
        event: 'E',
        timeMs: OLD_S * 1_000,
        insertId: 'i-1',
        receivedAtMs: NOW_MS,
        sizeBytes: Buffer.byteLength(JSON.stringify(event({ plan: 'x' }))),
        isImported: true,
        propertiesJson: '{"$device_id":"D","plan":"x"}',
      },
      findings: [],
    }
    expect(strict(event({ plan: 'x' }))).toEqual(expected)
    expect(loose(event({ plan: 'x' }))).toEqual(expected)
  })

  it.each<[string, Json, string]>([
    ['no object', 'text', 'record must be a JSON object'],
    ['no event', { properties: good }, "'event' must not be missing or blank"],
    ['an event that is no text', { event: 7, properties: good }, "'event' is invalid: must be a string"],
    ['no properties', { event: 'E' }, "'properties' must not be missing"],
    ['no time', without('time'), "'properties.time' is invalid: must not be missing"],
    [
      'a bad time',
      event({ time: 'x' }),
      "'properties.time' is invalid: must be specified as seconds since epoch",
    ],
  ])('%s is rejected when strict, skipped when not (IMP-13)', (_name, record, message) => {
    const values = { reason: message, found: expect.any(String), send: expect.any(String) }
    const findings = [{ code: 'record.invalid', values }]
    expect(strict(record)).toMatchObject({ kind: 'rejected', refusal: { message }, findings })
    expect(loose(record)).toEqual({ kind: 'skipped', findings })
  })

  it.each<[string, JsonObject, string, readonly string[]]>([
    ['a bad $insert_id', { $insert_id: 'bad:id' }, NEW_ID, ['value.repaired']],
    ['an $insert_id of 37 bytes', { $insert_id: 'a'.repeat(37) }, NEW_ID, ['value.repaired']],
    ['a placeholder as $insert_id', { $insert_id: 'null' }, NEW_ID, ['value.repaired']],
    ['an object too deep', { p: [[[[1]]]] }, 'i-1', ['value.too_deep_or_large']],
    ['bad UTF-8', { p: 'a\uDCFF' }, 'i-1', ['value.not_storable']],
    ['an empty $insert_id', { $insert_id: '' }, NEW_ID, ['dedup.no_insert_id']],
    ['a null as $insert_id', { $insert_id: null }, NEW_ID, ['dedup.no_insert_id']],
    [
      'a bad $insert_id behind another fault',
      { $insert_id: 'a:b', time: 1 },
      NEW_ID,
      ['time.unit_suspect', 'value.repaired'],
    ],
  ])('%s is rejected when strict, repaired when not (IMP-13)', (_name, own, insertId, codes) => {
    expect(strict(event(own)).kind).toBe('rejected')
    const outcome = loose(event(own))
    expect(outcome.kind === 'stored' && outcome.event.insertId).toBe(insertId)
    expect(codesOf(outcome.findings)).toEqual(codes)
  })

  it('an absent $insert_id is made when not strict, and told (DDP-05)', () => {
    const outcome = loose(without('$insert_id'))
    expect(outcome.kind === 'stored' && outcome.event.insertId).toBe(NEW_ID)
    expect(codesOf(outcome.findings)).toEqual(['dedup.no_insert_id'])
  })

  it.each([null, ''])('an $insert_id of %j is made when not strict (DDP-05)', (value) => {
    const outcome = loose(event({ $insert_id: value }))
    expect(outcome.kind === 'stored' && outcome.event.insertId).toBe(NEW_ID)
  })

  it('of two faults both are repaired (IMP-13)', () => {
    const outcome = loose(event({ distinct_id: 'null', $device_id: null, $insert_id: 'bad:id' }))
    expect(outcome.kind === 'stored' && outcome.event).toMatchObject({ distinctId: 'null', insertId: NEW_ID })
    expect(codesOf(outcome.findings)).toContain('identity.disallowed_id')
  })

  it('a rejection names the field and the $insert_id as sent (IMP-11)', () => {
    expect(strict(event({ $insert_id: 'bad:id' }))).toMatchObject({
      refusal: { field: '$insert_id', insertId: 'bad:id' },
    })
  })

  it.each<[string, number, string, number | undefined, readonly string[]]>([
    ['now', NOW_MS, 'stored', NOW_MS, []],
    ['one hour ahead', NOW_MS + 3_600_000, 'stored', NOW_MS, ['time.future_overwritten']],
    ['more than one hour ahead', NOW_MS + 3_600_001, 'rejected', undefined, ['record.invalid']],
  ])('strict, a time %s (IMP-20)', (_name, time, kind, timeMs, codes) => {
    const outcome = strict(event({ time }))
    expect([outcome.kind, codesOf(outcome.findings)]).toEqual([kind, codes])
    expect(outcome.kind === 'stored' ? outcome.event.timeMs : undefined).toBe(timeMs)
  })

  it('not strict, any time ahead becomes the time of receipt (IMP-20)', () => {
    const outcome = loose(event({ time: NOW_S + 7_200 }))
    expect(outcome.kind === 'stored' && outcome.event.timeMs).toBe(NOW_MS)
    expect(codesOf(outcome.findings)).toContain('time.future_overwritten')
  })

  it('a time before 2000 is told as suspect (TRK-31)', () => {
    expect(strict(event({ time: Date.UTC(1975, 0, 1) / 1_000 })).findings).toEqual([
      {
        code: 'time.unit_suspect',
        values: {
          value: String(Date.UTC(1975, 0, 1) / 1_000),
          date: '1975-01-01T00:00:00.000Z',
          send: expect.stringContaining('rename it'),
        },
      },
    ])
  })

  it('a time as far back as can be has a date all the same (TRK-31)', () => {
    const { findings } = loose(event({ time: -1e300 }))
    const values = { value: '-1e+300', date: '-271821-04-20T00:00:00.000Z', send: expect.any(String) }
    expect(findings).toContainEqual({ code: 'time.unit_suspect', values })
  })

  it.each([true, 'x', 1])('$ignore of %j drops a valid event (IMP-25)', (value) => {
    for (const judge of [strict, loose]) {
      expect(judge(event({ $ignore: value }))).toEqual({
        kind: 'dropped',
        findings: [{ code: 'event.ignored', values: {} }],
      })
    }
    expect(strict(event({ $ignore: value, $insert_id: '' })).kind).toBe('rejected')
  })

  it.each(['TOK', '', null, 7, undefined])(
    'a token of %j in the properties raises nothing (IMP-03)',
    (token) => {
      expect(codesOf(strict(event(token === undefined ? {} : { token })).findings)).toEqual([])
    },
  )

  it('the credentials decide over a token in the properties, and it is told (IMP-03)', () => {
    const outcome = strict(event({ token: 'OTHER' }))
    expect(outcome).toMatchObject({ kind: 'stored', event: { projectId: 101 } })
    expect(outcome.findings).toEqual([{ code: 'import.token_mismatch', values: { token: 'OTHER' } }])
  })

  it.each([
    ['$identify', 'identity.identify_noop'],
    ['$create_alias', 'identity.alias_noop_simplified'],
    ['$merge', 'identity.merge_not_on_track'],
  ])('%s is skipped in a simplified project (IDS-22)', (name, code) => {
    expect(loose(event({}, name))).toMatchObject({ kind: 'skipped', findings: [{ code }] })
  })
})

describe('judgeImportRecord: ids', () => {
  const original = aProject({ idManagement: 'original' })
  const context = aContext(original, { fallbackDistinctId: () => 'c0ffee' })
  const anonymous = (own: JsonObject): Json => ({
    event: 'E',
    properties: { time: OLD_S, $insert_id: 'i', ...own },
  })

  it('an empty distinct_id is stored as such (IMP-17)', () => {
    for (const judge of [strict, loose]) {
      for (const project of [original, aProject()]) {
        const outcome = judge(anonymous({ distinct_id: '' }), { ...context, project })
        expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe('')
      }
    }
  })

  it('not strict, the address stands in for a distinct_id in an original project (IMP-18)', () => {
    const outcome = loose(anonymous({ $device_id: 'D' }), context)
    expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe('c0ffee')
    expect(codesOf(outcome.findings)).toContain('identity.id_from_address')
    expect(strict(anonymous({ $device_id: 'D' }), context).kind).toBe('rejected')
  })

  it('in a simplified project the address stands in when strict, too, unless there is another id (IMP-15, IMP-18)', () => {
    const simplified = { ...context, project: aProject() }
    for (const judge of [strict, loose]) {
      const outcome = judge(anonymous({}), simplified)
      expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe('c0ffee')
      const ofDevice = judge(anonymous({ $device_id: 'D' }), simplified)
      expect(ofDevice.kind === 'stored' && ofDevice.event.distinctId).toBe('$device:D')
      expect(codesOf(ofDevice.findings)).not.toContain('identity.id_from_address')
    }
  })

  it('a placeholder is rejected when strict, kept when not (IMP-16)', () => {
    expect(strict(anonymous({ distinct_id: 'undefined' })).kind).toBe('rejected')
    const outcome = loose(anonymous({ distinct_id: 'undefined' }))
    expect(outcome.kind === 'stored' && outcome.event.distinctId).toBe('undefined')
    expect(codesOf(outcome.findings)).toContain('identity.disallowed_id')
  })

  it('a placeholder as $user_id is told, no failure (IMP-16)', () => {
    const outcome = strict(anonymous({ $user_id: 'null' }))
    expect([outcome.kind, codesOf(outcome.findings)]).toEqual(['stored', ['identity.disallowed_id']])
  })
})

describe('judgeImportRecord: limits', () => {
  it('a text of 256 characters is cut, no failure (IMP-22)', () => {
    const outcome = strict(event({ p: 'x'.repeat(256) }))
    expect(outcome.kind === 'stored' && JSON.parse(outcome.event.propertiesJson)).toMatchObject({
      p: 'x'.repeat(255),
    })
    expect(codesOf(outcome.findings)).toEqual(['value.truncated'])
  })

  it('a record of 1 MB is taken, one of a byte more is not when strict (IMP-14/19)', () => {
    const empty = Buffer.byteLength(JSON.stringify(event({ p: '' })))
    const ofBytes = (bytes: number) => event({ p: 'x'.repeat(bytes - empty) })
    expect(strict(ofBytes(1_048_576)).kind).toBe('stored')
    expect(strict(ofBytes(1_048_577))).toMatchObject({
      kind: 'rejected',
      refusal: { field: '', message: 'event is larger than 1048576 bytes', insertId: 'i-1' },
    })
    expect(loose(ofBytes(1_048_577)).kind).toBe('stored')
  })

  it('retention is on where the project says so (IMP-21)', () => {
    const context = aContext(aProject({}, { retention_days: 730 }))
    expect(strict(event(), context)).toMatchObject({
      kind: 'rejected',
      refusal: { message: expect.stringContaining('retention') },
    })
    expect(strict(event()).kind).toBe('stored')
  })
})
