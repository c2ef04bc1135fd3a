import { describe, expect, it } from 'vitest'
import { assignIds } from '../../../../src/core/identity/distinct-id.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { codesOf } from '../../build.ts'

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
/** The note on each event that has no id at all. */
const NO_ID = ['identity.no_id']
const OVERRIDDEN = ['identity.distinct_id_overridden']

interface Row {
  readonly sent: JsonObject
  readonly distinctId: string
  readonly $device_id?: string
  readonly $user_id?: string
  readonly codes?: readonly string[]
}

function simplified(sent: JsonObject, fallback = '') {
  const { distinctId, properties, findings } = assignIds('simplified', sent, () => fallback)
  const { $device_id, $user_id } = { ...sent, ...properties }
  return { distinctId, $device_id, $user_id, codes: codesOf(findings) }
}

const table = (rows: readonly Row[]) => rows.map((row) => [JSON.stringify(row.sent), row] as const)

function expectRow({ sent, distinctId, $device_id, $user_id, codes = [] }: Row): void {
  expect(simplified(sent)).toEqual({ distinctId, $device_id, $user_id, codes })
}

describe('assignIds in a simplified project', () => {
  it.each(
    table([
      { sent: { $device_id: 'D1' }, distinctId: '$device:D1', $device_id: 'D1' },
      { sent: { $device_id: 'D1', distinct_id: '$device:D1' }, distinctId: '$device:D1', $device_id: 'D1' },
      { sent: { $user_id: 'U1' }, distinctId: 'U1', $user_id: 'U1' },
      { sent: { $user_id: 'U1', distinct_id: 'U1' }, distinctId: 'U1', $user_id: 'U1' },
      { sent: { $user_id: 'U1', $device_id: 'D1' }, distinctId: 'U1', $user_id: 'U1', $device_id: 'D1' },
      { sent: { distinct_id: '$device:D1' }, distinctId: '$device:D1', $device_id: 'D1' },
      { sent: { distinct_id: 'charlie' }, distinctId: 'charlie', $user_id: 'charlie' },
      { sent: {}, distinctId: '', codes: NO_ID },
      { sent: { distinct_id: '' }, distinctId: '' },
      { sent: { distinct_id: null }, distinctId: '', codes: NO_ID },
    ]),
  )('%s (IDS-01)', (_sent, row) => expectRow(row))

  it.each(
    table([
      {
        sent: { distinct_id: '$device:anonymous111' },
        distinctId: '$device:anonymous111',
        $device_id: 'anonymous111',
      },
      {
        sent: { distinct_id: '$device:$device:D1' },
        distinctId: '$device:$device:D1',
        $device_id: '$device:D1',
      },
      { sent: { distinct_id: '$DEVICE:D1' }, distinctId: '$DEVICE:D1', $user_id: '$DEVICE:D1' },
    ]),
  )('%s (IDS-11)', (_sent, row) => expectRow(row))

  it.each(
    table([
      { sent: { distinct_id: A1 }, distinctId: A1, $user_id: A1 },
      { sent: { distinct_id: A1, mp_lib: 'python' }, distinctId: A1, $user_id: A1 },
      { sent: { distinct_id: 'U1', mp_lib: 'web' }, distinctId: 'U1', $user_id: 'U1' },
      ...['web', 'swift', 'react-native'].map((mp_lib) => ({
        sent: { distinct_id: A1, mp_lib },
        distinctId: A1,
        $user_id: A1,
        codes: ['identity.unprefixed_anonymous'],
      })),
      { sent: { distinct_id: `$device:${A1}` }, distinctId: `$device:${A1}`, $device_id: A1 },
      { sent: { $user_id: A1 }, distinctId: A1, $user_id: A1 },
      { sent: { distinct_id: `${A1}0` }, distinctId: `${A1}0`, $user_id: `${A1}0` },
    ]),
  )('%s (IDS-12)', (_sent, row) => expectRow(row))

  it.each(
    table([
      { sent: { distinct_id: 'x', $user_id: 'U1' }, distinctId: 'U1', $user_id: 'U1', codes: OVERRIDDEN },
      {
        sent: { distinct_id: 'charlie', $device_id: 'D1' },
        distinctId: '$device:D1',
        $device_id: 'D1',
        codes: OVERRIDDEN,
      },
      {
        sent: { distinct_id: 'D1', $device_id: 'D1' },
        distinctId: '$device:D1',
        $device_id: 'D1',
        codes: ['identity.user_id_in_device_id'],
      },
      {
        sent: { distinct_id: '$device:D1', $device_id: 'D1', $user_id: 'U1' },
        distinctId: 'U1',
        $device_id: 'D1',
        $user_id: 'U1',
        codes: OVERRIDDEN,
      },
      { sent: { distinct_id: '', $user_id: 'U1' }, distinctId: 'U1', $user_id: 'U1' },
    ]),
  )('%s (IDS-13)', (_sent, row) => expectRow(row))

  it.each<['simplified' | 'original' | 'legacy', JsonObject, readonly string[]]>([
    ['simplified', { $user_id: { id: 'U1' }, $device_id: 'D1' }, ['$user_id is an object']],
    ['simplified', { $user_id: 'U1', $device_id: ['D1'] }, ['$device_id is a list']],
    [
      'simplified',
      { distinct_id: JSON.parse('1e400'), $device_id: 'D1' },
      ['distinct_id is a number beyond a double'],
    ],
    ['simplified', { distinct_id: [], $user_id: {} }, ['distinct_id is a list', '$user_id is an object']],
    ['original', { distinct_id: {}, $user_id: {} }, ['distinct_id is an object']],
    ['legacy', { distinct_id: [] }, ['distinct_id is a list']],
    ['simplified', { distinct_id: null, $user_id: '', $device_id: false }, []],
  ])('what can be no id is told: %s, %j (IDS-16)', (mode, sent, expected) => {
    const { findings } = assignIds(mode, sent, () => '')
    const own = findings.filter(({ code }) => code === 'identity.id_not_text')
    expect(own.map(({ values }) => `${values['field']} is ${values['what']}`)).toEqual(expected)
  })

  it.each([
    ['charlie', undefined],
    [A1, 'info'],
  ])(
    '%s as distinct_id and $device_id is taken for a user, unless it is made up (IDS-13)',
    (id, severity) => {
      const { findings } = assignIds('simplified', { distinct_id: id, $device_id: id }, () => '')
      expect(findings.map((own) => [own.values, own.severity])).toEqual([
        [{ sent: id, stored: `$device:${id}` }, severity],
      ])
    },
  )

  it('the note tells what was sent, what is stored and why (IDS-13)', () => {
    const { findings } = assignIds(
      'simplified',
      { distinct_id: 'x', $device_id: 'D1', $user_id: 'U1' },
      () => '',
    )
    expect(findings.map((own) => own.values)).toEqual([{ sent: 'x', stored: 'U1', property: '$user_id' }])
  })

  it.each(
    table([
      {
        sent: { $device_id: '$device:D1' },
        distinctId: '$device:D1',
        $device_id: 'D1',
        codes: ['identity.double_device_prefix'],
      },
      {
        sent: { $device_id: '$device:$device:D1' },
        distinctId: '$device:$device:D1',
        $device_id: '$device:D1',
        codes: ['identity.double_device_prefix'],
      },
      {
        sent: { $device_id: '$device:D1', $user_id: 'U1' },
        distinctId: 'U1',
        $device_id: 'D1',
        $user_id: 'U1',
        codes: ['identity.double_device_prefix'],
      },
    ]),
  )('%s (IDS-14)', (_sent, row) => expectRow(row))

  it.each(
    table([
      {
        sent: { $user_id: '$device:D1' },
        distinctId: '$device:D1',
        $device_id: 'D1',
        codes: ['identity.device_prefix_in_user_id'],
      },
      {
        sent: { $user_id: '$device:D2', $device_id: 'D1' },
        distinctId: '$device:D1',
        $device_id: 'D1',
        codes: ['identity.device_prefix_in_user_id'],
      },
      {
        sent: { $user_id: '$device:D1', distinct_id: 'charlie' },
        distinctId: '$device:D1',
        $device_id: 'D1',
        codes: ['identity.device_prefix_in_user_id', 'identity.distinct_id_overridden'],
      },
    ]),
  )('%s (IDS-15)', (_sent, row) => expectRow(row))

  it.each<[string, Json]>([
    ['null', null],
    ['an empty text', ''],
    ['an object', { a: 1 }],
    ['a list', ['U1']],
  ])('takes %s for absent (IDS-16)', (_name, value) => {
    expect(simplified({ $user_id: value, $device_id: 'D1' })).toMatchObject({ distinctId: '$device:D1' })
    expect(simplified({ $user_id: 'U1', $device_id: value })).toMatchObject({ distinctId: 'U1' })
    const { codes } = simplified({ distinct_id: value, $device_id: value, $user_id: value })
    const others = codes.filter((code) => code !== 'identity.id_not_text')
    // An empty distinct_id says on purpose that the event is nobody's.
    expect(others).toEqual(value === '' ? [] : NO_ID)
    expect(simplified({ distinct_id: 'charlie', $user_id: value })).toMatchObject({
      distinctId: 'charlie',
      $user_id: 'charlie',
    })
  })

  it.each<[Json, string]>([
    [13_793, '13793'],
    [1.5, '1.5'],
    [-7, '-7'],
    [1e21, '1e+21'],
    [true, 'true'],
    [false, 'false'],
  ])('takes %j for the text %j (IDS-16)', (value, text) => {
    expect(simplified({ $user_id: value })).toMatchObject({ distinctId: text, $user_id: text })
    expect(simplified({ $device_id: value })).toMatchObject({
      distinctId: `$device:${text}`,
      $device_id: text,
    })
    expect(simplified({ distinct_id: value })).toMatchObject({ distinctId: text, $user_id: text })
  })

  it.each(
    table([
      {
        sent: { $device_id: 'knock', $user_id: 'knock' },
        distinctId: 'knock',
        $device_id: 'knock',
        $user_id: 'knock',
      },
    ]),
  )('%s (IDS-17)', (_sent, row) => expectRow(row))

  it.each(
    table([
      { sent: { $distinct_id: 'z' }, distinctId: 'z', $user_id: 'z' },
      { sent: { distinct_id: null, $distinct_id: 'z' }, distinctId: 'z', $user_id: 'z' },
      { sent: { distinct_id: 'a', $distinct_id: 'z' }, distinctId: 'a', $user_id: 'a' },
    ]),
  )('%s (PRP-03)', (_sent, row) => expectRow(row))

  it.each(
    table([
      {
        sent: { distinct_id: 'Null' },
        distinctId: 'Null',
        $user_id: 'Null',
        codes: ['identity.disallowed_id'],
      },
      { sent: { distinct_id: 0 }, distinctId: '0', $user_id: '0', codes: ['identity.disallowed_id'] },
      {
        sent: { $user_id: 'undefined' },
        distinctId: 'undefined',
        $user_id: 'undefined',
        codes: ['identity.disallowed_id'],
      },
      {
        sent: { $device_id: 'anon' },
        distinctId: '$device:anon',
        $device_id: 'anon',
        codes: ['identity.disallowed_id'],
      },
    ]),
  )('stores and notes %s (TRK-37)', (_sent, row) => expectRow(row))

  it('an event without an id gets what stands in for one, and then has one (TRK-33)', () => {
    expect(simplified({}, 'c0ffee')).toEqual({ distinctId: 'c0ffee', codes: [] })
    expect(simplified({ distinct_id: '' }, 'c0ffee').distinctId).toBe('c0ffee')
    expect(simplified({ $device_id: 'D1' }, 'c0ffee').distinctId).toBe('$device:D1')
  })
})

describe.each(['original', 'legacy'] as const)('assignIds in a project with %s identity', (mode) => {
  it.each<[JsonObject, string]>([
    [{ distinct_id: 'charlie' }, 'charlie'],
    [{ distinct_id: 'charlie', $device_id: 'D1', $user_id: 'U1' }, 'charlie'],
    [{ $device_id: 'D1', $user_id: 'U1' }, ''],
    [{ distinct_id: '$device:D1' }, '$device:D1'],
    [{ distinct_id: A1 }, A1],
    [{ distinct_id: 13_793 }, '13793'],
    [{ $distinct_id: 'z' }, 'z'],
    [{}, ''],
  ])('holds only for simplified projects: %j keeps its distinct_id (IDS-01)', (sent, distinctId) => {
    const { findings, ...assigned } = assignIds(mode, sent, () => '')
    expect(assigned).toEqual({ distinctId, properties: {} })
    expect(codesOf(findings)).toEqual(distinctId === '' ? NO_ID : [])
  })

  it('an event without a distinct_id gets what stands in for one (IMP-18)', () => {
    expect(assignIds(mode, { $device_id: 'D1' }, () => 'c0ffee')).toEqual({
      distinctId: 'c0ffee',
      properties: {},
      findings: [],
    })
  })

  it('notes a placeholder (TRK-37)', () => {
    const { findings } = assignIds(mode, { distinct_id: 'none' }, () => '')
    expect(findings).toEqual([
      { code: 'identity.disallowed_id', values: { field: 'distinct_id', value: 'none' } },
    ])
  })
})
