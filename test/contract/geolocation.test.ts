import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Where events and profiles are said to be, with the addresses of documentation as the only ones that are known.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer({ trustProxy: '127.0.0.1' })
})
afterAll(() => server.close())

/** The client behind a proxy that is trusted. */
const FROM_TOKYO = { 'x-forwarded-for': '203.0.113.9' }
const OSLO = { $city: 'Oslo', $region: 'Oslo', mp_country_code: 'NO' }
const TOKYO = { $city: 'Tokyo', $region: 'Tokyo', mp_country_code: 'JP' }
const NAMES = [
  '$city',
  '$region',
  'mp_country_code',
  '$country_code',
  '$timezone',
  '$geo_source',
  'ip',
  '$ip',
]

const placeIn = (bag: object) =>
  Object.fromEntries(Object.entries(bag).filter(([name]) => NAMES.includes(name)))

async function tracked(properties: object, query = '', headers = {}) {
  const { token } = await server.createProject()
  const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u', ...properties } }], query)
  const answer = await server.send({ ...request, headers: { ...request.headers, ...headers } })
  const [event] = await server.readEvents(token)
  return { place: placeIn(event?.properties ?? {}), verdict: answer.headers['twinpanel-verdict'] }
}

async function imported(properties: object, settings: object = {}) {
  const { token } = await server.createProject({ settings })
  const own = { time: NOW_S, $insert_id: 'i', distinct_id: 'u', ...properties }
  const request = importJson(token, [{ event: 'E', properties: own }])
  await server.send({ ...request, headers: { ...request.headers, ...FROM_TOKYO } })
  const [event] = await server.readEvents(token)
  return placeIn(event?.properties ?? {})
}

async function profiled(record: object, query = '', path = '/engage') {
  const { token } = await server.createProject({ settings: { group_keys: ['company'] } })
  const headers = { 'content-type': 'application/json', ...FROM_TOKYO }
  const ids = path === '/engage' ? { $distinct_id: 'u' } : { $group_key: 'company', $group_id: 'u' }
  const payload = JSON.stringify([{ $token: token, ...ids, ...record }])
  await server.send({ method: 'POST', url: path + query, headers, payload })
  const { rows } = await server.db.pool.query<{ properties: object }>(
    'select p.properties from profile p join project on project.id = p.project_id where token = $1',
    [token],
  )
  return placeIn(rows[0]?.properties ?? {})
}

describe('an event of /track', () => {
  it.each([
    ['by its ip, which is not kept (GEO-02, GEO-05)', { ip: '192.0.2.7' }, '', OSLO],
    [
      'what it says itself stays (GEO-02)',
      { ip: '192.0.2.7', $city: 'Bergen' },
      '',
      { ...OSLO, $city: 'Bergen' },
    ],
    [
      'by its point (GEO-02)',
      { $latitude: 37.77, $longitude: -122.42, ip: '192.0.2.7' },
      '',
      { $city: 'San Francisco', $region: 'California', mp_country_code: 'US' },
    ],
    ['not by the request unless it is asked for (GEO-03)', {}, '', {}],
    ['by the request where it is (GEO-03)', {}, '?ip=1', TOKYO],
    ['not at all with 0 (GEO-03)', { ip: 0 }, '?ip=1', {}],
    ['by the request rather than by its ip (GEO-04)', { ip: '192.0.2.7' }, '?ip=1', TOKYO],
    ['not by a private address (GEO-08)', { ip: '10.0.0.1' }, '', {}],
    [
      'by the address of the documentation (GEO-07)',
      { ip: '136.24.0.114' },
      '',
      { $city: 'San Francisco', $region: 'California', mp_country_code: 'US' },
    ],
  ])('%s', async (_name, properties, query, place) => {
    expect((await tracked(properties, query, FROM_TOKYO)).place).toEqual(place)
  })

  it('is told when the address of the request says nothing and its own was not looked at (GEO-04)', async () => {
    const { place, verdict } = await tracked({ ip: '192.0.2.7' }, '?ip=1')
    expect([place, verdict]).toEqual([{}, '1; geo.server_location'])
  })
})

describe('an event of /import', () => {
  it.each([
    ['by the request where it has no ip (GEO-03)', {}, {}, TOKYO],
    ['unless the project says otherwise (GEO-03)', {}, { import_geo_from_request: false }, {}],
    ['not at all with "0" (GEO-03)', { ip: '0' }, {}, {}],
    ['by its ip (GEO-02)', { ip: '192.0.2.7' }, {}, OSLO],
  ])('%s', async (_name, properties, settings, place) => {
    expect(await imported(properties, settings)).toEqual(place)
  })
})

describe('a profile', () => {
  const oslo = { $city: 'Oslo', $region: 'Oslo', $country_code: 'NO', $timezone: 'Europe/Oslo' }
  const tokyo = { $city: 'Tokyo', $region: 'Tokyo', $country_code: 'JP', $timezone: 'Asia/Tokyo' }

  it.each([
    ['by the request, unless it is said not to (ENG-25)', { $set: { a: 1 } }, '', tokyo],
    ['by the request with ip=1 (ENG-25)', { $set: { a: 1 } }, '?ip=1', tokyo],
    ['not by the request with ip=0 (ENG-25)', { $set: { a: 1 } }, '?ip=0', {}],
    ['by $ip (ENG-24)', { $ip: '192.0.2.7', $set: { a: 1 } }, '', oslo],
    ['by $ip, also with ip=0 (ENG-24)', { $ip: '192.0.2.7', $set: { a: 1 } }, '?ip=0', oslo],
    ['not at all with 0 (ENG-24)', { $ip: 0, $set: { a: 1 } }, '', {}],
    ['not at all with "0" (ENG-24)', { $ip: '0', $set_once: { a: 1 } }, '', {}],
    [
      'what it says itself stays (ENG-24)',
      { $ip: '192.0.2.7', $set: { $city: 'Bergen' } },
      '',
      { ...oslo, $city: 'Bergen' },
    ],
    [
      'by the point of the record (ENG-24)',
      { $latitude: 59.9, $longitude: 10.75, $set_once: { a: 1 } },
      '',
      { ...oslo, $geo_source: 'reverse_geocoding' },
    ],
    ['by $set and $set_once only (ENG-24)', { $append: { l: 1 } }, '', {}],
  ])('%s', async (_name, record, query, place) => {
    expect(await profiled(record, query)).toEqual(place)
  })

  it('is not updated by a $set_once of what is there, unless it is elsewhere now (ENG-26)', async () => {
    const { token } = await server.createProject()
    const update = async ($time: number, $ip: string) => {
      const payload = JSON.stringify([{ $token: token, $distinct_id: 'u', $time, $ip, $set_once: { a: 1 } }])
      const headers = { 'content-type': 'application/json' }
      await server.send({ method: 'POST', url: '/engage', headers, payload })
      const user = await server.send({ url: `/_twin/projects/${token}/users/u` })
      return user.json().profile
    }
    await update(1_767_225_600, '192.0.2.7')
    const first = { ...oslo, a: 1, $last_seen: '2026-01-01T00:00:00' }
    expect(await update(1_767_225_700, '192.0.2.8')).toEqual(first)
    const moved = { ...tokyo, a: 1, $last_seen: '2026-01-01T00:03:20' }
    expect(await update(1_767_225_800, '203.0.113.9')).toEqual(moved)
  })

  it('tells that ten users are where one request came from, once (GEO-06)', async () => {
    const { token } = await server.createProject({ settings: { group_keys: ['company'] } })
    const send = async (path: string, ids: object, own: object = {}, headers: object = FROM_TOKYO) => {
      const payload = JSON.stringify([{ $token: token, ...ids, $set: { a: 1 }, ...own }])
      const all = { 'content-type': 'application/json', ...headers }
      const answer = await server.send({ method: 'POST', url: path, headers: all, payload })
      return String(answer.headers['twinpanel-verdict']).includes('geo.server_location')
    }
    const told: boolean[] = []
    for (let n = 0; n < 9; n++) told.push(await send('/engage', { $distinct_id: `u${n}` }))
    // Neither again, nor from elsewhere, nor not at all, nor a group is one more.
    told.push(await send('/engage', { $distinct_id: 'u0' }))
    told.push(await send('/engage', { $distinct_id: 'other' }, { $ip: '203.0.113.9' }))
    told.push(await send('/engage?ip=0', { $distinct_id: 'other' }))
    told.push(await send('/engage', { $distinct_id: 'other' }, {}, { 'x-forwarded-for': '192.0.2.7' }))
    told.push(await send('/groups', { $group_key: 'company', $group_id: 'c' }))
    expect(told).toEqual(told.map(() => false))
    expect(await send('/engage', { $distinct_id: 'u9' })).toBe(true)
    expect(await send('/engage', { $distinct_id: 'u10' })).toBe(false)
    const url = `/_twin/projects/${token}/verdicts?code=geo.server_location`
    const [verdict] = (await server.send({ url })).json().verdicts
    expect(verdict.message).toContain('10 users were located from 203.0.113.9')
  })

  it('of a group likewise (GRP-10)', async () => {
    expect(await profiled({ $set: { a: 1 } }, '', '/groups')).toEqual(tokyo)
    expect(await profiled({ $set: { a: 1 } }, '?ip=0', '/groups')).toEqual({})
  })

  it('goes where the last update came from, and how that is known goes with it (GEO-06)', async () => {
    const { token } = await server.createProject()
    const updates = [
      { $latitude: 59.9, $longitude: 10.75, $set: { a: 1 } },
      { $ip: '203.0.113.1', $set_once: { b: 1 } },
    ]
    for (const update of updates) {
      const payload = JSON.stringify([{ $token: token, $distinct_id: 'u', ...update }])
      await server.send({
        method: 'POST',
        url: '/engage',
        headers: { 'content-type': 'application/json' },
        payload,
      })
    }
    const user = await server.send({ url: `/_twin/projects/${token}/users/u` })
    const { profile } = user.json()
    expect([profile, placeIn(profile)]).toEqual([expect.objectContaining({ a: 1, b: 1 }), tokyo])
  })
})

describe('users whose server’s address says where they are', () => {
  it.each([
    [
      '/track',
      '?ip=1',
      (token: string, id: string) => ({ event: 'E', properties: { token, distinct_id: id } }),
    ],
    [
      '/engage',
      '?verbose=0',
      (token: string, id: string) => ({ $token: token, $distinct_id: id, $set: { a: 1 } }),
    ],
  ])('are told by the tenth, once a project and address: %s (GEO-06)', async (path, query, record) => {
    const { token } = await server.createProject()
    const send = async (id: string, from = '203.0.113.9', more = '') => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': from }
      const payload = JSON.stringify([record(token, id)])
      const answer = await server.send({ method: 'POST', url: path + query + more, headers, payload })
      return String(answer.headers['twinpanel-verdict'])
    }
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '9']) {
      expect(await send(id)).not.toMatch(/geo/)
      expect(await send(`${id}-other`, '203.0.113.10', path === '/track' ? '' : '&ip=0')).not.toMatch(/geo/)
    }
    expect(await send('10')).toBe('1; geo.server_location')
    expect(await send('11')).not.toMatch(/geo/)
    const told = await server.send({ url: `/_twin/projects/${token}/verdicts?code=geo.server_location` })
    expect(told.json().verdicts).toMatchObject([
      {
        message: 'The location is not that of the user: 10 users were located from 203.0.113.9.',
        rule: 'GEO-06',
      },
    ])
    expect(
      (await server.send({ method: 'POST', url: `/_twin/projects/${token}/reset` })).statusCode,
    ).toBeLessThan(300)
    // What it was told by is forgotten too.
    for (const id of ['1', '2', '3', '4', '5', '6', '7', '8', '9']) expect(await send(id)).not.toMatch(/geo/)
    expect(await send('10')).toBe('1; geo.server_location')
  })

  it('not by their own addresses, and not where nothing is known of the server’s (GEO-06)', async () => {
    const { token } = await server.createProject()
    const records = Array.from({ length: 20 }, (_, n) => {
      return {
        event: 'E',
        properties: { time: NOW_S, distinct_id: `u${n}`, $insert_id: `i${n}`, ip: `192.0.2.${n}` },
      }
    })
    const own = await server.send(importJson(token, records))
    expect(own.headers['twinpanel-verdict']).toBeUndefined()
    const unknown = records.map(({ event, properties: { ip: _, ...rest } }) => ({ event, properties: rest }))
    expect((await server.send(importJson(token, unknown))).headers['twinpanel-verdict']).toBeUndefined()
    const request = importJson(token, unknown)
    const known = await server.send({ ...request, headers: { ...request.headers, ...FROM_TOKYO } })
    expect(known.headers['twinpanel-verdict']).toBe('1; geo.server_location')
  })
})

describe('the address of a request', () => {
  it.each([
    ['203.0.113.9, 192.0.2.7', OSLO, 'what a client writes itself stands before what the proxy adds'],
    ['192.0.2.7, 127.0.0.1', OSLO, 'a proxy that is trusted too is passed over'],
    ['192.0.2.7:5555', OSLO, 'some proxies add the port'],
    ['::ffff:192.0.2.7', OSLO, 'IPv4 as IPv6'],
    ['[::ffff:192.0.2.7]:5555', OSLO, 'IPv6 with a port'],
    ['unknown', {}, 'no address'],
    ['', {}, 'nothing'],
    [', ,', {}, 'nothing but commas'],
    ['192.0.2.7;', {}, 'an address and more'],
  ])('X-Forwarded-For of a trusted proxy: %j (GEO-09)', async (forwarded, place, _why) => {
    const { token } = await server.createProject()
    const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }], '?ip=1')
    const headers = { ...request.headers, 'x-forwarded-for': forwarded, forwarded: 'for=203.0.113.9' }
    expect((await server.send({ ...request, headers })).body).toBe('1')
    const [event] = await server.readEvents(token)
    expect(placeIn(event?.properties ?? {})).toEqual(place)
  })

  it('is that of the peer where the peer is not trusted (GEO-09)', async () => {
    const open = await startServer()
    const { token } = await open.createProject()
    const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }], '?ip=1')
    await open.send({ ...request, headers: { ...request.headers, ...FROM_TOKYO } })
    const [event] = await open.readEvents(token)
    expect(placeIn(event?.properties ?? {})).toEqual({})
    await open.close()
  })
})
