import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Profiles, profilesJson, type Update } from '../support/profiles.ts'
import { basic, importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Every limit of what may be sent, at the bound and one past it: what the sender is answered, and what is stored.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = () => Profiles.start(server, 'simplified', { group_keys: ['company'] })
const MAX_BYTES = 10_485_760
const MAX_RECORD = 1_048_576
type Endpoint = '/track' | '/import' | '/engage' | '/groups'
const ENDPOINTS: readonly Endpoint[] = ['/track', '/import', '/engage', '/groups']

/** A valid record of an endpoint, the n-th, that carries a value. */
function recordOf(endpoint: Endpoint, token: string, n: number, pad: unknown): Update {
  if (endpoint === '/engage') return { $token: token, $distinct_id: `u${n}`, $set: { pad } }
  if (endpoint === '/groups')
    return { $token: token, $group_key: 'company', $group_id: `g${n}`, $set: { pad } }
  const ids = { token, distinct_id: `u${n}`, $insert_id: `i-${n}`, time: NOW_S - 60 }
  return { event: 'E', properties: { ...ids, pad } }
}

function requestOf(endpoint: Endpoint, token: string, records: readonly unknown[]): InjectOptions {
  if (endpoint === '/track') return trackJson(records)
  return endpoint === '/import' ? importJson(token, records) : profilesJson(endpoint, records)
}

/** How many events and profiles a project has. */
async function countOf({ project }: Profiles): Promise<number> {
  const { rows } = await server.db.pool.query<{ n: number }>(
    `select (select count(*) from event where project_id = $1)::integer
          + (select count(*) from profile where project_id = $1)::integer as n`,
    [project.records_id],
  )
  return rows[0]?.n ?? -1
}

/** What an endpoint answers where all of so many records are good. */
const allGood = (endpoint: Endpoint, count: number) =>
  endpoint === '/import' ? `{"code":200,"num_records_imported":${count},"status":"OK"}` : '1'

const tooMany =
  '{"code":413,"error":"request exceeds max limit of 2000 events","status":"Request Entity Too Large"}'
const tooLarge = `{"code":413,"error":"request exceeds max limit of ${MAX_BYTES} bytes","status":"Request Entity Too Large"}`

describe.each(ENDPOINTS)('%s', (endpoint) => {
  it('takes 2000 records, and none of 2001 (TRK-24, IMP-29, ENG-06, GRP-01)', async () => {
    const profiles = await start()
    const { token } = profiles.project
    const records = Array.from({ length: 2_001 }, (_, n) => recordOf(endpoint, token, n, 1))
    const past = await server.send(requestOf(endpoint, token, records))
    expect([past.statusCode, past.body, await countOf(profiles)]).toEqual([413, tooMany, 0])
    const bound = await server.send(requestOf(endpoint, token, records.slice(0, 2_000)))
    expect([bound.statusCode, bound.body]).toEqual([200, allGood(endpoint, 2_000)])
    expect(await countOf(profiles)).toBe(2_000)
  })

  it('takes 10 485 760 bytes, squeezed or not, and not one more (TRK-25, IMP-02, IMP-28, ENG-06)', async () => {
    const profiles = await start()
    const { token } = profiles.project
    const request = requestOf(endpoint, token, [recordOf(endpoint, token, 1, 1)])
    const payload = (bytes: number) => String(request.payload).padEnd(bytes, ' ')
    const past = await server.send({ ...request, payload: payload(MAX_BYTES + 1) })
    expect([past.statusCode, past.body, await countOf(profiles)]).toEqual([413, tooLarge, 0])
    const bound = await server.send({ ...request, payload: payload(MAX_BYTES) })
    expect([bound.statusCode, bound.body, await countOf(profiles)]).toEqual([200, allGood(endpoint, 1), 1])
    const squeezed = (bytes: number) => {
      const headers = { ...request.headers, 'content-encoding': 'gzip' }
      return server.send({ ...request, headers, payload: gzipSync(payload(bytes)) })
    }
    const bomb = await squeezed(MAX_BYTES + 1)
    expect([bomb.statusCode, bomb.body]).toEqual([413, tooLarge])
    expect((await squeezed(MAX_BYTES)).body).toBe(allGood(endpoint, 1))
  })

  it('takes a record of 1 048 576 bytes, and not one of one more (TRK-26, ENG-06)', async () => {
    const profiles = await start()
    const { token } = profiles.project
    const sized = (n: number, bytes: number) => {
      const empty = JSON.stringify(recordOf(endpoint, token, n, '')).length
      return recordOf(endpoint, token, n, 'x'.repeat(bytes - empty))
    }
    const send = async (bytes: number, n: number) =>
      await server.send(requestOf(endpoint, token, [sized(n, bytes)]))
    const past = await send(MAX_RECORD + 1, 1)
    expect([past.body === allGood(endpoint, 1), await countOf(profiles)]).toEqual([false, 0])
    const bound = await send(MAX_RECORD, 2)
    expect([bound.statusCode, bound.body, await countOf(profiles)]).toEqual([200, allGood(endpoint, 1), 1])
  })
})

it.each(ENDPOINTS)(
  'a URL of %s may have as many bytes as max_url_bytes says, and no more (TRK-25)',
  async (endpoint) => {
    const settings = { group_keys: ['company'], max_url_bytes: 2_000 }
    const profiles = await Profiles.start(server, 'simplified', settings)
    const { token } = profiles.project
    const data = encodeURIComponent(JSON.stringify(recordOf(endpoint, token, 1, 1)))
    const send = (bytes: number) => {
      const headers = basic(token)
      return server.send({ url: `${endpoint}?data=${data}&pad=`.padEnd(bytes, 'x'), headers })
    }
    const past = await send(2_001)
    expect([past.statusCode, past.json(), await countOf(profiles)]).toEqual([
      414,
      { code: 414, error: 'request exceeds max limit of 2000 bytes of URL', status: 'URI Too Long' },
      0,
    ])
    expect(await profiles.codes()).toContain('limit.request_too_large')
    expect((await send(2_000)).body).toBe('1')
    expect(await countOf(profiles)).toBe(1)
    // By POST there is no such limit.
    const posted = await server.send(
      requestOf(endpoint, token, [recordOf(endpoint, token, 2, 'x'.repeat(3_000))]),
    )
    expect([posted.statusCode, await countOf(profiles)]).toEqual([200, 2])
  },
)

it('a URL of 8192 bytes is called long when it has one more (TRK-25)', async () => {
  const { token } = await server.createProject()
  const data = encodeURIComponent(JSON.stringify(recordOf('/track', token, 1, 1)))
  const send = (bytes: number) => server.send({ url: `/track?data=${data}&pad=`.padEnd(bytes, 'x') })
  const [bound, past] = [await send(8_192), await send(8_193)]
  expect([bound.body, bound.headers['twinpanel-verdict']]).toEqual(['1', undefined])
  expect([past.body, past.headers['twinpanel-verdict']]).toEqual(['1', '1; limit.get_url_long'])
})

/** A list of lists of texts whose JSON has so many bytes, and that is within every other limit. */
function listOfBytes(bytes: number): readonly unknown[] {
  const text = 'x'.repeat(100)
  const rows: string[][] = [[]]
  const left = () => bytes - JSON.stringify([...rows, ['']]).length
  while (left() > 255) {
    if (rows.at(-1)?.length === 250) rows.push([])
    rows.at(-1)?.push(text)
  }
  return [...rows, ['x'.repeat(left())]]
}

/** What a value is, what is stored of it at the bound and one past it, and what is told of the latter. */
type Bound = readonly [string, unknown, unknown, unknown, string]
const LARGE = 'value.too_deep_or_large'
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]))
const list = (count: number) => Array.from({ length: count }, (_, n) => n)

const BOUNDS: readonly Bound[] = [
  ['characters (PRP-10)', 'é'.repeat(255), 'é'.repeat(256), 'é'.repeat(255), 'value.truncated'],
  [
    'characters in a list (PRP-10)',
    ['x'.repeat(255)],
    ['x'.repeat(256)],
    ['x'.repeat(255)],
    'value.truncated',
  ],
  ['keys (PRP-13)', keys(255), keys(256), keys(255), LARGE],
  ['depth (PRP-13)', { a: { b: { c: 1 } } }, { a: { b: { c: { d: 1 } } } }, { a: { b: {} } }, LARGE],
  ['elements (PRP-14)', list(255), list(256), list(255), LARGE],
  ['keys in a list of objects (PRP-16)', [keys(255)], [keys(256)], [keys(255)], LARGE],
]

describe.each(ENDPOINTS)('values sent to %s', (endpoint) => {
  /** What is stored of a value, and what was told. */
  async function storedOf(value: unknown) {
    const profiles = await start()
    const { token } = profiles.project
    const records = [recordOf(endpoint, token, 1, value)]
    // A strict import refuses what is beyond a limit: IMP-14.
    const request =
      endpoint === '/import' ? importJson(token, records, '?strict=0') : requestOf(endpoint, token, records)
    expect((await server.send(request)).body).toBe('1')
    const [event] = await server.readEvents(token)
    const [profile] = Object.values(await profiles.everything())
    return [(event?.properties ?? profile)?.['pad'], await profiles.codes()]
  }

  it.each(BOUNDS)('%s', async (_rule, bound, past, cut, code) => {
    expect(await storedOf(bound)).toEqual([bound, []])
    expect(await storedOf(past)).toEqual([cut, [code]])
  })

  it('8 KB of an event, 256 KB of a profile (PRP-15)', async () => {
    const bytes = endpoint === '/track' || endpoint === '/import' ? 8_192 : 262_144
    const value = listOfBytes(bytes)
    expect(JSON.stringify(value).length).toBe(bytes)
    expect(await storedOf(value)).toEqual([value, []])
    expect(await storedOf(listOfBytes(bytes + 1))).toEqual([undefined, [LARGE]])
  })
})

describe.each(['/track', '/import'] as const)('an event sent to %s', (endpoint) => {
  const send = async (token: string, event: string, properties: object) => {
    const ids = { token, distinct_id: 'u', $insert_id: 'i', time: NOW_S - 60, ip: '8.8.8.8' }
    const records = [{ event, properties: { ...ids, ...properties } }]
    const request = endpoint === '/import' ? importJson(token, records, '?strict=0') : trackJson(records)
    expect((await server.send(request)).body).toBe('1')
  }

  it('names have 255 characters (PRP-11)', async () => {
    const profiles = await start()
    const { token } = profiles.project
    await send(token, 'é'.repeat(255), { ['n'.repeat(255)]: 1 })
    expect(await profiles.codes()).toEqual([])
    await send(token, 'é'.repeat(256), { $insert_id: 'other', ['m'.repeat(256)]: 1 })
    expect(new Set(await profiles.codes())).toEqual(new Set(['value.truncated']))
    const events = await server.readEvents(token)
    expect(events.map(({ event }) => event)).toEqual(Array(2).fill('é'.repeat(255)))
    expect(events[0]?.properties).toHaveProperty('n'.repeat(255))
    expect(events[1]?.properties).toHaveProperty('m'.repeat(255))
  })

  it('has 255 properties beside the five that are none (PRP-12)', async () => {
    const profiles = await start()
    const { token } = profiles.project
    const own = ({ properties }: { properties: object }) =>
      Object.keys(properties).filter((name) => /^k\d/.test(name))
    await send(token, 'Bound', keys(255))
    expect(await profiles.codes()).toEqual([])
    await send(token, 'Past', { $insert_id: 'other', ...keys(256) })
    expect(await profiles.codes()).toEqual(['value.too_many_properties'])
    const [bound, past] = await server.readEvents(token)
    expect([bound, past].map((event) => event && own(event))).toEqual(Array(2).fill(Object.keys(keys(255))))
  })
})

describe('lists on a profile', () => {
  it('grow beyond 255 elements (ENG-15, ENG-16)', async () => {
    const profiles = await start()
    const each = list(300).map((n) => ({ $distinct_id: 'u', $append: { a: n }, $union: { b: n } }))
    expect(await profiles.engage(...each)).toBe('1')
    expect(await profiles.profile('u')).toEqual({ a: list(300), b: list(300) })
    expect(await profiles.codes()).not.toContain(LARGE)
  })

  it('to 256 KB, and no further (PRP-15)', async () => {
    const profiles = await start()
    const bound = listOfBytes(262_144 - 2)
    await profiles.engage({ $distinct_id: 'u', $set: { l: bound } })
    await profiles.engage({ $distinct_id: 'u', $append: { l: 7 } }, { $distinct_id: 'u', $union: { l: 8 } })
    expect(await profiles.profile('u')).toEqual({ l: [...bound, 7] })
    const told = await profiles.verdict(LARGE)
    expect([told?.record_index, told?.message]).toEqual([
      1,
      'l (262146 bytes) exceeds depth 3, 255 keys or elements, or 256 KB, and stays as it was.',
    ])
  })
})

describe('names sent to /engage', () => {
  it('255 characters (PRP-11)', async () => {
    const profiles = await start()
    await profiles.engage({ $distinct_id: 'u', $set: { ['n'.repeat(255)]: 1 } })
    expect(await profiles.codes()).toEqual([])
    await profiles.engage({ $distinct_id: 'v', $set: { ['n'.repeat(256)]: 1 } })
    expect(await profiles.codes()).toEqual(['value.truncated'])
    expect(await profiles.profile('v')).toEqual({ ['n'.repeat(255)]: 1 })
    // Under the name that it was stored by, it is found again.
    await profiles.engage({ $distinct_id: 'v', $add: { ['n'.repeat(300)]: 1 } })
    await profiles.engage({ $distinct_id: 'u', $unset: ['n'.repeat(300)] })
    expect([await profiles.profile('v'), await profiles.profile('u')]).toEqual([{ ['n'.repeat(255)]: 2 }, {}])
  })
})
