import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { A1, alias, History, identify, merge, type Sent, under, type Way } from '../support/identity.ts'
import { startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Legacy ID management, as senders and readers see it (chapter IDL): a table of aliases, applied when an event
 * arrives. What is stored never changes hands.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (settings: object = {}) => History.start(server, 'legacy', settings)

/** A title, what is sent, whose the ordinary events are, the users, and the verdicts. */
type Row = readonly [string, readonly Sent[], readonly string[], readonly string[], readonly string[]]

const ignored = 'identity.alias_ignored_legacy'

// biome-ignore format: a table, a row or two lines for each history
const ROWS: readonly Row[] = [
  ['an alias (IDL-01)',
    [under('e1', '12345'), alias('sally', '12345'), under('e2', 'sally')], ['12345', '12345'], ['12345 sally'], []],
  ['is not retroactive (IDL-02)',
    [under('e0', 'sally'), under('e1', '12345'), alias('sally', '12345'), under('e2', 'sally')], ['sally', '12345', '12345'], ['12345 sally', 'sally'], ['identity.alias_not_retroactive']],
  ['points to one id for ever (IDL-03)',
    [under('e1', '12345'), alias('sally', '12345'), under('e3', '67890'), alias('sally', '67890'), under('e4', 'sally')], ['12345', '67890', '12345'], ['12345 sally', '67890'], [ignored]],
  ['many aliases of one id, and chains (IDL-04)',
    [alias('a', '12345'), alias('c', '12345'), alias('b', 'a'), under('e1', 'b'), under('e2', 'c')], ['12345', '12345'], ['12345 a b c'], ['identity.people_joined', 'identity.people_joined']],
  ['two names of one device are one user, which is told (IDL-15)',
    [under('e1', A1), alias('charlie', A1), alias('anna', A1), under('e2', 'anna')], [A1, A1], [`${A1} anna charlie`], ['identity.people_joined']],
  ['another name of a name is told of nobody (IDL-15)',
    [alias('charlie', A1), alias('c@x.example', 'charlie'), under('e1', 'c@x.example')], [A1], [`${A1} c@x.example charlie`], []],
  ['a chain built from its end (IDL-05)',
    [alias('b', 'a'), under('e1', 'b'), alias('a', '12345'), under('e2', 'b'), under('e3', 'a')], ['a', '12345', '12345'], ['12345 a b', 'a'], ['identity.alias_not_retroactive']],
  ['circles are refused (IDL-05)',
    [alias('b', 'a'), alias('a', 'b'), under('e1', 'a'), under('e2', 'b')], ['a', 'a'], ['a b'], [ignored]],
  ['and longer ones (IDL-05)',
    [alias('b', 'a'), alias('c', 'b'), alias('a', 'c'), under('e1', 'c'), under('e2', 'a')], ['a', 'a'], ['a b c'], [ignored]],
  ['$identify joins nobody (IDL-06)',
    [under('e1', A1), identify(A1, 'U1'), under('e2', 'U1')], [A1, 'U1'], [A1, 'U1'], ['identity.identify_noop']],
  ['identify() of an SDK is another distinct_id, and another user (IDL-08)',
    [under('e1', '67890'), under('e2', 'sally')], ['67890', 'sally'], ['67890', 'sally'], []],
  ['$device_id and $user_id are inert (IDL-09)',
    [under('e1', A1), ['e2', { distinct_id: 'U1', $device_id: A1, $user_id: 'U1' }]], [A1, 'U1'], [A1, 'U1'], []],
]

describe.each<Way>(['track', 'import'])('events by /%s', (way) => {
  it.each(ROWS)('%s', async (_rule, sent, owners, users, codes) => {
    const history = await start()
    const answers = await history.sendEach(way, ...sent)
    const success = way === 'track' ? '1' : '{"code":200,"num_records_imported":1,"status":"OK"}'
    expect(new Set(answers)).toEqual(new Set([success]))
    expect(Object.values(await history.owners())).toEqual(owners)
    expect(await history.users()).toEqual(users)
    expect(await history.codes()).toEqual(codes)
    // IDL-13: nothing is said in the event itself.
    expect(await history.failureReasons()).toEqual([])
    expect(await history.export()).toHaveLength(sent.length)
  })

  it.each(ROWS)('in one request, and explained: %s (GEN-07)', async (_rule, sent, owners, users, codes) => {
    const history = await start()
    const records = history.records(...sent)
    const explained = await history.explain('legacy', way, records)
    expect(explained).toEqual({ users: users.toSorted(), codes })
    await history.post(way, records)
    expect(Object.values(await history.owners())).toEqual(owners)
    expect(await history.users()).toEqual(users)
    expect(await history.codes()).toEqual(codes)
  })

  it('what is stored is never marked as re-keyed (IDL-02)', async () => {
    const history = await start()
    await history.sendEach(way, under('e0', 'sally'), alias('sally', '12345'), under('e2', 'sally'))
    const lines = (await history.export()).map(({ event, properties }) => [
      event,
      properties['distinct_id'],
      properties['$is_reshuffled'],
      properties['$preshuffle_distinct_id'],
    ])
    expect(lines).toEqual([
      ['e0', 'sally', undefined, undefined],
      ['$create_alias', '12345', undefined, undefined],
      ['e2', '12345', undefined, undefined],
    ])
  })

  it('in one batch an alias works from its place on (IDL-02, IDL-04)', async () => {
    const history = await start()
    await history.batch(way, under('e0', 'sally'), alias('sally', '12345'), under('e2', 'sally'))
    expect(await history.owners()).toEqual({ e0: 'sally', e2: '12345' })
  })

  it.each([[undefined], [null], ['']])('alias %j: stored, no effect (IDL-11)', async (name) => {
    const history = await start()
    await history.sendEach(way, ['$create_alias', { distinct_id: '12345', alias: name }], under('e1', 'x'))
    expect(await history.owners()).toEqual({ e1: 'x' })
    expect(await history.export()).toHaveLength(2)
    expect(await history.codes()).toEqual(['identity.verb_incomplete'])
  })

  it('a target that has aliases may become one (IDL-14)', async () => {
    const history = await start()
    await history.sendEach(way, alias('a', 'k'), alias('k', 'X'), under('e1', 'a'), under('e2', 'k'))
    expect(await history.owners()).toEqual({ e1: 'X', e2: 'X' })
    const ids = (await history.user('a'))?.distinct_ids.map(({ id }) => id)
    expect(ids?.toSorted()).toEqual(['X', 'a', 'k'])
  })

  it('an alias of itself changes nothing (IDL-14)', async () => {
    const history = await start()
    await history.sendEach(way, alias('k', 'k'), under('e1', 'k'), alias('k', 'X'), under('e2', 'k'))
    expect(await history.owners()).toEqual({ e1: 'k', e2: 'X' })
  })

  it('no limit of ids (IDL-13)', async () => {
    const history = await start({ id_cluster_max: 2 })
    const names = Array.from({ length: 600 }, (_, n) => `a${n}`)
    await history.batch(way, ...names.map((name) => alias(name, 'root')))
    await history.sendEach(way, under('e1', 'a599'))
    expect(await history.owners()).toEqual({ e1: 'root' })
    expect((await history.user('a599'))?.distinct_ids).toHaveLength(601)
    expect(await history.failureReasons()).toEqual([])
  })
})

describe('what else is said', () => {
  it('a second alias is answered 1, and told (IDL-03)', async () => {
    const history = await start()
    const answers = await history.sendEach('track', alias('sally', '12345'), alias('sally', '67890'))
    expect(answers).toEqual(['1', '1'])
    const [verdict] = await history.verdicts()
    expect(verdict).toMatchObject({ code: ignored, outcome: 'no_effect', severity: 'error' })
    expect(verdict?.message).toContain('sally')
    expect(verdict?.message).toContain('12345')
  })

  it('$merge by /import is stored and joins nobody (IDL-07, IMP-26)', async () => {
    const history = await start()
    const [body] = await history.sendEach('import', merge('a', 'b'), under('e1', 'a'), under('e2', 'b'))
    expect(body).toBe('{"code":200,"num_records_imported":1,"status":"OK"}')
    expect(await history.owners()).toEqual({ e1: 'a', e2: 'b' })
    expect((await history.export()).map((line) => line.event).toSorted()).toEqual(['$merge', 'e1', 'e2'])
  })

  it('and by /track refused (IDL-07, TRK-38)', async () => {
    const history = await start()
    const answer = await server.send(trackJson(history.records(merge('a', 'b')), '?verbose=1'))
    expect(answer.json()).toEqual({ error: '$merge is only accepted by /import', status: 0 })
    expect(await history.export()).toEqual([])
  })

  it('without distinct_id /track refuses the alias (IDL-11, TRK-18)', async () => {
    const history = await start()
    const records = history.records(['$create_alias', { alias: 'sally' }])
    expect((await server.send(trackJson(records, '?verbose=1'))).json()).toEqual({
      error: 'distinct_id, missing or empty',
      status: 0,
    })
    expect(await history.export()).toEqual([])
  })

  it('an alias is found under any of its ids, and goes with the reset (IDL-01)', async () => {
    const history = await start()
    await history.sendEach('track', under('e1', '12345'), alias('sally', '12345'), under('e2', 'sally'))
    for (const id of ['12345', 'sally']) {
      expect(await history.user(id)).toMatchObject({ distinct_id: '12345', events: { count: 3 } })
    }
    await history.reset()
    await history.sendEach('track', under('e3', 'sally'))
    expect(await history.owners()).toEqual({ e3: 'sally' })
  })
})
