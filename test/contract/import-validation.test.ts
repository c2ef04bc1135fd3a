import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importJson, NOW_MS, NOW_S, startServer, type TestServer } from '../support/server.ts'

/*
 * What strict import refuses, in which words and in which order (IMP-09 to IMP-21), and what an import that is
 * not strict makes of the same records (IMP-12, IMP-13). Tools read index, field and message of every entry.
 */

let server: TestServer
let simplified: string
let original: string
beforeAll(async () => {
  server = await startServer()
  simplified = (await server.createProject()).token
  original = (await server.createProject({ id_management: 'original' })).token
})
afterAll(() => server.close())

const valid = (properties: object = {}) => ({
  event: 'E',
  properties: { time: NOW_S - 60, distinct_id: 'u', $insert_id: 'a-1', ...properties },
})
const without = (name: string) => ({ ...valid(), properties: { ...valid().properties, [name]: undefined } })
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]))
const list = (count: number) => Array.from({ length: count }, () => 1)

const TIME = 'properties.time'
const ID = 'properties.distinct_id'
const INSERT = '$insert_id'
const NO_INSERT = 'properties.$insert_id'

const ROWS: readonly (readonly [string, unknown, string, string])[] = [
  ['1', 5, '', 'record must be a JSON object'],
  ['2', { properties: {} }, 'event', "'event' must not be missing or blank"],
  ['2', { ...valid(), event: ' ' }, 'event', "'event' must not be missing or blank"],
  ['3', { ...valid(), event: 5 }, 'event', "'event' is invalid: must be a string"],
  ['4', { event: 'E' }, 'properties', "'properties' must not be missing"],
  ['5', without('time'), TIME, `'${TIME}' is invalid: must not be missing`],
  [
    '6',
    valid({ time: '2024-01-01' }),
    TIME,
    `'${TIME}' is invalid: must be specified as seconds since epoch`,
  ],
  ['7', valid({ time: 31_535_999 }), TIME, `'${TIME}' is invalid: must not be before 1971-01-01`],
  ['8', valid({ time: NOW_S + 3_700 }), TIME, `'${TIME}' is invalid: must not be in the future`],
  [
    '10',
    valid({ distinct_id: 'undefined' }),
    ID,
    `'${ID}' is invalid: must not be one of the disallowed values`,
  ],
  [
    '10',
    valid({ distinct_id: ' NULL ' }),
    ID,
    `'${ID}' is invalid: must not be one of the disallowed values`,
  ],
  ['11', without('$insert_id'), NO_INSERT, `'${NO_INSERT}' is invalid: must not be missing`],
  ['11', valid({ $insert_id: '' }), NO_INSERT, `'${NO_INSERT}' is invalid: must not be missing`],
  ['11', valid({ $insert_id: null }), NO_INSERT, `'${NO_INSERT}' is invalid: must not be missing`],
  ['12', valid({ $insert_id: 'a'.repeat(37) }), INSERT, "'$insert_id' is invalid: must be at most 36 bytes"],
  [
    '13',
    valid({ $insert_id: 'bad:id' }),
    INSERT,
    "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters",
  ],
  [
    '14',
    valid({ $insert_id: 'None' }),
    INSERT,
    "'$insert_id' is invalid: must not be one of the disallowed values",
  ],
  [
    '15',
    valid({ name: '\ud800' }),
    'properties.name',
    'properties.name is invalid: string should be valid utf8',
  ],
  ['15', { ...valid(), event: 'E\ud800' }, 'event', 'event is invalid: string should be valid utf8'],
  ['16', valid(keys(256)), 'properties', "'properties' is invalid: must have fewer than 255 properties"],
  [
    '17',
    valid({ a: { b: { c: { d: { e: 1 } } } } }),
    'properties.a',
    "'properties.a' is invalid: exceeds maximum nesting depth of 3",
  ],
  ['17', valid({ a: keys(256) }), 'properties.a', "'properties.a' is invalid: must have fewer than 255 keys"],
  [
    '18',
    valid({ a: list(256) }),
    'properties.a',
    "'properties.a' is invalid: must have fewer than 255 elements",
  ],
  ['19', valid({ a: 'x'.repeat(1_048_600) }), '', 'event is larger than 1048576 bytes'],
]

describe('strict=1', () => {
  it.each(ROWS)('row %s: %# (IMP-14)', async (_row, record, field, message) => {
    const answer = await server.send(importJson(simplified, [record]))
    expect(answer.statusCode).toBe(400)
    expect(answer.json().failed_records).toMatchObject([{ index: 0, field, message }])
    expect(answer.json().num_records_imported).toBe(0)
  })

  it.each([
    ['7', valid({ time: 31_536_000 })],
    ['8', valid({ time: NOW_S + 3_500 })],
    ['12', valid({ $insert_id: 'a'.repeat(36) })],
    ['16', valid(keys(255))],
    ['17', valid({ a: { b: { c: { d: 1 } } } })],
    ['17', valid({ a: keys(255) })],
    ['18', valid({ a: list(255) })],
    ['19', valid({ a: 'x'.repeat(1_048_000) })],
    ['Q-13', valid({ time: String(NOW_S) })],
  ])('row %s: the bound itself passes: %# (IMP-14)', async (_row, record) => {
    expect((await server.send(importJson(simplified, [record]))).statusCode).toBe(200)
  })

  it('a missing distinct_id fails in original projects, and passes in simplified ones (IMP-14/9, IMP-15)', async () => {
    const answer = await server.send(importJson(original, [without('distinct_id')]))
    expect(answer.json().failed_records[0]).toMatchObject({
      field: ID,
      message: `'${ID}' is invalid: must not be missing`,
    })
    expect((await server.send(importJson(simplified, [without('distinct_id')]))).statusCode).toBe(200)
  })

  it('a failed record without an $insert_id has no key for one, whatever failed (IMP-11, IMP-14)', async () => {
    const records = [
      without('$insert_id'),
      5,
      { event: 'E', properties: {} },
      valid({ $insert_id: 'bad:id' }),
    ]
    const { failed_records } = (await server.send(importJson(simplified, records))).json()
    expect(failed_records).toEqual([
      { index: 0, field: NO_INSERT, message: `'${NO_INSERT}' is invalid: must not be missing` },
      { index: 1, field: '', message: 'record must be a JSON object' },
      { index: 2, field: TIME, message: `'${TIME}' is invalid: must not be missing` },
      expect.objectContaining({ index: 3, insert_id: 'bad:id', $insert_id: 'bad:id', field: INSERT }),
    ])
  })

  it('the deny-list is diagnostic only for $user_id and $device_id (IMP-16)', async () => {
    const answer = await server.send(
      importJson(simplified, [valid({ distinct_id: undefined, $user_id: 'null' })]),
    )
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['twinpanel-verdict']).toBe('1; identity.disallowed_id')
  })

  it('all good (IMP-10)', async () => {
    const answer = await server.send(importJson(simplified, [valid(), valid()], '?strict=1&verbose=1'))
    expect(answer.body).toBe('{"code":200,"num_records_imported":2,"status":"OK"}')
    expect(answer.headers['content-type']).toBe('application/json')
  })

  it('status is a phrase in strict answers and a number in the others (IMP-27)', async () => {
    const status = async (records: unknown, query: string) =>
      (await server.send(importJson(simplified, records, query))).json().status
    expect(await status([valid()], '?strict=1')).toBe('OK')
    expect(await status([{}], '?strict=1')).toBe('Bad Request')
    expect(await status([valid()], '?strict=0&verbose=1')).toBe(1)
    expect(await status([{}], '?strict=0&verbose=1')).toBe(0)
  })

  it('some bad: 400, and the good ones are in (IMP-11, DEC-03)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send(importJson(token, [valid({ $insert_id: 'bad:id' }), valid()]))
    expect(answer.statusCode).toBe(400)
    expect(answer.body).toBe(
      '{"code":400,"error":"some data points in the request failed validation","failed_records":[{"index":0,' +
        '"insert_id":"bad:id","$insert_id":"bad:id","field":"$insert_id","message":"\'$insert_id\' is invalid: ' +
        'must only contain alphanumeric or hyphen \'-\' characters"}],"num_records_imported":1,"status":"Bad Request"}',
    )
    expect(await server.readEvents(token)).toHaveLength(1)
  })

  it('retention, when it is on (IMP-21, IMP-14/20)', async () => {
    const { token } = await server.createProject({ settings: { retention_days: 730 } })
    const old = (days: number) => valid({ time: NOW_S - days * 86_400 })
    const answer = await server.send(importJson(token, [old(800)]))
    expect(answer.json().failed_records[0].message).toBe(
      "'properties.time' is invalid: outside of the retention window",
    )
    expect((await server.send(importJson(token, [old(729)]))).statusCode).toBe(200)
    expect((await server.send(importJson(simplified, [old(9_000)]))).statusCode).toBe(200)
  })

  it('a bad line of NDJSON is one failed record; other bad JSON refuses the request (IMP-32)', async () => {
    const { token } = await server.createProject()
    const lines = [JSON.stringify(valid()), '', '{oops', JSON.stringify(valid({ $insert_id: 'b' }))].join(
      '\n',
    )
    const request = importJson(token, [])
    const ndjson = {
      ...request,
      headers: { ...request.headers, 'content-type': 'application/x-ndjson' },
      payload: lines,
    }
    const answer = await server.send(ndjson)
    expect([answer.statusCode, answer.json().num_records_imported]).toEqual([400, 2])
    expect(answer.json().failed_records).toMatchObject([
      { index: 1, message: 'record must be a JSON object' },
    ])
    const broken = await server.send({ ...request, payload: '[{' })
    expect(broken.statusCode).toBe(400)
    expect(broken.body).toBe('{"code":400,"error":"request body is not valid JSON","status":"Bad Request"}')
  })

  it('an empty array (IMP-33)', async () => {
    const answer = await server.send(importJson(simplified, []))
    expect(answer.statusCode).toBe(400)
    expect(answer.body).toBe('{"code":400,"error":"data, missing or empty","status":"Bad Request"}')
  })

  it('2001 records are refused whole (IMP-29)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send(
      importJson(
        token,
        Array.from({ length: 2_001 }, () => valid()),
      ),
    )
    expect(answer.statusCode).toBe(413)
    expect(answer.json().error).toBe('request exceeds max limit of 2000 events')
    expect(await server.readEvents(token)).toEqual([])
  })

  it('11 MB are refused before anybody asks who sent them (IMP-28, IMP-34)', async () => {
    const answer = await server.send({ ...importJson('nobody', []), payload: ' '.repeat(11_000_000) })
    expect(answer.statusCode).toBe(413)
    expect(answer.body).toBe(
      '{"code":413,"error":"request exceeds max limit of 10485760 bytes","status":"Request Entity Too Large"}',
    )
  })
})

describe('not strict', () => {
  const ask = async (records: unknown, query: string) => {
    const { token } = await server.createProject()
    const answer = await server.send(importJson(token, records, query))
    return { answer, events: await server.readEvents(token) }
  }

  it.each([
    ['', [valid()], '1'],
    ['?strict=0', [valid(), {}], '1'],
    ['?strict=2', [{}], '0'],
    [
      '?strict=0&verbose=1',
      [valid(), valid({ n: 2 })],
      '{"code":200,"error":null,"num_records_imported":2,"status":1}',
    ],
    ['?verbose=1', [{}], '{"error":"data, missing or empty","status":0}'],
    ['?verbose=1', [], '{"error":"data, missing or empty","status":0}'],
  ])('%s %# (IMP-09, IMP-12)', async (query, records, body) => {
    const { answer } = await ask(records, query)
    expect([answer.statusCode, answer.body]).toEqual([200, body])
  })

  it('structural failures are skipped, the rest is repaired (IMP-13, IMP-19)', async () => {
    const records = [
      {},
      { event: 'E' },
      without('time'),
      valid({ $insert_id: 'bad:id' }),
      valid({ distinct_id: 'null' }),
    ]
    const { answer, events } = await ask(records, '?strict=0&verbose=1')
    expect(answer.json().num_records_imported).toBe(2)
    expect(events.map((event) => event.distinct_id)).toEqual(['u', 'null'])
    expect(events[0]?.insert_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(events[1]?.insert_id).toBe('a-1')
    expect(answer.headers['twinpanel-verdict']).toContain('value.repaired')
  })

  it('a missing $insert_id is made, and told (DDP-05)', async () => {
    const { answer, events } = await ask([without('$insert_id')], '?strict=0')
    expect(events[0]?.insert_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers['twinpanel-verdict']).toBe('1; dedup.no_insert_id')
  })

  it('a missing strict is told (IMP-09)', async () => {
    const { answer } = await ask([valid()], '')
    expect(answer.headers['twinpanel-verdict']).toBe('1; import.strict_off')
  })

  it('a strict that is neither 0 nor 1 is told (IMP-09)', async () => {
    const { answer } = await ask([valid()], '?strict=true&explain=1')
    expect(answer.json().verdicts).toMatchObject([
      {
        code: 'import.strict_off',
        severity: 'warning',
        message: expect.stringContaining('strict is "true", which is neither 0 nor 1'),
      },
    ])
  })

  it('the far future becomes now (IMP-20)', async () => {
    const { events } = await ask([valid({ time: NOW_S + 90_000 })], '?strict=0')
    expect(events.map((event) => event.time)).toEqual([NOW_MS])
  })

  it.each([
    ['original', '0'],
    ['legacy', '0'],
    ['simplified', '0'],
    ['simplified', '1'],
  ])(
    'an address stands in for a missing id, not for an empty one: %s, strict=%s (IMP-18, IMP-17)',
    async (id_management, strict) => {
      const { token } = await server.createProject({ id_management })
      const ofNoUser = without('distinct_id').properties
      const records = [
        {},
        { distinct_id: null },
        { distinct_id: [] },
        { distinct_id: '' },
        { $distinct_id: '' },
      ]
      const request = importJson(
        token,
        records.map((own, n) => ({
          event: `e${n}`,
          properties: { ...ofNoUser, $insert_id: `i${n}`, time: NOW_S - 100 + n, ...own },
        })),
        `?strict=${strict}`,
      )
      const answer = await server.send({ ...request, remoteAddress: '203.0.113.9' })
      expect(answer.headers['twinpanel-verdict']).toContain('identity.id_from_address')
      const ids = (await server.readEvents(token)).map((event) => event.distinct_id)
      const hash = expect.stringMatching(/^[0-9a-f]{40}$/)
      expect(ids).toEqual([hash, hash, hash, '', ''])
      expect(new Set(ids).size).toBe(2)
    },
  )
})

describe('effects', () => {
  it('within the hour a future time is taken as now; $import is set; "" stays "" (IMP-20, IMP-24, IMP-17)', async () => {
    const { token } = await server.createProject()
    const records = [
      valid({ time: NOW_S + 600, $import: false }),
      valid({ distinct_id: '', time: NOW_S - 86_400 * 400 }),
    ]
    const answer = await server.send(importJson(token, records))
    expect(answer.json().num_records_imported).toBe(2)
    const events = await server.readEvents(token)
    expect(events.map((event) => [event.distinct_id, event.time])).toEqual([
      ['', (NOW_S - 86_400 * 400) * 1_000],
      ['u', NOW_MS],
    ])
    expect(events.every((event) => event.properties['$import'] === true)).toBe(true)
  })

  it('a long text is cut, not refused (IMP-22)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send(importJson(token, [valid({ text: 'x'.repeat(300) })]))
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['twinpanel-verdict']).toBe('1; value.truncated')
    expect((await server.readEvents(token))[0]?.properties['text']).toBe('x'.repeat(255))
  })

  it('$ignore is valid, dropped and not counted (IMP-25)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send(importJson(token, [valid({ $ignore: true }), valid()]))
    expect(answer.body).toBe('{"code":200,"num_records_imported":1,"status":"OK"}')
    expect(await server.readEvents(token)).toHaveLength(1)
  })

  it('the credentials decide the project, whatever the token in the record (IMP-03)', async () => {
    const [a, b] = [await server.createProject(), await server.createProject()]
    const answer = await server.send(importJson(a.token, [valid({ token: b.token })]))
    expect(answer.headers['twinpanel-verdict']).toBe('1; import.token_mismatch')
    expect(await server.readEvents(a.token)).toHaveLength(1)
    expect(await server.readEvents(b.token)).toEqual([])
  })

  it('an identity event in a simplified project refuses the whole strict batch (IDS-22)', async () => {
    const { token } = await server.createProject()
    const alias = { event: '$create_alias', properties: { distinct_id: 'a', alias: 'b' } }
    const answer = await server.send(importJson(token, [valid(), alias]))
    expect(answer.statusCode).toBe(400)
    expect(answer.body).toBe(
      '{"code":400,"error":"some data points in the request failed validation","failed_records":["identity events ' +
        'are not allowed when project is using simplified identity management"],"num_records_imported":0,' +
        '"status":"Bad Request"}',
    )
    expect((await server.send(importJson(token, [valid(), alias], '?strict=0'))).body).toBe('1')
    expect((await server.readEvents(token)).map((event) => event.event)).toEqual(['E'])
  })
})
