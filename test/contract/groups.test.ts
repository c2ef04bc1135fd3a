import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Profiles, profilesJson, type Update, withoutLastSeen } from '../support/profiles.ts'
import { basic, startServer, type TestServer, toBase64 } from '../support/server.ts'

/*
 * Profiles of groups (chapter GRP): decoded and answered as those of users, kept by key and id, never merged. The
 * profile query finds those of declared keys; what is stored of all keys is read from the database.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (mode = 'simplified', group_keys: readonly string[] = ['company']) =>
  Profiles.start(server, mode, { group_keys })
const group = (own: Update): Update => ({ $group_key: 'company', $group_id: 'c1', ...own })

describe('an update of a group (GRP-01)', () => {
  it.each<[string, (data: unknown) => Parameters<TestServer['send']>[0]]>([
    ['by GET (node)', (d) => ({ url: `/groups?data=${encodeURIComponent(toBase64(d))}` })],
    [
      'by GET, to the path with a slash (js)',
      (d) => ({ url: `/groups/?data=${encodeURIComponent(JSON.stringify(d))}` }),
    ],
    ['as JSON', (d) => profilesJson('/groups', d)],
    [
      'in a beacon',
      (d) => ({
        ...profilesJson('/groups', d),
        headers: { 'content-type': 'text/plain;charset=UTF-8' },
        payload: `data=${encodeURIComponent(JSON.stringify(d))}`,
      }),
    ],
  ])('arrives %s', async (_how, request) => {
    const profiles = await start()
    const record = { $token: profiles.project.token, ...group({ $set: { plan: 'E' } }) }
    expect((await server.send(request(record))).body).toBe('1')
    expect((await server.send(request([{ ...record, $group_id: 'c2' }]))).body).toBe('1')
    expect(await profiles.stored()).toEqual({ 'company/c1': { plan: 'E' }, 'company/c2': { plan: 'E' } })
    expect(await profiles.codes()).toEqual([])
  })

  it('is answered in the forms of those of users (TRK-10)', async () => {
    const profiles = await start()
    const batch = [group({ $set: { a: 1 } }), { $group_key: 'company', $set: { a: 1 } }]
    expect(await profiles.groups(...batch)).toBe('1')
    expect(await profiles.send('/groups?verbose=1', batch)).toBe('{"error":null,"status":1}')
    const counted = '{"error":null,"num_good_events":1,"status":1}'
    expect(await profiles.send('/groups?verbose=2', batch), 'TRK-10').toBe(counted)
    expect(await profiles.send('/groups?callback=cb', batch)).toBe('cb(1);')
    expect(JSON.parse(await profiles.send('/groups?strict=1', batch))).toEqual({
      code: 400,
      error: 'some data points in the request failed validation',
      failed_records: [{ index: 1, field: '$group_id', message: "'$group_id' must not be missing or blank" }],
      num_good_events: 1,
      status: 'Bad Request',
    })
    const [good] = batch
    const body = await profiles.send('/groups?strict=1', [good])
    expect(body).toBe('{"code":200,"num_good_events":1,"status":"OK"}')
  })

  it('is one of at most 2000, each of at most 1 MB, for a known project', async () => {
    const profiles = await start()
    const own = { $token: profiles.project.token, ...group({ $set: { a: 1 } }) }
    expect((await server.send(profilesJson('/groups', Array(2_001).fill(own)))).statusCode).toBe(413)
    expect(await profiles.groups(group({ $set: { a: 'x'.repeat(1_048_576) } }))).toBe('0')
    expect(await profiles.groups(group({ $token: 'nobody', $set: { a: 1 } }))).toBe('1')
    expect(await profiles.stored()).toEqual({})
    expect((await server.send(profilesJson('/groups', Array(2_000).fill(own)))).body).toBe('1')
  })

  it.each<[Update, string]>([
    [group({ $token: '', $set: {} }), '$token, missing or empty'],
    [{ $group_id: 'c1', $set: {} }, '$group_key, missing or empty'],
    [{ $group_key: 'company', $set: {} }, '$group_id, missing or empty'],
    [group({ $group_id: null, $set: {} }), '$group_id, missing or empty'],
    [group({ $distinct_id: 'u', $set: {} }), '$distinct_id, not allowed'],
    [group({}), 'no valid operation'],
    [group({ $set: 'x' }), '$set, invalid'],
  ])('is refused: %j (GRP-02)', async (update, error) => {
    const profiles = await start()
    expect(JSON.parse(await profiles.send('/groups?verbose=1', [update]))).toEqual({ error, status: 0 })
    expect(await profiles.stored()).toEqual({})
  })

  it('tells who has sent a $distinct_id with it (GRP-02)', async () => {
    const profiles = await start()
    await profiles.groups(group({ $distinct_id: 'u', $set: { a: 1 } }))
    expect(await profiles.codes()).toEqual(['group.distinct_id_present', 'record.invalid'])
    const told = await profiles.verdict('group.distinct_id_present')
    expect(told).toMatchObject({ endpoint: '/groups', outcome: 'rejected', record_index: 0 })
  })
})

/** A title, updates in order, the group in the end, and the codes that are told. */
type Row = readonly [string, readonly Update[], Update | undefined, readonly string[]]

// biome-ignore format: a table, a row for each history
const ROWS: readonly Row[] = [
  ['$set (GRP-03)', [{ $set: { a: 1, b: 1 } }, { $set: { b: 2 } }], { a: 1, b: 2 }, []],
  ['$set_once (GRP-03)', [{ $set_once: { a: 1 } }, { $set_once: { a: 2, b: 3 } }], { a: 1, b: 3 }, []],
  ['$union (GRP-03)', [{ $union: { l: ['x'] } }, { $union: { l: ['x', 'y'] } }], { l: ['x', 'y'] }, []],
  ['$remove (GRP-03)', [{ $set: { l: ['x', 'y', 'x'] } }, { $remove: { l: 'x' } }], { l: ['y'] }, []],
  ['$unset (GRP-03)', [{ $set: { a: 1, b: 1 } }, { $unset: ['a'] }], { b: 1 }, []],
  ['$remove and $unset make none (GRP-03)', [{ $remove: { l: 'x' } }, { $unset: ['a'] }], undefined, []],
  ['no $add (GRP-04)', [{ $set: { seats: 1 } }, { $add: { seats: 1 } }], { seats: 1 }, ['group.operation_unsupported']],
  ['no $append (GRP-04)', [{ $append: { l: 1 } }], undefined, ['group.operation_unsupported']],
  ['no $merge (GRP-03)', [{ $merge: { o: { a: 1 } } }], undefined, ['group.operation_unsupported']],
  ['but what is beside it (GRP-04)', [{ $set: { a: 1 }, $add: { a: 1 } }], { a: 1 }, ['group.operation_unsupported']],
  ['$delete (GRP-09)', [{ $set: { a: 1 } }, { $delete: '' }], undefined, []],
  ['types differ (ENG-14)', [{ $set: { l: 'x' } }, { $union: { l: ['x'] } }], { l: 'x' }, ['profile.type_mismatch']],
  ['several operations (ENG-21)', [{ $set: { a: 1 }, $unset: ['a'] }], {}, ['profile.multiple_operations']],
]

describe.each(['simplified', 'original', 'legacy'])('groups in %s projects', (mode) => {
  it.each(ROWS)('%s', async (_rule, updates, profile, codes) => {
    const [profiles, atOnce] = [await start(mode), await start(mode)]
    for (const update of updates) expect(await profiles.groups(group(update))).toBe('1')
    expect(await atOnce.groups(...updates.map(group))).toBe('1')
    for (const own of [profiles, atOnce]) {
      expect((await own.stored())['company/c1']).toEqual(profile)
      expect(await own.codes()).toEqual(codes)
    }
  })

  it('go by their key and id, ids are texts (GRP-05)', async () => {
    const profiles = await start(mode, ['company', 'team'])
    const own = (key: unknown, id: unknown) => {
      return group({ $group_key: key, $group_id: id, $union: { seen: [`${key} ${id}`] } })
    }
    await profiles.groups(own('company', 7), own('team', 7), own('company', '7'), own('company', 'C7'))
    expect(await profiles.stored()).toEqual({
      'company/7': { seen: ['company 7'] },
      'team/7': { seen: ['team 7'] },
      'company/C7': { seen: ['company C7'] },
    })
  })

  it('are no users, and are not merged as users are (GRP-05)', async () => {
    const profiles = await start(mode)
    await profiles.engage({ $distinct_id: 'c1', $set: { a: 'user' } })
    await profiles.groups(group({ $set: { a: 'group' } }), group({ $group_id: 'c2', $set: { a: 'other' } }))
    await profiles.sendEach('import', ['$merge', { $distinct_ids: ['c1', 'c2'] }])
    await profiles.sendEach('track', ['$create_alias', { alias: 'c2', distinct_id: 'c1' }])
    await profiles.groups(group({ $group_id: 'c2', $union: { l: 1 } }))
    expect(await profiles.stored()).toEqual({
      c1: { a: 'user' },
      'company/c1': { a: 'group' },
      'company/c2': { a: 'other', l: [1] },
    })
    expect(await profiles.profile('c1')).toEqual({ a: 'user' })
  })
})

/** The names of the events that name this company, alone or in a list, as the raw export finds them. */
async function eventsOf({ project }: Profiles, company: string): Promise<readonly string[]> {
  const own = 'properties["company"]'
  const where = encodeURIComponent(`${own} == "${company}" or "${company}" in ${own}`)
  const url = `/api/2.0/export?from_date=2026-08-20&to_date=2026-08-20&where=${where}`
  const answer = await server.send({ url, headers: basic(project.secret) })
  expect(answer.statusCode).toBe(200)
  const lines = answer.body.split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { event: string }).event)
}

/** The groups of a key, by its place, as the profile query shows them: by id; its status where it refuses. */
async function queried({ project }: Profiles, data_group_id: number) {
  const url = `/api/query/engage?data_group_id=${data_group_id}`
  const answer = await server.send({ url, headers: basic(project.secret) })
  if (answer.statusCode !== 200) return answer.statusCode
  const { results } = answer.json<{ results: { $distinct_id: string; $properties: Update }[] }>()
  return Object.fromEntries(results.map((own) => [own.$distinct_id, withoutLastSeen(own.$properties)]))
}

describe('group keys', () => {
  it('one that is not declared is answered with 1, kept, and told (GRP-06)', async () => {
    const profiles = await start('simplified', [])
    expect(await profiles.groups(group({ $set: { a: 1 } }))).toBe('1')
    expect(await profiles.stored()).toEqual({ 'company/c1': { a: 1 } })
    expect(await profiles.verdict('group.key_undeclared')).toMatchObject({
      outcome: 'stored',
      message:
        'The group key company is not declared: the profile was stored, but cannot be found until it is declared.',
    })
  })

  it('one that is declared in other letter case is named (GRP-06, DIA-15)', async () => {
    const profiles = await start('simplified', ['Company'])
    await profiles.groups(group({ $set: { a: 1 } }))
    expect(await profiles.verdict('group.key_undeclared')).toMatchObject({
      advice: 'Send Company, which is declared, as $group_key.',
    })
  })

  it('declared afterwards, it is found, and told no more (GRP-06)', async () => {
    const profiles = await start('simplified', [])
    await profiles.groups(group({ $set: { a: 1 } }))
    expect(await queried(profiles, 1)).toBe(400)
    const url = `/_twin/projects/${profiles.project.token}`
    const answer = await server.send({
      method: 'PATCH',
      url,
      payload: { settings: { group_keys: ['company'] } },
    })
    expect(answer.statusCode).toBe(200)
    await profiles.groups(group({ $set: { b: 1 } }))
    expect(await profiles.codes()).toEqual(['group.key_undeclared'])
    expect(await profiles.stored()).toEqual({ 'company/c1': { a: 1, b: 1 } })
    expect(await queried(profiles, 1)).toEqual({ c1: { a: 1, b: 1 } })
  })

  it('a user, and a group of another key, of the same id are others (GRP-05, GRP-09)', async () => {
    const profiles = await start('simplified', ['company', 'team'])
    await profiles.engage({ $distinct_id: 'c1', $set: { of: 'user' } })
    await profiles.groups(group({ $set: { of: 'company' } }))
    await profiles.groups(group({ $group_key: 'team', $set: { of: 'team' } }))
    expect(await queried(profiles, 1)).toEqual({ c1: { of: 'company' } })
    expect(await queried(profiles, 2)).toEqual({ c1: { of: 'team' } })
    await profiles.groups(group({ $delete: '' }))
    expect([await queried(profiles, 1), await queried(profiles, 2)]).toEqual([{}, { c1: { of: 'team' } }])
    await profiles.engage({ $distinct_id: 'c1', $delete: '' })
    expect(await queried(profiles, 2)).toEqual({ c1: { of: 'team' } })
    expect(await profiles.stored()).toEqual({ 'team/c1': { of: 'team' } })
  })

  it('an event is found by each group that it names itself, declared before or after (GRP-07)', async () => {
    const profiles = await start('simplified', [])
    await profiles.sendEach('track', ['before', { distinct_id: 'u', company: 'c1' }])
    const url = `/_twin/projects/${profiles.project.token}`
    const payload = { settings: { group_keys: ['company'] } }
    expect((await server.send({ method: 'PATCH', url, payload })).statusCode).toBe(200)
    await profiles.engage({ $distinct_id: 'member', $set: { company: 'c1' } })
    await profiles.sendEach(
      'track',
      ['one', { distinct_id: 'u', company: 'c1' }],
      ['both', { distinct_id: 'u', company: ['c1', 'c2'] }],
      ['by profile only', { distinct_id: 'member' }],
    )
    expect(await eventsOf(profiles, 'c1')).toEqual(['before', 'one', 'both'])
    expect(await eventsOf(profiles, 'c2')).toEqual(['both'])
    expect(await profiles.codes()).toEqual([])
    const events = await profiles.export()
    expect(events.map(({ event, properties }) => [event, properties['company']])).toEqual([
      ['before', 'c1'],
      ['one', 'c1'],
      ['both', ['c1', 'c2']],
      ['by profile only', undefined],
    ])
  })

  it('of more groups in one event the first 255 are kept (GRP-07, PRP-14)', async () => {
    const profiles = await start()
    const company = Array.from({ length: 300 }, (_, n) => `c${n}`)
    await profiles.sendEach('track', ['E', { distinct_id: 'u', company }])
    const [event] = await profiles.export()
    expect(event?.properties['company']).toEqual(company.slice(0, 255))
    expect(await eventsOf(profiles, 'c254')).toEqual(['E'])
    expect(await eventsOf(profiles, 'c255')).toEqual([])
  })

  it('more than three are taken (GRP-08)', async () => {
    const keys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6']
    const profiles = await start('simplified', keys)
    expect(await profiles.groups(...keys.map((key) => group({ $group_key: key, $set: { key } })))).toBe('1')
    expect(Object.keys(await profiles.stored())).toHaveLength(keys.length)
    expect(await profiles.codes()).toEqual([])
  })

  it('$delete of a group leaves its events and its members (GRP-09)', async () => {
    const profiles = await start()
    await profiles.sendEach('track', ['E', { distinct_id: 'u', company: 'c1' }])
    await profiles.engage({ $distinct_id: 'u', $set: { company: 'c1' } })
    await profiles.groups(group({ $set: { a: 1 } }), group({ $delete: '' }))
    expect(await profiles.stored()).toEqual({ u: { company: 'c1' } })
    const [event] = await profiles.export()
    expect(event?.properties['company']).toBe('c1')
  })

  it('a group is last seen as a user is (ENG-26)', async () => {
    const profiles = await start()
    await profiles.groups(group({ $set: { a: 1 }, $time: 1_767_225_600 }))
    const { rows } = await server.db.pool.query('select properties from profile where project_id = $1', [
      profiles.project.records_id,
    ])
    expect(rows).toEqual([{ properties: { a: 1, $last_seen: '2026-01-01T00:00:00' } }])
  })
})
