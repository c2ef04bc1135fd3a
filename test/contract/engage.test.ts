import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Profiles, profilesJson, type Update } from '../support/profiles.ts'
import { basic, NOW_MS, NOW_S, startServer, type TestServer, toBase64 } from '../support/server.ts'

/*
 * Updates of users' profiles, as senders and readers see them (chapter ENG): every carrier and form of answer,
 * what each operation makes of a profile, and what is told of those that make nothing.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (mode = 'simplified', settings: object = {}) => Profiles.start(server, mode, settings)
const user = (own: Update): Update => ({ $distinct_id: 'u', ...own })
const NOW = '2026-08-20T12:00:00'

describe('a profile update arrives (ENG-01)', () => {
  const FORM = 'application/x-www-form-urlencoded'
  const percent = (data: unknown) => encodeURIComponent(JSON.stringify(data))
  const percentBase64 = (data: unknown) => encodeURIComponent(toBase64(data))
  const post = (contentType: string, payload: string | Buffer, headers: object = {}): InjectOptions => {
    return { method: 'POST', url: '/engage', headers: { 'content-type': contentType, ...headers }, payload }
  }
  it.each<[string, (data: unknown) => InjectOptions]>([
    ['by GET, base64 (node)', (d) => ({ url: `/engage?data=${percentBase64(d)}` })],
    ['by GET, JSON', (d) => ({ url: `/engage?data=${percent(d)}` })],
    [
      'by GET, to the path with a slash (js)',
      (d) => ({ url: `/engage/?verbose=0&ip=1&_=17&data=${percent(d)}` }),
    ],
    ['in a form, base64 (android)', (d) => post(FORM, `data=${percentBase64(d)}`)],
    ['in a form, raw base64 (php)', (d) => post(FORM, `data=${toBase64(d)}`)],
    ['in a form, JSON (js, python)', (d) => post(FORM, `data=${percent(d)}`)],
    ['in a beacon (js)', (d) => post('text/plain;charset=UTF-8', `data=${percent(d)}`)],
    ['in a beacon, base64', (d) => post('text/plain;charset=UTF-8', `data=${percentBase64(d)}`)],
    ['as JSON (go, swift)', (d) => post('application/json', JSON.stringify(d))],
    [
      'compressed',
      (d) => post('application/json', gzipSync(JSON.stringify(d)), { 'content-encoding': 'gzip' }),
    ],
  ])('%s (ENG-02)', async (how, request) => {
    const profiles = await start()
    const record = (id: string) => ({
      $token: profiles.project.token,
      $distinct_id: id,
      $set: { text: 'a+b/c?>é😀' },
    })
    expect((await server.send(request(record('one')))).body).toBe('1')
    expect((await server.send(request([record('two'), record('three')]))).body).toBe('1')
    const stored = { text: 'a+b/c?>é😀' }
    expect(await profiles.stored()).toEqual({ one: stored, two: stored, three: stored })
    expect(await profiles.profile('two')).toEqual(stored)
    const codes = how === 'compressed' ? ['profile.gzip_unsupported', 'profile.gzip_unsupported'] : []
    expect(await profiles.codes()).toEqual(codes)
  })

  const ok = '{"error":null,"status":1}'
  it.each([
    ['', '1', 'text/plain'],
    ['?verbose=1', ok, 'application/json'],
    ['?verbose=0', '1', 'text/plain'],
    ['?verbose=2', '{"error":null,"num_good_events":1,"status":1}', 'application/json'],
    ['?callback=cb&verbose=2', 'cb({"error":null,"num_good_events":1,"status":1});', 'text/javascript'],
    ['?callback=cb', 'cb(1);', 'text/javascript'],
    ['?callback=cb&verbose=1', `cb(${ok});`, 'text/javascript'],
    ['?strict=1', '{"code":200,"num_good_events":1,"status":"OK"}', 'application/json'],
    ['?strict=1&verbose=1', '{"code":200,"num_good_events":1,"status":"OK"}', 'application/json'],
    ['?strict=0', '1', 'text/plain'],
    ['?test=1&track_id=7&x=y', '1', 'text/plain'],
  ])('and is answered in the form that %j asks for', async (query, body, type) => {
    const { project } = await start()
    const record = { $token: project.token, $distinct_id: 'u', $set: { a: 1 } }
    const request = profilesJson(`/engage${query}`, [record])
    const headers = { ...request.headers, origin: 'https://shop.example' }
    const answer = await server.send({ ...request, headers })
    expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([200, body, type])
    expect(answer.headers['access-control-allow-origin']).toBe('https://shop.example')
  })

  it('with a pixel', async () => {
    const answer = await server.send({ url: `/engage?img=1&data=${toBase64({})}` })
    expect([answer.statusCode, answer.headers['content-type'], answer.rawPayload.length]).toEqual([
      200,
      'image/gif',
      43,
    ])
  })

  it('and is not echoed to a callback that is no name, which is told (TRK-12)', async () => {
    const { project } = await start()
    const record = { $token: project.token, $distinct_id: 'u', $set: { a: 1 } }
    const answer = await server.send(profilesJson('/engage?callback=alert(1)//', [record]))
    expect([answer.body, answer.headers['twinpanel-verdict']]).toEqual(['1', '1; track.callback_rejected'])
  })

  it.each([
    ['[]', 'data, missing or empty'],
    ['[{}]', 'data, missing or empty'],
    ['{"$token":', 'data, invalid json encoding'],
    ['nonsense', 'data, invalid json encoding'],
    ['', 'data, missing or empty'],
  ])('and is none: %j (ENG-04, TRK-13)', async (payload, error) => {
    const headers = { 'content-type': 'application/json' }
    const ask = (query: string) => server.send({ method: 'POST', url: `/engage${query}`, headers, payload })
    expect((await ask('')).body).toBe('0')
    expect((await ask('?verbose=1')).json()).toEqual({ error, status: 0 })
    expect((await ask('?verbose=2')).json()).toEqual({ error, status: 0 })
    expect((await ask('?strict=1')).json()).toMatchObject({
      code: 400,
      num_good_events: 0,
      status: 'Bad Request',
    })
  })
})

it('what stands beside the operation says how, and is no property (ENG-02)', async () => {
  const profiles = await start()
  const how = { $ip: '8.8.8.8', $time: NOW_S - 60, $ignore_time: false, $ignore_alias: false }
  await profiles.engage(
    user({ $set: { a: 1 }, ...how, $latitude: 1, $longitude: 1, $mp_metadata: {}, id: 7 }),
  )
  const { $last_seen, ...rest } = (await profiles.everything())['u'] ?? {}
  const place = ['$city', '$region', '$country_code', '$timezone', '$geo_source']
  expect(Object.keys(rest).filter((name) => !place.includes(name))).toEqual(['a'])
  expect($last_seen).toBe(new Date((NOW_S - 60) * 1_000).toISOString().slice(0, -5))
  expect(await profiles.codes()).toEqual([])
})

describe('a record is refused (ENG-03)', () => {
  it.each<[Update, string]>([
    [{ $set: { a: 1 }, $distinct_id: 'u', $token: undefined }, '$token, missing or empty'],
    [{ $set: { a: 1 }, $distinct_id: 'u', $token: '' }, '$token, missing or empty'],
    [{ $set: { a: 1 } }, '$distinct_id, missing or empty'],
    [{ $set: { a: 1 }, $distinct_id: '' }, '$distinct_id, missing or empty'],
    [user({}), 'no valid operation'],
    [user({ $rename: { a: 'b' } }), 'no valid operation'],
    [user({ $merge: 'x' }), '$merge, invalid'],
    [user({ $set: 'x' }), '$set, invalid'],
    [user({ $set: ['a'] }), '$set, invalid'],
    [user({ $set: null }), '$set, invalid'],
    [user({ $add: 1 }), '$add, invalid'],
    [user({ $unset: { a: 1 } }), '$unset, invalid'],
  ])('%j', async (update, error) => {
    const profiles = await start()
    expect(await profiles.engage(update)).toBe('0')
    expect(JSON.parse(await profiles.send('/engage?verbose=1', [update]))).toEqual({ error, status: 0 })
    expect(await profiles.stored()).toEqual({})
  })

  it('but not for the empty list of PHP', async () => {
    const profiles = await start()
    expect(await profiles.engage(user({ $set_once: [] }), user({ $set: { a: 1 } }))).toBe('1')
    expect(await profiles.profile('u')).toEqual({ a: 1 })
  })

  it('whatever credentials and project_id say: they are no token', async () => {
    const { project } = await start()
    const request = profilesJson(`/engage?verbose=1&project_id=${project.project_id}`, [
      user({ $set: { a: 1 } }),
    ])
    const headers = { ...request.headers, ...basic(project.token) }
    const answer = await server.send({ ...request, headers })
    expect(answer.json()).toEqual({ error: '$token, missing or empty', status: 0 })
    expect(answer.headers['twinpanel-verdict']).toContain('auth.basic_on_engage')
  })

  it('and tells who has spelled the id as in events', async () => {
    const profiles = await start()
    await profiles.engage({ distinct_id: 'u', $set: { a: 1 } })
    expect(await profiles.codes()).toEqual(['profile.distinct_id_spelling', 'record.invalid'])
  })
})

describe('batches', () => {
  const batch: readonly Update[] = [user({ $set: { a: 1 } }), { $set: { a: 2 } }, user({ $add: { a: 1 } })]

  it('one good record makes it a 1, and is applied (ENG-04)', async () => {
    const profiles = await start()
    expect(await profiles.engage(...batch)).toBe('1')
    expect(await profiles.profile('u')).toEqual({ a: 2 })
    const verdicts = await profiles.verdicts()
    expect(verdicts.map(({ code, record_index }) => [code, record_index])).toEqual([
      ['record.invalid', 1],
      ['batch.partial', 1],
    ])
    expect(verdicts[0]).toMatchObject({ endpoint: '/engage', outcome: 'rejected' })
  })

  it('the first error is told where none is good (ENG-04)', async () => {
    const profiles = await start()
    const body = await profiles.send('/engage?verbose=1', [user({ $set: 1 }), { $set: {} }])
    expect(JSON.parse(body)).toEqual({ error: '$set, invalid', status: 0 })
  })

  it('verbose=2 tells how many were good, where any was (TRK-10)', async () => {
    const profiles = await start()
    const ask = (...updates: readonly Update[]) => profiles.send('/engage?verbose=2', updates)
    expect(await ask(...batch)).toBe('{"error":null,"num_good_events":2,"status":1}')
    expect(await ask({ $set: {} })).toBe('{"error":"$distinct_id, missing or empty","status":0}')
  })

  it('strict tells of each that failed, and applies the rest (ENG-05)', async () => {
    const profiles = await start()
    const body = await profiles.send('/engage?strict=1', [...batch, user({ $set: 'x' })])
    expect(body).toBe(
      '{"code":400,"error":"some data points in the request failed validation","failed_records":' +
        `[{"index":1,"field":"$distinct_id","message":"'$distinct_id' must not be missing or blank"},` +
        `{"index":3,"field":"$set","message":"'$set' is invalid"}],"num_good_events":2,"status":"Bad Request"}`,
    )
    expect(await profiles.profile('u')).toEqual({ a: 2 })
  })

  it('takes 2000 records, and none of 2001 (ENG-06)', async () => {
    const profiles = await start()
    const many = (count: number) => Array.from({ length: count }, () => user({ $add: { n: 1 } }))
    expect(await profiles.engage(...many(2_000))).toBe('1')
    const own = many(2_001).map((update) => ({ $token: profiles.project.token, ...update }))
    expect((await server.send(profilesJson('/engage', own))).statusCode).toBe(413)
    expect(await profiles.profile('u')).toEqual({ n: 2_000 })
  })

  it('a record over 1 MB is invalid, and its neighbour is not (ENG-06)', async () => {
    const profiles = await start()
    const large = { $distinct_id: 'large', $set: { a: 'x'.repeat(1_048_576) } }
    expect(await profiles.engage(large, user({ $set: { a: 1 } }))).toBe('1')
    expect(await profiles.stored()).toEqual({ u: { a: 1 } })
  })

  it('an unknown token is a 1, and stores nothing (ENG-07)', async () => {
    const profiles = await start()
    expect(await profiles.engage(user({ $token: 'nobody', $set: { a: 1 } }))).toBe('1')
    const strict = await profiles.send('/engage?strict=1', [user({ $token: 'nobody', $set: { a: 1 } })])
    expect(JSON.parse(strict)).toEqual({ code: 200, num_good_events: 1, status: 'OK' })
    expect(await profiles.stored()).toEqual({})
    const answer = await server.send(profilesJson('/engage', [user({ $token: 'nobody', $set: { a: 1 } })]))
    expect(answer.headers['twinpanel-verdict']).toContain('token.unknown')
  })

  it('records of two projects each go to their own (ENG-07)', async () => {
    const [one, other] = [await start(), await start()]
    const theirs = user({ $token: other.project.token, $set: { b: 2 } })
    expect(await one.engage(user({ $set: { a: 1 } }), theirs)).toBe('1')
    expect([await one.stored(), await other.stored()]).toEqual([{ u: { a: 1 } }, { u: { b: 2 } }])
  })
})

/** A title, updates in order, the profile in the end, and the codes that are told. */
type Row = readonly [string, readonly Update[], Update | null, readonly string[]]
const MISMATCH = 'profile.type_mismatch'
const full = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`p${n}`, n]))

// biome-ignore format: a table, a row or two lines for each history
const ROWS: readonly Row[] = [
  ['$set makes it (ENG-10)', [{ $set: { a: 1 } }], { a: 1 }, []],
  ['$set_once makes it (ENG-10)', [{ $set_once: { a: 1 } }], { a: 1 }, []],
  ['$add makes it (ENG-10)', [{ $add: { a: 1 } }], { a: 1 }, []],
  ['$append makes it (ENG-10)', [{ $append: { a: 1 } }], { a: [1] }, []],
  ['$union makes it (ENG-10)', [{ $union: { a: 1 } }], { a: [1] }, []],
  ['$remove makes none (ENG-10)', [{ $remove: { a: 1 } }], null, []],
  ['$unset makes none (ENG-10)', [{ $unset: ['a'] }], null, []],
  ['$delete makes none (ENG-10)', [{ $delete: '' }], null, []],
  ['$set overwrites (ENG-12)', [{ $set: { a: 1, b: [1] } }, { $set: { b: 'x' } }], { a: 1, b: 'x' }, []],
  ['$set_once does not (ENG-13)', [{ $set: { a: 1, n: null } }, { $set_once: { a: 2, n: 2, b: 3 } }], { a: 1, n: null, b: 3 }, []],
  ['$merge (ENG-10, ENG-21)', [{ $merge: { o: { a: 1, b: 2 } } }, { $merge: { o: { b: 3 } }, $set_once: { p: 'x' } }, { $merge: { p: { a: 1 } } }], { o: { a: 1, b: 3 }, p: 'x' }, ['profile.multiple_operations', MISMATCH]],
  ['$add (ENG-14)', [{ $set: { a: 1, s: 'str' } }, { $add: { a: 4, c: -2, s: 1 } }], { a: 5, c: -2, s: 'str' }, [MISMATCH]],
  ['$add to what is no number (ENG-14)', [{ $set: { t: '1', b: true, z: null, l: [1], o: { a: 1 }, d: '2026-01-01' } }, { $add: { t: 1, b: 1, z: 1, l: 1, o: 1, d: 1 } }],
    { t: '1', b: true, z: null, l: [1], o: { a: 1 }, d: '2026-01-01' }, Array(6).fill(MISMATCH)],
  ['$add as doubles do (ENG-14)', [{ $set: { a: 2 ** 53, z: -0, h: 1e308 } }, { $add: { a: 1, z: -0, h: 7e307, n: 5e-324, m: -0 } }], { a: 2 ** 53, z: 0, h: 1.7e308, n: 5e-324, m: 0 }, []],
  ['a sum beyond a double (ENG-14)', [{ $set: { h: 1e308, i: -1e308 } }, { $add: { h: 1e308, i: -1e308, n: 1 } }], { h: 1e308, i: -1e308, n: 1 }, ['value.not_storable', 'value.not_storable']],
  ['$append of nothing, of what is empty (ENG-15)', [{ $append: { l: null } }, { $append: { l: {} } }, { $append: { l: [] } }], { l: [null, {}, []] }, ['profile.nested_append_array']],
  ['$append (ENG-15)', [{ $append: { l: 'x' } }, { $append: { l: 'x' } }, { $append: { l: ['y'] } }], { l: ['x', 'x', ['y']] }, ['profile.nested_append_array']],
  ['$append to what is no list (ENG-15)', [{ $set: { l: 'x' } }, { $append: { l: 'x', m: 1 } }], { l: 'x', m: [1] }, [MISMATCH]],
  ['$union (ENG-16)', [{ $set: { l: ['x', 'x'] } }, { $union: { l: ['x', 'y', 'y'], m: 'z' } }], { l: ['x', 'x', 'y'], m: ['z'] }, []],
  ['$union with what is no list (ENG-16)', [{ $set: { l: null } }, { $union: { l: ['x'] } }], { l: null }, [MISMATCH]],
  ['$union of objects and lists (ENG-16)', [{ $set: { l: [{ a: 1 }, [1]] } }, { $union: { l: [{ a: 1 }, [1], {}, [], null, {}], m: { a: 1 }, n: null } }], { l: [{ a: 1 }, [1], {}, [], null], m: [{ a: 1 }], n: [null] }, []],
  ['$remove of objects and lists (ENG-17)', [{ $set: { l: [{ a: 1, b: 2 }, {}, 0, [1], null, '0'] } }, { $remove: { l: { b: 2, a: 1 } } }, { $remove: { l: -0 } }, { $remove: { l: [1] } }], { l: [{}, null, '0'] }, []],
  ['$remove finds what $set has cut (ENG-17, PRP-13)', [{ $set: { l: [{ a: { b: { c: 1 } } }] } }, { $remove: { l: { a: { b: { c: 1 } } } } }], { l: [] }, ['value.too_deep_or_large', 'value.too_deep_or_large']],
  ['$remove (ENG-17)', [{ $set: { l: ['x', 'y', 'x'] } }, { $remove: { l: 'x', m: 'x' } }], { l: ['y'] }, []],
  ['$remove from what is no list (ENG-17)', [{ $set: { l: 'x' } }, { $remove: { l: 'x' } }], { l: 'x' }, [MISMATCH]],
  ['$unset (ENG-18)', [{ $set: { a: 1, b: 2 } }, { $unset: ['a', 'zzz'] }], { b: 2 }, []],
  ['$unset of one text (ENG-18)', [{ $set: { a: 1, b: 2 } }, { $unset: 'a' }], { b: 2 }, ['profile.unset_not_array']],
  ['$unset of names that JavaScript knows (ENG-18)', [JSON.parse('{"$set":{"__proto__":1,"constructor":2,"$name":3,"a":4}}'), { $unset: ['__proto__', 'constructor', 'toString', '$name'] }], { a: 4 }, []],
  ['$delete, and anew (ENG-19)', [{ $set: { a: 1 } }, { $delete: '' }, { $set_once: { a: 2 } }, { $add: { a: 1 } }], { a: 3 }, []],
  ['a number and nothing else (ENG-20)', [{ $add: { a: '1', b: true, c: null, d: [1], e: {}, f: 2 } }], { f: 2 }, Array(5).fill(MISMATCH)],
  ['a text is no number (ENG-20)', [{ $set: { a: 1 } }, { $add: { a: '4', b: 1 } }], { a: 1, b: 1 }, [MISMATCH]],
  ['$set and $add (ENG-21)', [{ $add: { a: 2 }, $set: { a: 1 } }], { a: 3 }, ['profile.multiple_operations']],
  ['$set and $delete (ENG-21)', [{ $set: { a: 1 } }, { $set: { b: 1 }, $delete: '' }], { b: 1 }, ['profile.multiple_operations']],
  ['types differ (ENG-22)', [{ $set: { l: [1] } }, { $union: { l: ['1'] } }, { $remove: { l: 1 } }], { l: ['1'] }, []],
  ['objects are compared deeply (ENG-22)', [{ $set: { l: [{ a: 1, b: { c: 2 } }] } }, { $union: { l: [{ b: { c: 2 }, a: 1 }] } }], { l: [{ a: 1, b: { c: 2 } }] }, []],
  ['in the order of arrival, whatever $time says (ENG-23)', [{ $time: NOW_S, $set: { a: 1 } }, { $time: NOW_S - 999, $set: { a: 2 } }], { a: 2 }, []],
  ['reserved names are ordinary, the ids are none (ENG-28)', [{ $set: { $created: '2026-01-01T00:00:00', $name: 'C', $token: 'x', $distinct_id: 'y' } }], { $created: '2026-01-01T00:00:00', $name: 'C' }, ['record.field_misplaced']],
  ['the names of groups are ordinary on a user (ENG-28)', [{ $set: { $group_key: 'company', $group_id: 'c1' } }], { $group_key: 'company', $group_id: 'c1' }, []],
  ['operations of nothing (ENG-03)', [{ $set: { a: 1 } }, { $set: {} }, { $set_once: [] }, { $add: {} }, { $append: [] }, { $union: {} }, { $remove: {} }, { $unset: [] }], { a: 1 }, []],
  ['the 2000th property (ENG-29)', [{ $set: full }, { $set: { p0: 'other' } }], { ...full, p0: 'other' }, []],
  ['and one more (ENG-29)', [{ $set: full }, { $set: { new: 1, p0: 'other' } }], full, ['profile.too_many_properties']],
  ['values of every type (ENG-30)', [{ $set: { t: 'x', e: '', n: -1.5e300, b: false, z: null, d: '2026-01-01T00:00:00', l: [1, [2]], o: { a: { b: 1 } }, r: [{ a: 1 }, {}] } }], { t: 'x', e: '', n: -1.5e300, b: false, z: null, d: '2026-01-01T00:00:00', l: [1, [2]], o: { a: { b: 1 } }, r: [{ a: 1 }, {}] }, []],
  ['numbers at the edges (ENG-30)', [{ $set: { a: 5e-324, b: Number.MAX_VALUE, c: Number.MAX_SAFE_INTEGER } }, { $add: { b: Number.MAX_VALUE } }], { a: 5e-324, b: Number.MAX_VALUE, c: Number.MAX_SAFE_INTEGER }, ['value.not_storable']],
  ['$transactions (ENG-32)', [{ $append: { $transactions: { $time: NOW, $amount: 25 } } }, { $append: { $transactions: { $time: NOW, $amount: -5 } } }], { $transactions: [{ $time: NOW, $amount: 25 }, { $time: NOW, $amount: -5 }] }, []],
  ['$transactions cleared (ENG-32)', [{ $append: { $transactions: { $amount: 25 } } }, { $set: { $transactions: [] } }], { $transactions: [] }, []],
  ['long texts (PRP-10)', [{ $set: { a: 'é'.repeat(300) } }], { a: 'é'.repeat(255) }, ['value.truncated']],
  ['what Postgres cannot hold (DEC-07)', [{ $set: { 'a\u0000': 'b\u0000\ud800' } }, { $append: { l: '\u0000' } }], { 'a\uFFFD': 'b\uFFFD\uFFFD', l: ['\uFFFD'] }, ['value.not_storable', 'value.not_storable']],
  ['names that JavaScript knows (GEN-03)', [JSON.parse('{"$set":{"__proto__":{"a":1},"constructor":2}}'), JSON.parse('{"$append":{"toString":1}}')], JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":[1]}'), []],
  ['$add and $append again (DDP-10)', [{ $add: { a: 1 } }, { $append: { l: 1 } }, { $add: { a: 1 } }, { $append: { l: 1 } }], { a: 2, l: [1, 1] }, []],
]

describe.each(['simplified', 'original', 'legacy'])('operations in %s projects', (mode) => {
  it.each(ROWS)('%s', async (_rule, updates, profile, codes) => {
    const profiles = await start(mode)
    for (const update of updates) expect(await profiles.engage(user(update))).toBe('1')
    expect(await profiles.profile('u')).toEqual(profile)
    expect(await profiles.codes()).toEqual(codes)
  })

  it.each(ROWS)('in one request: %s (GEN-07)', async (_rule, updates, profile, codes) => {
    const profiles = await start(mode)
    expect(await profiles.engage(...updates.map(user))).toBe('1')
    expect(await profiles.profile('u')).toEqual(profile)
    expect(await profiles.codes()).toEqual(codes)
  })

  it.each<[string, unknown]>([
    ['the empty text (node)', ''],
    ['null (android)', null],
    ['"null" (go)', 'null'],
    ['an object (swift)', {}],
    ['the id (js)', 'u'],
  ])('$delete with %s removes the profile, and no event (ENG-19)', async (_how, $delete) => {
    const profiles = await start(mode)
    await profiles.sendEach('track', ['E', { distinct_id: 'u' }])
    await profiles.engage(user({ $set: { a: 1 } }))
    expect(await profiles.engage(user({ $delete }))).toBe('1')
    expect(await profiles.stored()).toEqual({})
    expect(await profiles.profile('u')).toBeNull()
    expect(await profiles.export()).toHaveLength(1)
    await profiles.engage(user({ $set_once: { a: 2 } }))
    expect(await profiles.profile('u')).toEqual({ a: 2 })
  })

  it('ids are texts (ENG-09)', async () => {
    const profiles = await start(mode)
    const ids = [13_793, '13793', true, 'true', 1.5]
    for (const $distinct_id of ids) await profiles.engage({ $distinct_id, $add: { n: 1 } })
    expect(await profiles.stored()).toEqual({ 13793: { n: 2 }, true: { n: 2 }, 1.5: { n: 1 } })
    expect(await profiles.profile('13793')).toEqual({ n: 2 })
  })

  it('a profile needs no event, and an event makes no profile (ENG-11)', async () => {
    const profiles = await start(mode)
    await profiles.sendEach('track', ['E', { distinct_id: 'tracked' }])
    await profiles.engage({ $distinct_id: 'updated', $set: { a: 1 } })
    expect(await profiles.stored()).toEqual({ updated: { a: 1 } })
    expect((await profiles.user('tracked'))?.profile).toBeNull()
    expect(await profiles.user('updated')).toMatchObject({ events: { count: 0 }, profile: { a: 1 } })
    const listed = (await profiles.listUsers()).map((own) => [own.distinct_id, own.events])
    expect(listed.toSorted()).toEqual([
      ['tracked', 1],
      ['updated', 0],
    ])
  })
})

describe('$last_seen (ENG-26, ENG-27)', () => {
  it('is the time of receipt, of every write that has an effect', async () => {
    const profiles = await start()
    await profiles.engage(user({ $set: { a: 1 } }))
    expect(await profiles.lastSeen('u')).toBe(NOW)
    server.clock.nowMs = NOW_MS + 60_000
    await profiles.engage(
      user({ $unset: ['zzz'] }),
      user({ $set_once: { a: 2 } }),
      user({ $add: { a: 'x' } }),
    )
    await profiles.sendEach('track', ['E', { distinct_id: 'u' }])
    expect(await profiles.lastSeen('u')).toBe(NOW)
    await profiles.engage(user({ $add: { a: 1 } }))
    expect(await profiles.lastSeen('u')).toBe('2026-08-20T12:01:00')
    server.clock.nowMs = NOW_MS
  })

  it.each<[unknown, string]>([
    [1_767_225_600, '2026-01-01T00:00:00'],
    [1_767_225_600_000, '2026-01-01T00:00:00'],
    [1_767_225_600.75, '2026-01-01T00:00:00'],
    ['1767225600', '2026-01-01T00:00:00'],
    ['2026-01-01T00:00:00', '2026-01-01T00:00:00'],
    ['2026-01-01T02:00:00+02:00', '2026-01-01T00:00:00'],
    [null, NOW],
  ])('is $time %j', async ($time, expected) => {
    const profiles = await start()
    await profiles.engage(user({ $time, $set: { a: 1 } }))
    expect([await profiles.lastSeen('u'), await profiles.codes()]).toEqual([expected, []])
  })

  it.each<[unknown]>([['yesterday'], [true], [{ toString: 1 }], ['x\u0000'], [[[]]], ['2026-02-30']])(
    'is the time of receipt where $time is %j, which is told (ENG-27)',
    async ($time) => {
      const profiles = await start()
      expect(await profiles.engage(user({ $time, $set: { a: 1 } }))).toBe('1')
      expect(await profiles.lastSeen('u')).toBe(NOW)
      expect(await profiles.codes()).toEqual(['profile.bad_time'])
    },
  )

  it.each([true, 'true', 1])('stays with $ignore_time %j', async ($ignore_time) => {
    const profiles = await start()
    await profiles.engage(user({ $time: '2026-01-01', $set: { a: 1 } }))
    await profiles.engage(user({ $ignore_time, $set: { a: 2 } }))
    expect(await profiles.whole('u')).toEqual({ a: 2, $last_seen: '2026-01-01T00:00:00' })
    await profiles.engage({ $distinct_id: 'new', $ignore_time, $set: { a: 2 } })
    expect(await profiles.whole('new')).toEqual({ a: 2 })
  })

  it('may be set, which is told', async () => {
    const profiles = await start()
    await profiles.engage(user({ $set: { $last_seen: '2020-01-01T00:00:00' } }))
    expect(await profiles.whole('u')).toEqual({ $last_seen: '2020-01-01T00:00:00' })
    expect(await profiles.codes()).toEqual(['profile.last_seen_set'])
  })
})

describe('what is told of an update', () => {
  it('in words, with the record, found by the id (VRD-01, ENG-14)', async () => {
    const profiles = await start()
    const update = user({ $add: { s: 'x' } })
    await profiles.engage(user({ $set: { l: {} } }), update, user({ $append: { l: 1 } }))
    expect(await profiles.verdicts('distinct_id=u')).toMatchObject([
      {
        endpoint: '/engage',
        outcome: 'no_effect',
        message: '$add on s was ignored: it was given a string.',
        record: { $token: profiles.project.token, ...update },
        record_index: 1,
      },
      { message: '$append on l was ignored: the profile has an object.', record_index: 2 },
    ])
  })

  it('how many properties it would be (ENG-29)', async () => {
    const profiles = await start()
    await profiles.engage(user({ $set: full }), user({ $union: { x: 1, y: 2 } }))
    const told = await profiles.verdict('profile.too_many_properties')
    expect([told?.outcome, told?.message]).toEqual([
      'no_effect',
      'Profile u would have 2002 properties; the update was refused, and the answer was still 1.',
    ])
  })

  it('that an id was cut, and what could not be kept of it (PRP-10, DEC-07)', async () => {
    const profiles = await start()
    await profiles.engage({ $distinct_id: 'x'.repeat(256), $set: { a: 1 } })
    await profiles.groups({ $group_key: 'company', $group_id: 'c\u0000', $set: { a: 1 } })
    expect(await profiles.stored()).toEqual({ ['x'.repeat(255)]: { a: 1 }, 'company/c\uFFFD': { a: 1 } })
    const codes = ['value.truncated', 'value.not_storable', 'group.key_undeclared']
    expect(await profiles.codes()).toEqual(codes)
  })

  it('that a profile is as large as it can be (ENG-29, DEC-07)', async () => {
    const profiles = await start()
    // Four lists of 251 KB, all but full.
    const list = Array(4).fill(Array(254).fill('x'.repeat(250)))
    await profiles.engage(user({ $set: { a: list, b: list, c: list, d: list } }))
    expect(await profiles.codes()).toEqual([])
    expect(await profiles.engage(user({ $set: { e: list } }), user({ $add: { n: 1 } }))).toBe('1')
    expect(await profiles.verdict('profile.too_large')).toMatchObject({
      outcome: 'no_effect',
      message:
        'Profile u would exceed 1024 KB, counting every digit of its numbers; the update was refused, and the answer was still 1.',
      record_index: 0,
    })
    expect(Object.keys((await profiles.profile('u')) ?? {})).toEqual(['a', 'b', 'c', 'd', 'n'])
  })

  it.each(['/engage', '/groups'])(
    'that one of an earlier version is too large; it is read, and may shrink and go (%s) (ENG-29, DEC-07)',
    async (path) => {
      const profiles = await start()
      // 16 MB in 64 lists, as an earlier version took them.
      const groupKey = path === '/groups' ? 'company' : ''
      await server.db.pool.query(
        `insert into profile (project_id, group_key, distinct_id, properties)
         select $1, $2, 'u', jsonb_object_agg('l' || n, jsonb_build_array(repeat('x', 262140)))
         from generate_series(1, 64) as n`,
        [profiles.project.records_id, groupKey],
      )
      const send = async (...updates: readonly Update[]) => {
        if (path === '/engage') return await profiles.engage(...updates.map((own) => user(own)))
        return await profiles.groups(
          ...updates.map((own) => ({ $group_key: 'company', $group_id: 'u', ...own })),
        )
      }
      const stored = async () => (await profiles.stored())[path === '/groups' ? 'company/u' : 'u']
      expect(await send({ $set: { text: 'x' } }, { $union: { new: [1] } })).toBe('1')
      expect(Object.keys((await stored()) ?? {})).toHaveLength(64)
      const told = (await profiles.codes()).filter((code) => code !== 'group.key_undeclared')
      expect(told).toEqual(['profile.too_large', 'profile.too_large'])
      const most = Array.from({ length: 61 }, (_, n) => `l${n + 4}`)
      expect(await send({ $set: { l1: [] } }, { $unset: most }, { $set: { text: 'y' } })).toBe('1')
      const kept = (await stored()) as Update
      expect([Object.keys(kept).toSorted(), kept['text'], kept['l1']]).toEqual([
        ['l1', 'l2', 'l3', 'text'],
        'y',
        [],
      ])
      expect(await send({ $delete: '' })).toBe('1')
      expect(await profiles.stored()).toEqual({})
    },
  )

  it('that its numbers would be too long to be read back (ENG-29, DEC-07)', async () => {
    const profiles = await start()
    const bomb = Array(16).fill(Array(255).fill(1e308))
    expect(await profiles.engage(user({ $set: { bomb } }), user({ $set: { few: [1e308] } }))).toBe('1')
    expect(await profiles.stored()).toEqual({ u: { few: [1e308] } })
    expect(await profiles.codes()).toEqual(['profile.too_large'])
  })

  it('nothing of what was simply stored (VRD-03)', async () => {
    const profiles = await start()
    await profiles.engage(user({ $set: { a: 1 } }), user({ $append: { l: 1 } }), user({ $delete: '' }))
    expect(await profiles.codes()).toEqual([])
  })

  it.each(['x', 'x\u0000', ''])('a reset of the project leaves no profile (%j)', async (id) => {
    const profiles = await start()
    await profiles.engage({ $distinct_id: `u${id}`, $set: { a: 1 } })
    expect(Object.keys(await profiles.stored())).toHaveLength(1)
    await profiles.reset()
    expect(await profiles.stored()).toEqual({})
  })
})
