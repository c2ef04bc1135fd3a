import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A1,
  A2,
  A3,
  alias,
  History,
  identify,
  merge,
  type Sent,
  under,
  type Way,
} from '../support/identity.ts'
import { basic, importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Original ID Merge, as senders and readers see it (chapter IDO): three verbs, what each joins, and how it says
 * that it did not.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (settings: object = {}) => History.start(server, 'original', settings)
const event = (n: number, id: string) => under(`e${n}`, id)

const sameIds = (id: string) => [
  'errSameIDs',
  `Identified and anon ID are same in the identify request ${id}`,
]
const notGuid = (id: string) => [
  'errAnonDistinctIdNonGUIDForm',
  `$anon_distinct_id didn't match expected GUID pattern: ${id}`,
]
const assigned = (id: string) => [
  'errAnonDistinctIdAssignedAlready',
  `$anon_distinct_id already identified: ${id}`,
]
const ALIAS_EXISTS = ['errAliasAlreadyExists', 'alias already exists with the id']
const tooMany = (size: number) => [
  'errManyIDs',
  `too many distinctIDs mapped together, Cluster size: ${size} Max limit: 500`,
]

type Failure = readonly string[]
/** A title, what is sent, the users in the end, and the refusals of the verbs, in order. */
type Row = readonly [string, readonly Sent[], readonly string[], readonly Failure[]]

const U1A1 = [event(1, 'U1'), event(2, A1), identify(A1, 'U1')]

// biome-ignore format: a table, a row or two lines for each history
const ROWS: readonly Row[] = [
  ['a prefixed id is another id (IDO-02)', [event(1, A1), event(2, `$device:${A1}`)], [`$device:${A1}`, A1], []],
  ['same ids (IDO-06)', [identify(A1, A1)], [A1], [sameIds(A1)]],
  ['not GUID-shaped (IDO-07)',
    [identify('session_abc123', 'U1'), event(1, 'session_abc123')], ['U1', 'session_abc123'], [notGuid('session_abc123')]],
  ['identified already (IDO-08)', [...U1A1, identify(A1, 'U2')], [`U1 ${A1}`, 'U2'], [assigned(A1)]],
  ['same ids before their form (IDO-05)', [identify('x', 'x')], ['x'], [sameIds('x')]],
  ['the form before who has it (IDO-05)',
    [...U1A1, alias('k', 'U1'), identify('k', 'U2')], [`U1 ${A1} k`, 'U2'], [notGuid('k')]],
  ['the same pair again (IDO-11)', [...U1A1, identify(A1, 'U1')], [`U1 ${A1}`], [assigned(A1)]],
  ['without reset, the last user as anonymous id (IDO-12a)',
    [...U1A1, identify('U1', 'U2')], [`U1 ${A1}`, 'U2'], [notGuid('U1')]],
  ['which merges two people where it looks like a GUID (IDO-12b)',
    [event(1, A3), identify(A1, A3), identify(A3, 'U2')], [`${A3} ${A1} U2`], []],
  ['an alias (IDO-14)', [event(1, 'U1'), event(2, 'u1@x.io'), alias('u1@x.io', 'U1')], ['U1 u1@x.io'], []],
  ['an alias once only, to another id (IDO-15)',
    [event(1, 'U1'), alias('k', 'U1'), alias('k', 'U2')], ['U1 k', 'U2'], [ALIAS_EXISTS]],
  ['nor to the same id (IDO-15)',
    [event(1, 'U1'), alias('k', 'U1'), alias('k', 'U1')], ['U1 k'], [ALIAS_EXISTS]],
  ['many aliases of one id (IDO-16)', [event(1, 'U1'), alias('k1', 'U1'), alias('k2', 'U1')], ['U1 k1 k2'], []],
  ['a chain of aliases (IDO-17)',
    [event(1, 'U1'), alias('k1', 'U1'), alias('k2', 'k1'), alias('k3', 'k2')], ['U1 k1 k2 k3'], []],
  ['an alias joins what $identify refuses (IDO-18)',
    [...U1A1, alias(A1, 'U2'), alias('session_abc123', 'U2')], [`U1 ${A1} U2 session_abc123`], []],
  ['an alias of itself (IDO-19)', [event(1, 'U1'), alias('U1', 'U1')], ['U1'], [sameIds('U1')]],
  ['nothing takes ids apart again (IDO-27)',
    [...U1A1, identify(A1, 'U2'), alias('U2', 'U2'), identify('U1', 'U1'), event(3, A1)], [`U1 ${A1}`, 'U2'], [assigned(A1), sameIds('U2'), sameIds('U1')]],
  ['anonymous and anonymous by $create_alias (IDO-28)', [event(1, A1), alias(A2, A1)], [`${A1} ${A2}`], []],
  ['not by $identify once one of them is taken (IDO-28)',
    [...U1A1, identify(A1, A2)], [A2, `U1 ${A1}`].toSorted(), [assigned(A1)]],
  ['user and user by $create_alias (IDO-29)',
    [...U1A1, event(3, 'U2'), identify(A2, 'U2'), alias('U2', 'U1')], [`U1 ${[A1, A2, 'U2'].join(' ')}`], []],
  ['one user on two devices (IDO-31)', [...U1A1, identify(A2, 'U1')], [`U1 ${A1} ${A2}`], []],
  ['two users of one device, reset between (IDO-32)',
    [...U1A1, event(3, 'U2'), event(4, A2), identify(A2, 'U2')], [`U1 ${A1}`, `U2 ${A2}`], []],
]

describe.each<Way>(['track', 'import'])('events by /%s', (way) => {
  it.each(ROWS)('%s', async (_rule, sent, users, failures) => {
    const history = await start()
    const answers = await history.sendEach(way, ...sent)
    // IDO-13: a refused verb is answered as any other, and stored.
    const success = way === 'track' ? '1' : '{"code":200,"num_records_imported":1,"status":"OK"}'
    expect(new Set(answers)).toEqual(new Set([success]))
    expect(await history.users()).toEqual(users)
    expect((await history.failureReasons()).map(([, ...told]) => told)).toEqual(failures)
    expect(await history.export()).toHaveLength(sent.length)
  })

  it.each(ROWS)('in one request, and explained: %s (GEN-07)', async (_rule, sent, users, failures) => {
    const history = await start()
    const records = history.records(...sent)
    const explained = await history.explain('original', way, records)
    expect(explained.users).toEqual(users.toSorted())
    await history.post(way, records)
    expect(await history.users()).toEqual(users)
    expect((await history.failureReasons()).map(([, ...told]) => told)).toEqual(failures)
    expect(await history.codes()).toEqual(explained.codes)
  })

  it('$device_id and $user_id join nobody (IDO-01)', async () => {
    const history = await start()
    const dual: Sent = ['e2', { distinct_id: 'U1', $device_id: A1, $user_id: 'U1' }]
    await history.sendEach(way, event(1, A1), dual)
    expect(await history.users()).toEqual([A1, 'U1'])
    expect(await history.codes()).toEqual(['identity.dual_id_inert'])
  })

  it.each<[string, object]>([
    ['$anon_id and $identified_id', { $anon_id: A1, $identified_id: 'U1' }],
    ['$anon_distinct_id and distinct_id', { $anon_distinct_id: A1, distinct_id: 'U1' }],
    ['$anon_id and distinct_id', { $anon_id: A1, distinct_id: 'U1' }],
    ['$anon_id before $anon_distinct_id', { $anon_id: A1, $anon_distinct_id: A2, distinct_id: 'U1' }],
    ['$identified_id before distinct_id', { $anon_id: A1, $identified_id: 'U1', distinct_id: 'U1' }],
  ])('%s (IDO-03, IDO-04, IDO-30)', async (_form, ids) => {
    const history = await start()
    await history.sendEach(
      way,
      event(1, A1),
      event(2, A1),
      ['$identify', { ...ids }],
      event(3, 'U1'),
      event(4, A1),
    )
    expect(await history.users()).toEqual([`${A1} U1`])
    expect(await history.owners()).toEqual({ e1: A1, e2: A1, e3: A1, e4: A1 })
    expect(await history.failureReasons()).toEqual([])
    const verb = (await server.readEvents(history.project.token)).find((own) => own.event === '$identify')
    expect(verb?.original_distinct_id).toBe('U1')
  })

  it.each<[string, Sent]>([
    ['IDO-03', ['$identify', { distinct_id: 'U1' }]],
    ['IDO-03', ['$identify', { distinct_id: 'U1', $anon_id: '' }]],
    ['IDO-19', ['$create_alias', { distinct_id: 'U1' }]],
    ['IDO-19', ['$create_alias', { distinct_id: 'U1', alias: null }]],
  ])('%s: an id missing in %j: stored, no effect', async (_rule, verb) => {
    const history = await start()
    await history.sendEach(way, event(1, 'U1'), verb)
    expect(await history.users()).toEqual(['U1'])
    expect(await history.export()).toHaveLength(2)
    expect(await history.codes()).toEqual(['identity.verb_incomplete'])
  })

  it('more ids than a user may have (IDO-09, IDO-22, DEC-02)', async () => {
    const history = await start({ id_cluster_max: 3 })
    const full = [event(1, 'U1'), identify(A1, 'U1'), identify(A2, 'U1'), event(2, A3)]
    await history.sendEach(way, ...full, identify(A3, 'U1'), alias('k', 'U1'), identify(A3, 'U1'))
    expect(await history.users()).toEqual([A3, `U1 ${A1} ${A2}`])
    const told = ['$identify', '$create_alias', '$identify'].map((verb) => [verb, ...tooMany(4)])
    expect(await history.failureReasons()).toEqual(told)
    expect(await history.codes('code=identity.cluster_full')).toHaveLength(3)
  })
})

describe('which refusal is told (IDO-05)', () => {
  it('who has it before how many there are (IDO-05, IDO-08)', async () => {
    const history = await start({ id_cluster_max: 2 })
    await history.sendEach(
      'track',
      event(1, 'U1'),
      identify(A1, 'U1'),
      identify(A1, 'U2'),
      identify(A2, 'U1'),
    )
    expect((await history.failureReasons()).map(([, ...told]) => told)).toEqual([assigned(A1), tooMany(3)])
  })
})

describe('the form of an anonymous id (IDO-10)', () => {
  const OLD = '13bbf7943e584-0885c2531-5c793977-3e8000-13bbf7943e64cf'
  const V1 = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
  it.each([
    [A1, true, []],
    [A1.toUpperCase(), true, []],
    [`$device:${A1}`, true, []],
    [OLD, true, ['identity.anon_not_uuid4']],
    [`$device:${OLD}`, true, ['identity.anon_not_uuid4']],
    [V1, true, ['identity.anon_not_uuid4']],
    ['a-b-c-d-e', true, ['identity.anon_not_uuid4']],
    ['session_abc123_v1', false, ['identity.anon_not_guid']],
    ['a-b-c-d', false, ['identity.anon_not_guid']],
    ['a-b-c-d-e-f', false, ['identity.anon_not_guid']],
    ['a--c-d-e', false, ['identity.anon_not_guid']],
    [`$device:$device:${A1}`, false, ['identity.anon_not_guid']],
    [` ${A1}`, false, ['identity.anon_not_guid']],
    [A1.replaceAll('-', ''), false, ['identity.anon_not_guid']],
  ])('%s', async (anon, isJoined, codes) => {
    for (const anon_id_form of ['guid-shape', 'uuid4']) {
      const history = await start({ anon_id_form })
      await history.sendEach('track', event(1, 'U1'), event(2, anon), identify(anon, 'U1'))
      const joins = anon_id_form === 'uuid4' ? codes.length === 0 : isJoined
      expect(await history.users()).toHaveLength(joins ? 1 : 2)
      expect(await history.codes()).toEqual(joins === isJoined ? codes : ['identity.anon_not_guid'])
    }
  })
})

describe('verdicts', () => {
  it.each<[string, readonly Sent[], readonly object[]]>([
    [
      'another (IDO-08)',
      [...U1A1, identify(A1, 'U2')],
      [{ code: 'identity.anon_already_identified', severity: 'warning' }],
    ],
    [
      'the same (IDO-11)',
      [...U1A1, identify(A1, 'U1')],
      [{ code: 'identity.anon_already_identified', severity: 'info' }],
    ],
    [
      'two people in one (IDO-12)',
      [event(1, A3), identify(A1, A3), event(2, 'U2'), identify(A3, 'U2')],
      [
        { code: 'identity.canonical_is_anonymous', severity: 'info' },
        { code: 'identity.shared_device_merge', severity: 'error' },
      ],
    ],
    ['IDO-15', [event(1, 'U1'), alias('k', 'U1'), alias('k', 'U2')], [{ code: 'identity.alias_exists' }]],
    ['IDO-06', [identify(A1, A1)], [{ code: 'identity.same_ids', outcome: 'no_effect' }]],
    ['IDO-23', [event(1, A1), identify(A1, 'U1')], [{ code: 'identity.canonical_is_anonymous' }]],
  ])('%s', async (_rule, sent, verdicts) => {
    const history = await start()
    await history.sendEach('track', ...sent)
    expect(await history.verdicts()).toMatchObject(verdicts)
  })

  it('told before a user is full, from nine tenths on (IDO-22)', async () => {
    const history = await start({ id_cluster_max: 10 })
    const ids = Array.from({ length: 10 }, (_, n) => `k${n}`)
    await history.sendEach('import', event(1, 'U1'), ...ids.map((id) => alias(id, 'U1')))
    const nearly = 'identity.cluster_nearly_full'
    const codes = (await history.codes()).filter((code) => code !== 'identity.people_joined')
    expect(codes).toEqual([nearly, nearly, 'identity.cluster_full'])
  })
})

describe('two names of one user (IDO-35)', () => {
  const joined = ['identity.people_joined']
  it.each<[string, readonly Sent[], readonly string[]]>([
    ['two aliases of one device', [alias('charlie', A1), alias('anna', A1)], joined],
    ['another id of a person', [identify(A1, 'U1'), alias('u1@x.example', 'U1')], []],
    ['an alias of the device of a person', [identify(A1, 'U1'), alias('anna', A1)], joined],
    ['an alias that is a person', [identify(A1, 'U1'), identify(A2, 'U2'), alias('U2', 'U1')], joined],
    ['a person on the device of a name', [alias('charlie', A1), identify(A1, 'U1')], joined],
    ['the same name twice', [alias('charlie', A1), identify(A1, 'charlie')], []],
    ['$merge of two people', [identify(A1, 'U1'), identify(A2, 'U2'), merge('U1', 'U2')], joined],
    ['$merge by their devices', [identify(A1, 'U1'), identify(A2, 'U2'), merge(A1, A2)], joined],
    ['$merge of a person and a device', [identify(A1, 'U1'), merge('U1', A2)], []],
  ])('%s', async (_name, sent, expected) => {
    const history = await start()
    await history.sendEach('import', event(1, 'U1'), event(2, 'U2'), ...sent)
    const codes = (await history.codes()).filter((code) => code !== 'identity.canonical_is_anonymous')
    expect(codes).toEqual(expected)
    if (expected.length === 0) return
    const verdict = (await history.verdicts()).find(({ code }) => code === expected[0])
    expect(verdict?.message).toMatch(
      /^\$(create_alias|identify|merge) merged (\S+) and (?!\2 )\S+ into one user/,
    )
  })
})

describe('$merge', () => {
  it.each<[string, readonly Sent[], readonly string[]]>([
    ['both clusters whole (IDO-20)', [...U1A1, alias('k', 'U2'), merge('k', A1)], [`U1 ${A1} U2 k`]],
    [
      'in any order (IDO-20)',
      [event(1, 'A'), merge('B', 'C'), merge('C', 'D'), merge('A', 'C')],
      ['A B C D'],
    ],
    [
      'and then $identify (IDO-20)',
      [event(1, A1), merge(A1, A2), merge(A2, A3), identify(A1, 'U1')],
      [`${A1} ${A2} ${A3} U1`],
    ],
    ['anonymous and anonymous (IDO-28)', [event(1, A1), merge(A1, A2)], [`${A1} ${A2}`]],
    ['user and user (IDO-29)', [...U1A1, identify(A2, 'U2'), merge('U1', 'U2')], [`U1 ${A1} ${A2} U2`]],
    ['with itself (IDO-21)', [event(1, 'U1'), merge('U1', 'U1')], ['U1']],
    ['again (IDO-27)', [event(1, 'U1'), merge('U1', 'U2'), merge('U2', 'U1')], ['U1 U2']],
  ])('%s', async (_rule, sent, users) => {
    const history = await start()
    await history.sendEach('import', ...sent)
    expect(await history.users()).toEqual(users)
    expect(await history.failureReasons()).toEqual([])
    expect(await history.export()).toHaveLength(sent.length)
  })

  it('needs neither time nor $insert_id nor distinct_id (IDO-20)', async () => {
    const history = await start()
    const records = [{ event: '$merge', properties: { $distinct_ids: ['a', 'b'] } }]
    const answer = await server.send(importJson(history.project.token, records))
    expect(answer.json()).toEqual({ code: 200, num_records_imported: 1, status: 'OK' })
    const [line] = await history.export()
    expect(line?.properties).toMatchObject({ time: NOW_S, $insert_id: expect.stringMatching(/^\S+$/) })
    const [stored] = await server.readEvents(history.project.token)
    expect(stored?.original_distinct_id).toBe('a')
    expect((await history.user('b'))?.distinct_ids).toHaveLength(2)
  })

  it('as the Go SDK sends it (IDO-20, IMP-09)', async () => {
    const history = await start()
    const data = '{"event":"$merge","properties":{"$distinct_ids":["a","b"]}}'
    const answer = await server.send({
      method: 'POST',
      url: '/import',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic(history.project.secret) },
      payload: new URLSearchParams({ data }).toString(),
    })
    expect([answer.statusCode, answer.body]).toEqual([200, '1'])
    expect((await history.user('a'))?.distinct_ids.map(({ id }) => id).toSorted()).toEqual(['a', 'b'])
  })

  it.each([
    [undefined],
    [null],
    ['ab'],
    [[]],
    [['a']],
    [['a', 'b', 'c']],
    [['a', 1]],
    [['a', null]],
    [['a', '']],
  ])('$distinct_ids %j (IDO-21)', async ($distinct_ids) => {
    const history = await start()
    const records = history.records(event(1, 'a'), ['$merge', { $distinct_ids }])
    const strict = await server.send(importJson(history.project.token, records))
    expect(strict.json()).toMatchObject({
      code: 400,
      failed_records: [
        {
          index: 1,
          field: 'properties.$distinct_ids',
          message: "'properties.$distinct_ids' is invalid: must contain exactly two ids",
        },
      ],
      num_records_imported: 1,
    })
    const loose = await server.send(importJson(history.project.token, records, '?strict=0&verbose=1'))
    expect(loose.json()).toMatchObject({ num_records_imported: 1, status: 1 })
    expect(await history.users()).toEqual(['a'])
    expect((await history.export()).map((line) => line.event)).toEqual(['e1', 'e1'])
  })

  it('opposite merges at once are one user (IDO-33)', async () => {
    const history = await start({ id_cluster_max: 10 })
    const ids = Array.from({ length: 10 }, (_, n) => `id-${n}`)
    const pairs = ids.flatMap((id, n) => [
      merge(id, ids[(n + 1) % 10] ?? ''),
      merge(ids[(n + 1) % 10] ?? '', id),
    ])
    await Promise.all(pairs.map((pair) => history.batch('import', pair)))
    const users = await history.users()
    expect(users.map((user) => user.split(' ').toSorted())).toEqual([ids])
  })

  it('the limit holds however many join at once (IDO-22, IDO-33)', async () => {
    const history = await start({ id_cluster_max: 4 })
    await history.sendEach('import', event(1, 'U'))
    await Promise.all(Array.from({ length: 8 }, (_, n) => history.batch('import', merge('U', `id-${n}`))))
    expect((await history.user('U'))?.distinct_ids).toHaveLength(4)
    expect(await history.failureReasons()).toHaveLength(5)
  })
})

describe('answers, limits, reading', () => {
  it.each<[string, Sent]>([
    ['IDO-19', ['$create_alias', { alias: 'k' }]],
    ['IDO-03', ['$identify', { $anon_id: A1 }]],
  ])('%s, TRK-18: without distinct_id /track refuses it', async (_rule, verb) => {
    const history = await start()
    const answer = await server.send(trackJson(history.records(verb), '?verbose=1'))
    expect(answer.json()).toEqual({ error: 'distinct_id, missing or empty', status: 0 })
    expect(await history.export()).toEqual([])
  })

  it.each<[string, Sent, number]>([
    ['an event', ['E', { $device_id: 'D1', $user_id: 'U1' }], 400],
    ['$create_alias', ['$create_alias', { alias: 'k' }], 400],
    ['$identify', ['$identify', { $anon_id: A1, $identified_id: 'U1' }], 200],
    ['$merge', merge('a', 'b'), 200],
  ])('a strict import of %s without distinct_id (IDO-30, IMP-15)', async (_name, verb, status) => {
    const history = await start()
    const answer = await history.batch('import', verb)
    expect(answer.statusCode).toBe(status)
    if (status !== 400) return
    expect(answer.json()).toMatchObject({
      failed_records: [
        {
          field: 'properties.distinct_id',
          message: "'properties.distinct_id' is invalid: must not be missing",
        },
      ],
    })
  })

  it('of 510 anonymous ids identified into one user, 11 users are left (IDO-22, DEC-02)', async () => {
    const history = await start()
    const anon = Array.from(
      { length: 510 },
      (_, n) => `4f6d1a3e-0b1c-4d2e-8f3a-${String(n).padStart(12, '0')}`,
    )
    const answer = await history.batch('import', event(1, 'U1'), ...anon.map((id) => identify(id, 'U1')))
    expect(answer.statusCode).toBe(200)
    await history.batch('import', ...anon.map((id, n) => under(`after-${n}`, id)))
    const users = await history.users()
    expect(users).toHaveLength(11)
    expect(users.find((user) => user.startsWith('U1 '))?.split(' ')).toHaveLength(501)
    expect(await history.failureReasons()).toEqual(anon.slice(500).map(() => ['$identify', ...tooMany(502)]))
  })

  it.each<[string, readonly Sent[], string]>([
    ['first_seen', [event(1, A1), event(2, 'U1'), identify(A1, 'U1')], A1],
    ['first_seen', [event(1, 'U1'), event(2, A1), identify(A1, 'U1')], 'U1'],
    ['first_seen', [event(1, A1), identify(A2, 'U1'), alias('U1', A1)], A1],
    ['first_seen', [event(1, A2), event(2, A1), merge(A1, 'x'), merge('x', A2)], A2],
    ['identified', [event(1, A1), event(2, 'U1'), identify(A1, 'U1')], 'U1'],
    ['identified', [event(1, A1), identify(A1, 'U1'), merge('x', A1)], 'U1'],
  ])('%s, %j: %s (IDO-23)', async (canonical_policy, sent, canonical) => {
    const history = await start({ canonical_policy })
    await history.sendEach('import', ...sent)
    expect((await history.user(A1))?.distinct_id).toBe(canonical)
    expect(await history.users()).toHaveLength(1)
  })

  it('random:<seed> is the same for the same seed, whatever came first (IDO-23)', async () => {
    const canonicals = async (seed: string) => {
      const chosen: (string | undefined)[] = []
      for (const first of ['U1', A1]) {
        const history = await start({ canonical_policy: `random:${seed}` })
        await history.sendEach('track', event(1, first), identify(A1, 'U1'))
        chosen.push((await history.user('U1'))?.distinct_id)
      }
      return chosen
    }
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => canonicals(`seed-${n}`)))
    for (const [one, other] of all) expect(one).toBe(other)
    expect(new Set(all.flat())).toEqual(new Set(['U1', A1]))
  })

  it('the export shows one id, what each was, and the verbs (IDO-26, IDO-34, QRY-05)', async () => {
    const history = await start()
    await history.sendEach(
      'track',
      event(1, A1),
      event(2, 'U1'),
      identify(A1, 'U1'),
      event(3, 'U1'),
      event(4, A1),
    )
    const lines = (await history.export()).map(({ event: name, properties }) => [
      name,
      properties['distinct_id'],
      properties['$distinct_id_before_identity'],
    ])
    expect(lines).toEqual([
      ['e1', A1, undefined],
      ['e2', A1, 'U1'],
      ['$identify', A1, 'U1'],
      ['e3', A1, 'U1'],
      ['e4', A1, undefined],
    ])
  })

  it('a refused verb is in the export under its distinct_id, with the reason (IDO-13)', async () => {
    const history = await start()
    await history.sendEach('track', event(1, 'U1'), identify('session_abc123', 'U1'))
    const [$failure_reason, $failure_description] = notGuid('session_abc123')
    expect((await history.export()).at(-1)).toMatchObject({
      event: '$identify',
      properties: { distinct_id: 'U1', $failure_reason, $failure_description },
    })
  })
})
