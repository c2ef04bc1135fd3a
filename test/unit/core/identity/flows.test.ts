import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../../src/api/explain.ts'
import { runAtOnce } from '../../../../src/core/decode/steps.ts'
import type { IdManagement } from '../../../../src/core/identity/model.ts'
import type { JsonObject } from '../../../../src/core/json.ts'
import { NOW_MS, NOW_S } from '../../build.ts'

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const A2 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000002'
const PERSON = '4f6d1a3e-0b1c-4d2e-8f3a-0000000000aa'
const D1 = `$device:${A1}`
const D2 = `$device:${A2}`

const record = (event: string, own: JsonObject): JsonObject => ({
  event,
  properties: { token: 'TOK', ...own },
})
const e = (own: JsonObject) => record('E', own)
const of = (distinct_id: string) => e({ distinct_id })
const alias = (name: string, of: string) => record('$create_alias', { distinct_id: of, alias: name })
const identify = (anon: string, user: string) => record('$identify', { $anon_id: anon, $identified_id: user })
const merge = (one: string, other: string) => record('$merge', { $distinct_ids: [one, other] })

/** What SDKs send before anybody signs in, as somebody does, and after. */
const anon = (device: string) => e({ distinct_id: `$device:${device}`, $device_id: device })
const user = (device: string, id: string) => e({ distinct_id: id, $device_id: device, $user_id: id })
const login = (device: string, id: string, last = `$device:${device}`) =>
  record('$identify', { distinct_id: id, $anon_distinct_id: last, $device_id: device, $user_id: id })

type Endpoint = 'track' | 'import'
let made = 0
const deps = { clock: () => NOW_MS, newId: () => `made-${made++}` }

function modeOf(mode: IdManagement, records: readonly JsonObject[], endpoint: Endpoint = 'track') {
  const explained = runAtOnce(explain({ records, endpoint, modes: [mode] }, deps)).modes[mode]
  if (explained === undefined) throw new Error(`no ${mode}`)
  return explained
}

/** The users that records make: the ids of each, the one it goes by first. */
function usersOf(...args: Parameters<typeof modeOf>): readonly string[] {
  const { users } = modeOf(...args)
  const texts = users.map(({ distinct_id, distinct_ids }) => {
    return [distinct_id, ...distinct_ids.filter((id) => id !== distinct_id).toSorted()].join(' ')
  })
  return texts.toSorted()
}

/** Whose each record is, and all that is told of it. */
const ownersOf = (...args: Parameters<typeof modeOf>) => modeOf(...args).records.map((own) => own.distinct_id)
const codesOf = (...args: Parameters<typeof modeOf>) =>
  modeOf(...args).records.map((own) => own.verdicts.map((told) => told.code).join(' '))

/** The users on Simplified, on Original and on Legacy. */
type Flow = readonly [name: string, records: readonly JsonObject[], users: string]

const signUp = [anon(A1), anon(A1), login(A1, 'charlie'), user(A1, 'charlie')]

describe('the flows of the documentation', () => {
  it.each<Flow>([
    ['somebody signs up (IDS-03, IDO-04, IDL-08)', signUp, `charlie ${D1} | ${D1} charlie | ${D1} / charlie`],
    [
      'afterwards either id will do (IDS-04)',
      [...signUp, e({ distinct_id: 'charlie', $user_id: 'charlie' }), anon(A1)],
      `charlie ${D1} | ${D1} charlie | ${D1} / charlie`,
    ],
    [
      'and comes back on another device (IDS-05, IDO-31)',
      [...signUp, anon(A2), anon(A2), login(A2, 'charlie'), user(A2, 'charlie')],
      `charlie ${D1} ${D2} | ${D1} ${D2} charlie | ${D1} / ${D2} / charlie`,
    ],
    [
      'two on one device, with a reset (IDS-06, IDO-32)',
      [...signUp, anon(A2), anon(A2), login(A2, 'taylor'), user(A2, 'taylor')],
      `charlie ${D1} / taylor ${D2} | ${D1} charlie / ${D2} taylor | ${D1} / ${D2} / charlie / taylor`,
    ],
    [
      'two on one device, without a reset (IDS-07, IDO-12)',
      [...signUp, login(A1, 'taylor', 'charlie'), user(A1, 'taylor'), anon(A1)],
      `charlie ${D1} / taylor | ${D1} charlie / taylor | ${D1} / charlie / taylor`,
    ],
    [
      'the same where the first goes by a UUID (IDO-12)',
      [anon(A1), login(A1, PERSON), user(A1, PERSON), login(A1, 'taylor', PERSON), user(A1, 'taylor')],
      `${PERSON} ${D1} / taylor | ${D1} ${PERSON} taylor | ${D1} / ${PERSON} / taylor`,
    ],
    [
      'identify() and then silence (IDS-24)',
      [anon(A1), login(A1, 'charlie')],
      `${D1} | ${D1} charlie | ${D1} / charlie`,
    ],
    [
      'a telephone number as a second user id (IDS-10)',
      [
        e({ distinct_id: 'charlie', $device_id: '+6512345678', $user_id: 'charlie' }),
        e({ distinct_id: '+6512345678', $user_id: '+6512345678' }),
      ],
      '+6512345678 / charlie $device:+6512345678 | +6512345678 / charlie | +6512345678 / charlie',
    ],
    [
      'a device that two people use, A and then B (IDS-09)',
      [anon('C'), user('C', 'A'), user('C', 'B')],
      'A $device:C / B | $device:C / A / B | $device:C / A / B',
    ],
    [
      'an alias for two known users (IDS-21, IDO-14, IDL-02)',
      [of('A'), of('B'), alias('B', 'A')],
      'A / B | A B | A B / B',
    ],
    [
      'many aliases of one id (IDO-16, IDL-04)',
      [of('U'), alias('k1', 'U'), alias('k2', 'U'), of('k2')],
      'U / k2 | U k1 k2 | U k1 k2',
    ],
    [
      'a chain of aliases (IDO-17, IDL-04)',
      [of('U'), alias('k1', 'U'), alias('k2', 'k1'), alias('k3', 'k2'), of('k3')],
      'U / k3 | U k1 k2 k3 | U k1 k2 k3',
    ],
    [
      'a device that is not called one (IDS-12)',
      [of(A1), user(A1, 'charlie')],
      `${A1} / charlie ${D1} | ${A1} / charlie | ${A1} / charlie`,
    ],
    [
      'a device in distinct_id only (IDS-11)',
      [of('$device:anonymous111'), e({ distinct_id: '', $device_id: 'anonymous111', $user_id: 'charlie' })],
      'charlie $device:anonymous111 | $device:anonymous111 | $device:anonymous111',
    ],
    [
      'devices of two users that name each other (IDS-38)',
      [user('D', 'U1'), user('D', 'U2'), user('E', 'U2'), user('E', 'U1')],
      'U1 $device:D / U2 $device:E | U1 / U2 | U1 / U2',
    ],
  ])('%s', (_name, records, users) => {
    const modes = ['simplified', 'original', 'legacy'] as const
    expect(modes.map((mode) => usersOf(mode, records).join(' / ')).join(' | ')).toEqual(users)
  })
})

describe('flows on Simplified ID Merge', () => {
  const [d1, u1, u2] = [
    e({ $device_id: 'D1' }),
    e({ $device_id: 'D1', $user_id: 'U1' }),
    e({ $device_id: 'D1', $user_id: 'U2' }),
  ]

  it.each<readonly [string, readonly JsonObject[], readonly (string | null)[], readonly string[]]>([
    [
      'first the one',
      [d1, u1, u2, d1],
      ['U1', 'U1', 'U2', 'U1'],
      ['', '', 'identity.device_already_assigned', ''],
    ],
    [
      'first the other',
      [d1, u2, u1, d1],
      ['U2', 'U2', 'U1', 'U2'],
      ['', '', 'identity.device_already_assigned', ''],
    ],
    ['the same again', [u1, u1], ['U1', 'U1'], ['', '']],
  ])('in one batch the first wins: %s (IDS-30)', (_name, records, owners, codes) => {
    expect([ownersOf('simplified', records), codesOf('simplified', records)]).toEqual([owners, codes])
  })

  it.each([0, 4, 30])('an event dated %i days back links what came before it (IDS-18)', (days) => {
    const dated = (time: number, own: JsonObject, n: number) => e({ ...own, time, $insert_id: `i${n}` })
    const records = [
      dated(NOW_S, { $device_id: 'D1' }, 1),
      dated(NOW_S - days * 86_400, { $device_id: 'D1', $user_id: 'U1' }, 2),
    ]
    expect(ownersOf('simplified', records, 'import')).toEqual(['U1', 'U1'])
  })

  it.each([
    ['E', 'U1'],
    ['$mp_web_page_view', 'U1'],
    ['$ae_session', 'U1'],
    ['$Identify', 'U1'],
    ['__proto__', 'U1'],
    ['$identify', '$device:D1'],
    ['$create_alias', '$device:D1'],
    ['$merge', '$device:D1'],
  ])('by an event called %s a device is %s (IDS-19)', (event, owner) => {
    const linking = record(event, { distinct_id: 'U1', $device_id: 'D1', $user_id: 'U1' })
    expect(ownersOf('simplified', [d1, linking])[0]).toBe(owner)
  })

  it.each([
    ['IDS-20', login('D1', 'U1'), 'no_effect', 'identity.identify_noop'],
    ['IDS-21', alias('U2', 'U1'), 'no_effect', 'identity.alias_noop_simplified'],
    ['TRK-38', merge('U1', '$device:D1'), 'rejected', 'record.invalid'],
  ])('%s: an identity event is not stored and does nothing (DEC-01)', (_rule, verb, outcome, code) => {
    const { users, records } = modeOf('simplified', [d1, verb])
    expect(users).toEqual([{ distinct_id: '$device:D1', distinct_ids: ['$device:D1'], records: [0] }])
    expect(records[1]).toMatchObject({ outcome, distinct_id: null })
    if (code !== 'record.invalid') expect(codesOf('simplified', [d1, verb])[1]).toBe(code)
  })

  it('a user has any number of devices (IDS-35) (IDS-05)', () => {
    const records = Array.from({ length: 600 }, (_, n) => e({ $device_id: `D${n}`, $user_id: 'U1' }))
    const { users } = modeOf('simplified', records)
    expect(users.map((own) => [own.distinct_id, own.distinct_ids.length])).toEqual([['U1', 601]])
    expect(codesOf('simplified', records).filter(Boolean)).toEqual(['identity.constant_user_id'])
  })
})

describe('flows on Original ID Merge', () => {
  it('of 510 devices 10 are left out, each a user for ever (DEC-02) (IDO-22)', () => {
    const devices = Array.from(
      { length: 510 },
      (_, n) => `4f6d1a3e-0b1c-4d2e-8f3a-${String(n).padStart(12, '0')}`,
    )
    const records = devices.flatMap((device) => [of(device), identify(device, 'U1')])
    expect(modeOf('original', records).users.map((own) => own.distinct_ids.length)).toEqual([
      501,
      ...Array.from({ length: 10 }, () => 1),
    ])
  })

  it('merges in any order make the same users, each order another way (IDO-20)', () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom(...'ABCDEFGH'), fc.constantFrom(...'ABCDEFGH')), {
      maxLength: 9,
    })
    const arranged = pairs.chain((own) =>
      fc.record({
        own: fc.constant(own),
        shuffled: fc.shuffledSubarray(own, { minLength: own.length, maxLength: own.length }),
        turned: fc.array(fc.boolean(), { minLength: own.length, maxLength: own.length }),
      }),
    )
    const sets = (all: readonly JsonObject[]) =>
      modeOf('original', all, 'import')
        .users.map((own) => own.distinct_ids.toSorted().join(''))
        .toSorted()
    fc.assert(
      fc.property(arranged, ({ own, shuffled, turned }) => {
        const direct = own.map(([a, b]) => merge(a, b))
        const other = shuffled.map(([a, b], at) => (turned[at] ? merge(b, a) : merge(a, b)))
        expect(sets(other)).toEqual(sets(direct))
      }),
    )
    expect(sets([merge('B', 'C'), merge('C', 'D'), merge('A', 'C')])).toEqual(['ABCD'])
  })

  it('devices that are merged are identified together (IDO-20)', () => {
    const time = NOW_S
    const verb = record('$identify', { $anon_id: A1, $identified_id: 'U1', time, $insert_id: 'i1' })
    expect(usersOf('original', [merge(A1, A2), merge(A2, 'A3'), verb], 'import')).toEqual([
      `${A1} ${A2} A3 U1`,
    ])
  })
})

describe('flows on Legacy ID management', () => {
  it.each<readonly [string, readonly JsonObject[], readonly string[], string]>([
    [
      'an alias (IDL-01)',
      [of('12345'), alias('sally', '12345'), of('sally')],
      ['12345', '12345', '12345'],
      '',
    ],
    [
      'an alias that is late (IDL-02)',
      [of('sally'), alias('sally', '12345'), of('sally')],
      ['sally', '12345', '12345'],
      'identity.alias_not_retroactive',
    ],
    [
      'an alias of another (IDL-03)',
      [alias('sally', '12345'), of('67890'), alias('sally', '67890'), of('sally')],
      ['12345', '67890', '67890', '12345'],
      'identity.alias_ignored_legacy',
    ],
    ['a chain (IDL-04)', [alias('a', '12345'), alias('b', 'a'), of('b')], ['12345', '12345', '12345'], ''],
    [
      'a circle (IDL-05)',
      [alias('a', 'b'), alias('b', 'a'), of('a')],
      ['b', 'b', 'b'],
      'identity.alias_ignored_legacy',
    ],
    ['identify (IDL-06)', [of(A1), identify(A1, 'U1'), of('U1')], [A1, 'U1', 'U1'], 'identity.identify_noop'],
  ])('%s', (_name, records, owners, code) => {
    expect(ownersOf('legacy', records)).toEqual(owners)
    expect(codesOf('legacy', records).filter(Boolean)).toEqual([code].filter(Boolean))
  })

  it('a chain built late leads to the root all the same (IDL-05)', () => {
    const records = [alias('b', 'a'), alias('a', '12345'), of('b')]
    expect(ownersOf('legacy', records)).toEqual(['a', '12345', '12345'])
  })

  it('a $merge is stored and joins nobody (IDL-07)', () => {
    const { users, records } = modeOf('legacy', [merge('a', 'b'), merge('b', 'a')], 'import')
    expect(records.map((own) => [own.outcome, own.distinct_id])).toEqual([
      ['no_effect', 'a'],
      ['no_effect', 'b'],
    ])
    expect(users.map((own) => own.distinct_ids)).toEqual([['a'], ['b']])
  })
})
