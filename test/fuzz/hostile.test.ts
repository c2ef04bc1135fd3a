import { constants, deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FuzzServer, GOOD, memoryMb, startFuzzServer } from './server.ts'

/** What a hostile request may take on a busy machine, beside a few times what JSON.parse takes for it. */
// What grows with the square of these bodies takes minutes; a busy machine takes a few seconds.
const MAX_MS = 5_000
const MAX_PARSES = 15

let server: FuzzServer
beforeAll(async () => {
  server = await startFuzzServer()
})
afterAll(() => server.close())

interface Answer {
  readonly status: number
  readonly text: string
  readonly verdicts: string
  readonly ms: number
}

async function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const started = performance.now()
  const json = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(`${server.url}${path}`, { method: 'POST', headers: json, body })
  const text = await answer.text()
  const verdicts = answer.headers.get('twinpanel-verdict') ?? ''
  return { status: answer.status, text, verdicts, ms: performance.now() - started }
}

const basic = () => ({ authorization: `Basic ${Buffer.from(`${server.token}:`).toString('base64')}` })
/** How long an answer to this body may take: measured here and now, so that a slow machine is no fault. */
function timeLimitMs(body: string): number {
  const started = performance.now()
  try {
    JSON.parse(body)
  } catch {
    // That is what some of these bodies are for.
  }
  return MAX_MS + MAX_PARSES * (performance.now() - started)
}
/** A record whose properties are given as JSON text, so that they can be what no object is. */
const record = (properties: string) => {
  const ids = `"token":"${server.token}","time":${Date.now()},"$device_id":"D","$insert_id":"i"`
  return `{"event":"E","properties":{${ids},${properties}}}`
}
const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels)
const items = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, n) => item(n)).join(',')

const accepted: readonly (readonly [string, () => string])[] = [
  ['nine thousand levels of lists', () => `"p":${nested(9_000, '[', ']')}`],
  ['nine thousand levels of objects', () => `"p":${nested(9_000, '{"a":', '}').replace('}', '1}')}`],
  ['a list of a hundred thousand elements', () => `"p":[${items(100_000, String)}]`],
  ['twenty thousand properties', () => `${items(20_000, (n) => `"p${n}":1`)}`],
  ['twenty thousand properties with numbers for names', () => `${items(20_000, (n) => `"${4e9 - n}":1`)}`],
  ['the same name thirty thousand times', () => `${items(30_000, (n) => `"p":${n}`)}`],
  [
    'prototype names',
    () => '"__proto__":{"a":1},"constructor":{"prototype":{}},"toString":1,"toJSON":1,"valueOf":2',
  ],
  [
    'NUL and lone surrogates everywhere',
    () => String.raw`"\u0000":"\u0000","\ud800":["\udc00",{"\udfff":"\u0000"}]`,
  ],
  [
    'numbers at the edge',
    () => '"a":1e400,"b":-1e400,"c":-0,"d":1e308,"e":5e-324,"f":1e-400,"g":123456789012345678901234567890',
  ],
  ['a number of fifty thousand digits', () => `"p":${'9'.repeat(50_000)},"q":0.${'1'.repeat(50_000)}`],
  [
    'every id a hostile one',
    () => String.raw`"$insert_id":1e400,"$user_id":"\u0000","$device_id":"\ud800","ip":{}`,
  ],
  ['a text of a million bytes', () => `"p":"${'x'.repeat(1_000_000)}"`],
  ['a name of a million bytes', () => `"${'x'.repeat(1_000_000)}":1`],
  ['combining characters', () => `"p":"${'e\u0301'.repeat(100_000)}"`],
]

describe('a hostile record', () => {
  it.each(accepted)(
    'of %s is taken by /track and /import, and its project stays readable (DEC-07)',
    async (_name, properties) => {
      const text = record(properties())
      const track = await post('/track?verbose=1', `[${text}]`)
      expect([track.status, track.text]).toEqual([200, '{"error":null,"status":1}'])
      const imported = await post('/import?verbose=1', text, basic())
      expect([imported.status, JSON.parse(imported.text)]).toEqual([
        200,
        expect.objectContaining({ num_records_imported: 1 }),
      ])
      const strict = await post('/import?strict=1', `[${text}]`, basic())
      expect([200, 400]).toContain(strict.status)
      expect(Math.max(track.ms, imported.ms, strict.ms)).toBeLessThan(timeLimitMs(text))
      expect(await server.roundTrip()).toMatchObject(GOOD)
    },
  )

  it.each<[string, () => string, number]>([
    ['a million empty lists', () => `[${items(1_000_000, () => '[]')}]`, 413],
    ['half a million empty objects', () => `[${items(500_000, () => '{}')}]`, 413],
    ['two million brackets', () => '['.repeat(2_000_000), 200],
    ['a million levels', () => nested(1_000_000, '[', ']'), 200],
    ['a record of a hundred thousand levels', () => `[${record(`"p":${nested(100_000, '[', ']')}`)}]`, 200],
    ['two hundred thousand properties', () => `[${record(items(200_000, (n) => `"p${n}":1`))}]`, 200],
    ['two thousand records of nothing', () => `[${items(2_000, () => 'null')}]`, 200],
    [
      'two thousand tokens that nobody knows',
      () => `[${items(2_000, (n) => `{"event":"E","properties":{"token":"t${n}"}}`)}]`,
      200,
    ],
    [
      'two thousand tokens of five thousand bytes',
      () => `[${items(2_000, (n) => `{"event":"E","properties":{"token":"${n}${'t'.repeat(5_000)}"}}`)}]`,
      200,
    ],
    ['blanks', () => ' '.repeat(10_000_000), 200],
    ['a byte order mark and nothing', () => '\uFEFF', 200],
  ])('%s is answered in time by /track (DEC-08)', async (_name, body, status) => {
    const text = body()
    const answer = await post('/track', text)
    expect(answer.status).toBe(status)
    expect(answer.ms).toBeLessThan(timeLimitMs(text))
  })
})

describe('a hostile header', () => {
  const user = (name: string) => ({ authorization: `Basic ${Buffer.from(name).toString('base64')}` })

  it.each<[string, () => Record<string, string>]>([
    ['a NUL in the service account', () => user('a\u0000.mp-service-account:secret')],
    ['a NUL in the secret', () => user('a\u0000:')],
    [
      'bytes that are no UTF-8',
      () => ({ authorization: `Basic ${Buffer.from([255, 254, 58]).toString('base64')}` }),
    ],
    ['a long name', () => user(`${'x'.repeat(100_000)}:y`)],
    ['forty thousand blanks', () => ({ authorization: `Basic a${' '.repeat(40_000)}b` })],
  ])('%s as credentials is a 401, soon (DEC-07)', async (_name, headers) => {
    for (const query of ['?project_id=1', '?project_id=2147483647', '']) {
      const answer = await post(`/import${query}`, '[]', headers())
      expect(answer.status).toBe(401)
      expect(answer.ms).toBeLessThan(MAX_MS)
    }
  })
})

describe('a hostile question', () => {
  it.each([
    '/api/2.0/export?from_date=2026-01-01&to_date=2026-01-02&event=["%5Cu0000"]',
    '/api/2.0/export?from_date=2026-01-01&to_date=2026-01-02&event=["%5Cud800"]',
    '/api/2.0/export?from_date=0000-01-01&to_date=2026-01-02',
    '/api/2.0/export?from_date=0001-01-01&to_date=0001-01-01',
    '/_twin/projects/%00',
    '/_twin/projects/%00/events',
    '/_twin/projects/TOKEN/events?distinct_id=%00',
    '/_twin/projects/TOKEN/events?event=%00',
    '/_twin/projects/TOKEN/events?from=-271821-04-20&to=%2B275760-09-13',
    '/_twin/projects/TOKEN/events?from=-9999999999999999&to=9999999999999999',
  ])('%s is no 5xx (DEC-07)', async (path) => {
    const authorization = `Basic ${Buffer.from(`${server.secret}:`).toString('base64')}`
    const answer = await fetch(`${server.url}${path.replace('TOKEN', server.token)}`, {
      headers: { authorization },
    })
    expect(answer.status).toBeLessThan(500)
  })

  it.each([
    ['a NUL as name', { name: 'a\u0000' }],
    ['a NUL in a setting', { settings: { api_endpoint: '\u0000' } }],
    ['an offset for a time zone, which Postgres reads the other way round', { timezone: '+01:00' }],
    ['a time zone that is none', { timezone: 'Mars/Olympus' }],
  ])('a project with %s is refused, or is as it was asked for (DEC-07)', async (_name, body) => {
    const answer = await post('/_twin/projects', JSON.stringify(body))
    if (answer.status === 201) expect(JSON.parse(answer.text)).toMatchObject(body)
    else expect(answer.status).toBe(400)
    if ('timezone' in body) expect(answer.status).toBe(400)
  })
})

describe('a bomb', () => {
  /** One gzip stream of ten megabytes that would inflate to ten gigabytes. */
  function bomb(): Uint8Array<ArrayBuffer> {
    const zeros = Buffer.alloc(20 * 1_048_576)
    const piece = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH })
    const head = Buffer.from([31, 139, 8, 0, 0, 0, 0, 0, 0, 3])
    return new Uint8Array(Buffer.concat([head, ...Array.from({ length: 512 }, () => piece)]))
  }

  it('of 10 MB that inflates to 10 GB is a 413, at once and in little memory (DEC-07)', async () => {
    const sent = bomb()
    expect(sent.length).toBeGreaterThan(10_000_000)
    const before = memoryMb()
    for (const path of ['/track', '/import?strict=1']) {
      const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }
      const answer = await post(path, sent, { ...basic(), ...form })
      expect(answer.status).toBe(413)
      expect(answer.ms).toBeLessThan(3_000)
    }
    expect(memoryMb().rss - before.rss).toBeLessThan(200)
  })

  it('within a bomb is no data, for nobody inflates twice (DEC-07)', async () => {
    const answer = await post('/track', new Uint8Array(gzipSync(gzipSync(Buffer.alloc(1_000_000)))), {
      'content-encoding': 'gzip',
    })
    expect([answer.status, answer.text]).toEqual([200, '0'])
  })
})

describe('afterwards', () => {
  it('the server has complained of nothing and takes good events (DEC-07)', async () => {
    expect(await server.roundTrip()).toMatchObject(GOOD)
    expect(server.complaints()).toEqual([])
  })
})
