import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  A1,
  alias,
  asUser,
  History,
  identify,
  merge,
  onDevice,
  type Sent,
  under,
  type Way,
  withBoth,
} from '../support/identity.ts'
import { basic, NOW_MS, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Simplified ID Merge, as senders and readers see it (chapter IDS): which events join a device to a user, and
 * which do not although people think so.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterEach(() => {
  server.clock.nowMs = NOW_MS
})
afterAll(() => server.close())

const start = (settings: object = {}) => History.start(server, 'simplified', settings)
const ASSIGNED = 'errAnonDistinctIdAssignedAlready'
const IMPORTED = '{"code":200,"num_records_imported":1,"status":"OK"}'
const WAYS: readonly Way[] = ['track', 'import']

/** `D1` is an event of a device, `+U1` of a user, `D1+U1` names both, `=x` is under a distinct_id. */
type Short = string | Readonly<Record<string, unknown>>

function toSent(events: readonly Short[]): readonly Sent[] {
  return events.map((short, n) => {
    const name = `e${n + 1}`
    if (typeof short !== 'string') return [name, short]
    if (short.startsWith('=')) return under(name, short.slice(1))
    const [device, user] = short.split('+')
    if (user === undefined) return onDevice(name, short)
    return device === undefined || device === '' ? asUser(name, user) : withBoth(name, device, user)
  })
}

interface Refusals {
  readonly failures?: readonly (readonly string[])[]
  readonly codes?: readonly string[]
}
/** A title, the events, whose each is in the end, and the users. */
type Row = readonly [string, readonly Short[], readonly string[], readonly string[], Refusals]

const PHONE = '+6512345678'
const OVERRIDDEN = 'identity.distinct_id_overridden'
const TAKEN = 'identity.device_already_assigned'
const PLAIN: Refusals = {}
const PREFIXED = { codes: ['identity.double_device_prefix'] }

// biome-ignore format: a table, a row or two lines for each history
const ROWS: readonly Row[] = [
  ['anonymous (IDS-02)', ['D1'], ['$device:D1'], ['$device:D1'], PLAIN],
  ['a new user signs up (IDS-03)', ['D1', 'D1', 'D1+U1'], ['U1', 'U1', 'U1'], ['U1 $device:D1'], PLAIN],
  ['afterwards either id works (IDS-04)', ['D1+U1', '+U1', 'D1'], ['U1', 'U1', 'U1'], ['U1 $device:D1'], PLAIN],
  ['a second device (IDS-05)',
    ['D1', 'D1+U1', 'D2', 'D2', 'D2+U1'], ['U1', 'U1', 'U1', 'U1', 'U1'], ['U1 $device:D1 $device:D2'], PLAIN],
  ['two users of one device, reset between (IDS-06)',
    ['D1', 'D1+U1', 'D2', 'D2', 'D2+U2'], ['U1', 'U1', 'U2', 'U2', 'U2'], ['U1 $device:D1', 'U2 $device:D2'], PLAIN],
  ['the first user keeps the device (IDS-07)',
    ['D1', 'D1+U1', 'D1+U2', 'D1'], ['U1', 'U1', 'U2', 'U1'], ['U1 $device:D1', 'U2'], { failures: [['e3', ASSIGNED]], codes: [TAKEN] }],
  ['the same pair again (IDS-08)', ['D1+U1', 'D1+U1'], ['U1', 'U1'], ['U1 $device:D1'], PLAIN],
  ['two users never merge, whatever devices they share (IDS-09)',
    ['+U1', '+U2', 'D1+U1', 'D1+U2', 'D2+U2', 'D2+U1'], ['U1', 'U2', 'U1', 'U2', 'U2', 'U1'], ['U1 $device:D1', 'U2 $device:D2'], { failures: [['e4', ASSIGNED], ['e6', ASSIGNED]], codes: [TAKEN, TAKEN] }],
  ['a user id sent as a device (IDS-10)',
    [{ $device_id: PHONE, $user_id: 'charlie' }, { $user_id: PHONE }], ['charlie', PHONE], [PHONE, `charlie $device:${PHONE}`], { codes: ['identity.user_id_as_device'] }],
  ['a prefixed distinct_id is a device and links later (IDS-11)',
    ['=$device:anonymous111', 'anonymous111+U1'], ['U1', 'U1'], ['U1 $device:anonymous111'], PLAIN],
  ['the special ids win over distinct_id (IDS-13)',
    [{ distinct_id: 'x', $user_id: 'U1' }, { distinct_id: 'charlie', $device_id: 'D1' }], ['U1', '$device:D1'], ['$device:D1', 'U1'], { codes: [OVERRIDDEN, OVERRIDDEN] }],
  ['one prefix is taken off, and the device links (IDS-14)',
    ['D1', '$device:D1+U1'], ['U1', 'U1'], ['U1 $device:D1'], PREFIXED],
  ['exactly one (IDS-14)',
    ['D1', '$device:$device:D1+U1'], ['$device:D1', 'U1'], ['$device:D1', 'U1 $device:$device:D1'], PREFIXED],
  ['a device in $user_id links nothing (IDS-15)',
    ['D1+$device:X'], ['$device:D1'], ['$device:D1'], { codes: ['identity.device_prefix_in_user_id'] }],
  ['empty ids and objects are none, numbers are text (IDS-16)',
    [{ $device_id: 'D1', $user_id: null }, { $device_id: 'D1', $user_id: '' }, { $device_id: 'D1', $user_id: {} }, { $device_id: 7, $user_id: 42 }, '7'], ['$device:D1', '$device:D1', '$device:D1', '42', '42'], ['$device:D1', '42 $device:7'], { codes: ['identity.id_not_text'] }],
  ['the same text on both sides (IDS-17)', ['kn', 'kn+kn'], ['kn', 'kn'], ['kn $device:kn'], PLAIN],
  ['the order of receipt counts, not the time (IDS-18, GEN-08)',
    ['D1', { $device_id: 'D1', $user_id: 'U1', time: NOW_S - 4 * 86_400 }], ['U1', 'U1'], ['U1 $device:D1'], PLAIN],
  ['shapes of the documentation (IDS-36)',
    [{ distinct_id: '$device:a', $device_id: 'a' }, { distinct_id: '', $device_id: 'a', $user_id: 'b' }], ['b', 'b'], ['b $device:a'], PLAIN],
  ['the form of a device id is irrelevant (IDS-37)',
    ['session_abc123_v1', 'session_abc123_v1+U1'], ['U1', 'U1'], ['U1 $device:session_abc123_v1'], PLAIN],
  ['devices do not link each other (IDS-38)',
    ['D1', 'D2', { $device_id: 'D1', distinct_id: '$device:D2' }, 'D2+U1'], ['$device:D1', 'U1', '$device:D1', 'U1'], ['$device:D1', 'U1 $device:D2'], { codes: [OVERRIDDEN] }],
]

describe.each(WAYS)('events by /%s', (way) => {
  it.each(ROWS)('%s', async (_rule, events, owners, users, refusals) => {
    const history = await start()
    const answers = await history.sendEach(way, ...toSent(events))
    expect(new Set(answers)).toEqual(new Set([way === 'track' ? '1' : IMPORTED]))
    expect(Object.values(await history.owners())).toEqual(owners)
    expect(await history.users()).toEqual(users)
    expect(await history.failureReasons()).toEqual(refusals.failures ?? [])
    expect(await history.codes()).toEqual(refusals.codes ?? [])
  })

  it.each(ROWS)(
    'in one request, and explained: %s (IDS-30)',
    async (_rule, events, owners, users, refusals) => {
      const history = await start()
      const records = history.records(...toSent(events))
      const codes = refusals.codes ?? []
      expect(await history.explain('simplified', way, records)).toEqual({ users: users.toSorted(), codes })
      await history.post(way, records)
      expect(Object.values(await history.owners())).toEqual(owners)
      expect(await history.users()).toEqual(users)
      expect(await history.failureReasons()).toEqual(refusals.failures ?? [])
      expect(await history.codes()).toEqual(codes)
    },
  )

  it('an unprefixed anonymous id is a user for ever (IDS-12)', async () => {
    const history = await start()
    await history.sendEach(way, under('e1', A1), withBoth('e2', A1, 'U1'))
    expect(await history.users()).toEqual([A1, `U1 $device:${A1}`])
    expect(await history.owners()).toEqual({ e1: A1, e2: 'U1' })
    expect(await history.codes()).toEqual(['identity.user_id_as_device'])
  })

  it('the id of a device as a user is told once, by what came before; a UUID of a user never (IDS-12)', async () => {
    const OTHER = A1.replace('4', '5')
    const history = await start()
    await history.sendEach(way, onDevice('e1', A1), under('e2', A1), under('e3', A1), under('e4', OTHER))
    // Imports are not observed.
    expect(await history.codes()).toEqual(way === 'track' ? ['identity.unprefixed_anonymous'] : [])
  })

  it.each(['sign up', '$mp_web_page_view', '$ae_session', '$experiment_started', '__proto__'])(
    'an event called %s links (IDS-19)',
    async (name) => {
      const history = await start()
      await history.sendEach(way, onDevice('e1', 'D1'), withBoth(name, 'D1', 'U1'))
      expect(await history.users()).toEqual(['U1 $device:D1'])
    },
  )

  it('in one batch, links take effect in its order (IDS-30)', async () => {
    const history = await start()
    await history.batch(
      way,
      onDevice('e1', 'D1'),
      withBoth('e2', 'D1', 'U1'),
      withBoth('e3', 'D1', 'U2'),
      onDevice('e4', 'D1'),
    )
    expect(await history.owners()).toEqual({ e1: 'U1', e2: 'U1', e3: 'U2', e4: 'U1' })
    expect(await history.failureReasons()).toEqual([['e3', ASSIGNED]])
  })

  it('of many at once, one gets the device and the others are told (IDS-31)', async () => {
    const history = await start()
    const users = Array.from({ length: 12 }, (_, n) => `U${n}`)
    await Promise.all(users.map((user) => history.batch(way, withBoth(`e-${user}`, 'D1', user))))
    const clusters = await history.users()
    expect(clusters).toHaveLength(12)
    expect(clusters.filter((ids) => ids.endsWith(' $device:D1'))).toHaveLength(1)
    expect(await history.failureReasons()).toHaveLength(11)
    expect(await history.codes()).toEqual(users.slice(1).map(() => 'identity.device_already_assigned'))
  })
})

describe('what is there at each moment', () => {
  it('a device is a stranger until the link, and its past is the user’s at once (IDS-03)', async () => {
    const history = await start()
    await history.sendEach('track', onDevice('e1', 'D1'), onDevice('e2', 'D1'))
    expect(await history.owners()).toEqual({ e1: '$device:D1', e2: '$device:D1' })
    await history.sendEach('track', withBoth('e3', 'D1', 'U1'))
    expect(await history.owners()).toEqual({ e1: 'U1', e2: 'U1', e3: 'U1' })
    expect(await history.originals()).toEqual({ e1: '$device:D1', e2: '$device:D1', e3: 'U1' })
  })

  it('600 devices of one user, and no limit (IDS-05, IDS-35)', async () => {
    const history = await start({ id_cluster_max: 2 })
    const devices = Array.from({ length: 600 }, (_, n) => `D${n}`)
    await history.batch('import', ...devices.map((device) => onDevice(`before ${device}`, device)))
    const answer = await history.batch(
      'import',
      ...devices.map((device) => withBoth(`with ${device}`, device, 'U1')),
    )
    expect(answer.json()).toMatchObject({ code: 200, num_records_imported: 600 })
    const user = await history.user('$device:D599')
    expect([user?.distinct_id, user?.distinct_ids.length, user?.events.count]).toEqual(['U1', 601, 1_200])
    expect((await history.listUsers()).map((own) => [own.distinct_id, own.events])).toEqual([['U1', 1_200]])
  })

  it('20 devices that join one user within the hour are told, once (IDS-05)', async () => {
    const history = await start()
    for (let n = 0; n < 22; n++) {
      await history.sendEach('track', withBoth('E', `D${n}`, 'U1'))
      expect(await history.codes()).toHaveLength(n < 19 ? 0 : 1)
    }
    expect(await history.codes()).toEqual(['identity.constant_user_id'])
  })

  it.each(['user_id', 'userId', 'USER_ID', '{{user_id}}'])('and a user called %s (IDS-05)', async (user) => {
    const history = await start()
    await history.sendEach('track', withBoth('E', 'D1', user))
    const [verdict] = await history.verdicts()
    expect(verdict?.code).toBe('identity.constant_user_id')
    expect(verdict?.message).toContain(user)
  })

  it('ids that differ in case are two users, and told (GEN-03)', async () => {
    const history = await start()
    await history.sendEach('track', asUser('E', 'Charlie'), asUser('E', 'charlie'))
    expect(await history.users()).toEqual(['Charlie', 'charlie'])
    expect(await history.codes()).toEqual(['identity.case_mismatch'])
  })

  it('an association dated 30 days back (IDS-18)', async () => {
    const history = await start()
    const T = NOW_S - 86_400
    await history.sendEach('import', ['e1', { $device_id: 'D1', time: T }])
    await history.sendEach('import', ['assoc', { $device_id: 'D1', $user_id: 'U1', time: T - 30 * 86_400 }])
    expect(await history.owners()).toEqual({ e1: 'U1', assoc: 'U1' })
  })

  it('the export shows the user, any id finds it (IDS-25, QRY-04)', async () => {
    const history = await start()
    await history.sendEach('track', onDevice('e1', 'D1'), withBoth('e2', 'D1', 'U1'), onDevice('e3', 'D1'))
    expect((await history.export()).map((line) => line.properties['distinct_id'])).toEqual(['U1', 'U1', 'U1'])
    for (const id of ['U1', '$device:D1']) {
      expect(await history.user(id)).toMatchObject({ distinct_id: 'U1', events: { count: 3 } })
    }
  })

  it('what re-keyed events are marked with (IDS-26)', async () => {
    const history = await start()
    await history.sendEach(
      'track',
      onDevice('before', 'D1'),
      withBoth('link', 'D1', 'U1'),
      onDevice('after', 'D1'),
      asUser('user', 'U1'),
    )
    const names = ['$distinct_id_before_identity', '$is_reshuffled', '$preshuffle_distinct_id']
    const marks = (await history.export()).map(({ event, properties }) => [
      event,
      ...names.map((name) => properties[name]),
    ])
    expect(marks).toEqual([
      ['before', '$device:D1', true, '$device:D1'],
      ['link', undefined, undefined, undefined],
      ['after', '$device:D1', undefined, undefined],
      ['user', undefined, undefined, undefined],
    ])
  })
})

describe('identity events', () => {
  const sdkIdentify: Sent = [
    '$identify',
    { distinct_id: 'U1', $anon_distinct_id: '$device:D1', $device_id: 'D1', $user_id: 'U1' },
  ]

  it.each([
    ['IDS-20, DEC-01', sdkIdentify, 'identity.identify_noop'],
    ['IDS-20, DEC-01', identify('$device:D1', 'U1'), 'identity.identify_noop'],
    ['IDS-21, DEC-01', alias('U2', 'U1'), 'identity.alias_noop_simplified'],
    [
      'IDS-21, DEC-01',
      ['$create_alias', { alias: 'U2', distinct_id: 'U1', $device_id: 'D1', $user_id: 'U1' }] satisfies Sent,
      'identity.alias_noop_simplified',
    ],
  ])('%s: answered 1, and nothing but a verdict: %j', async (_rule, verb, code) => {
    const history = await start()
    const answers = await history.sendEach('track', onDevice('e1', 'D1'), verb, asUser('e2', 'U2'))
    expect(answers).toEqual(['1', '1', '1'])
    expect(await history.owners()).toEqual({ e1: '$device:D1', e2: 'U2' })
    expect(await history.users()).toEqual(['$device:D1', 'U2'])
    expect(await history.export()).toHaveLength(2)
    expect(await history.verdicts()).toMatchObject([{ code, outcome: 'no_effect', endpoint: '/track' }])
  })

  it.each([sdkIdentify, alias('U2', 'U1'), merge('U1', 'U2')])(
    '%s in a strict import refuses the whole batch (IDS-22)',
    async (...verb) => {
      const history = await start()
      const answer = await history.batch(
        'import',
        withBoth('e1', 'D1', 'U1'),
        verb as Sent,
        asUser('e2', 'U1'),
      )
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        {
          code: 400,
          error: 'some data points in the request failed validation',
          failed_records: [
            'identity events are not allowed when project is using simplified identity management',
          ],
          num_records_imported: 0,
          status: 'Bad Request',
        },
      ])
      expect(await history.users()).toEqual([])
      expect(await history.codes()).toEqual(Array(3).fill('identity.verb_rejected_simplified'))
    },
  )

  it('and is skipped where the import is not strict (IDS-22)', async () => {
    const history = await start()
    const { token } = history.project
    const records = history.records(onDevice('e1', 'D1'), sdkIdentify, alias('U2', 'U1'), merge('U1', 'U2'))
    const answer = await server.send({
      method: 'POST',
      url: '/import?strict=0&verbose=1',
      headers: { ...basic(token), 'content-type': 'application/json' },
      payload: JSON.stringify(records),
    })
    expect(answer.json()).toEqual({ code: 200, error: null, num_records_imported: 1, status: 1 })
    expect(await history.users()).toEqual(['$device:D1'])
    expect(await history.export()).toHaveLength(1)
  })

  it('$merge by /track is answered 0 (IDS-23, TRK-38)', async () => {
    const history = await start()
    expect(await history.sendEach('track', asUser('e1', 'U1'), merge('U1', 'U2'))).toEqual(['1', '0'])
    const answer = await server.send(trackJson(history.records(merge('U1', 'U2')), '?verbose=1'))
    expect(answer.json()).toEqual({ error: '$merge is only accepted by /import', status: 0 })
    expect(await history.export()).toHaveLength(1)
    expect(await history.users()).toEqual(['U1'])
  })

  it('identify() and silence, told after the delay, healed by a later event (IDS-24)', async () => {
    const history = await start()
    await history.sendEach('track', onDevice('e1', 'D1'), sdkIdentify)
    server.clock.nowMs += 59_000
    expect(await history.codes()).toEqual(['identity.identify_noop'])
    server.clock.nowMs += 2_000
    const told = ['identity.identify_noop', 'identity.no_event_after_identify']
    expect(await history.codes()).toEqual(told)
    expect(await history.codes()).toEqual(told)
    expect(await history.owners()).toEqual({ e1: '$device:D1' })
    await history.sendEach('track', withBoth('e2', 'D1', 'U1'))
    expect(await history.owners()).toEqual({ e1: 'U1', e2: 'U1' })
    expect(await history.users()).toEqual(['U1 $device:D1'])
  })

  it.each([
    ['an event after it', [sdkIdentify, withBoth('e2', 'D1', 'U1')]],
    ['a device that is linked already', [withBoth('e2', 'D1', 'U1'), sdkIdentify]],
  ] as const)('not told with %s (IDS-24)', async (_name, sent) => {
    const history = await start({ identify_event_delay_s: 5 })
    await history.sendEach('track', ...sent)
    server.clock.nowMs += 6_000
    expect(await history.codes()).toEqual(['identity.identify_noop'])
  })
})

describe('for ever', () => {
  it('nothing undoes a link but the reset (IDS-33)', async () => {
    const history = await start()
    await history.sendEach('track', withBoth('e1', 'D1', 'U1'))
    await history.sendEach(
      'track',
      withBoth('e2', 'D1', 'U2'),
      identify('$device:D1', 'U2'),
      alias('D1', 'U2'),
    )
    await history.sendEach('track', onDevice('e3', 'D1'))
    expect(await history.users()).toEqual(['U1 $device:D1', 'U2'])
    expect(await history.reset()).toBe(204)
    expect([await history.users(), await history.codes(), await history.export()]).toEqual([[], [], []])
    await history.sendEach('track', withBoth('e4', 'D1', 'U2'))
    expect(await history.users()).toEqual(['U2 $device:D1'])
    expect(await history.failureReasons()).toEqual([])
  })

  it('the mode is fixed while there are events (IDS-34)', async () => {
    const history = await start()
    const change = async (id_management: string) => {
      const url = `/_twin/projects/${history.project.token}`
      return (await server.send({ method: 'PATCH', url, payload: { id_management } })).statusCode
    }
    expect(await change('original')).toBe(200)
    expect(await change('simplified')).toBe(200)
    await history.sendEach('track', onDevice('e1', 'D1'))
    expect(await change('original')).toBe(409)
    await history.reset()
    expect(await change('original')).toBe(200)
    await history.sendEach('track', withBoth('e1', 'D1', 'U1'), under('e2', 'U1'))
    expect(await history.users()).toEqual(['U1'])
  })
})
