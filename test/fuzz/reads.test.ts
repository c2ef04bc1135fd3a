import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileProperties, hostileText } from '../unit/core/normalise/json-arbitraries.ts'
import { toText } from './requests.ts'
import { type FuzzServer, SEED, startFuzzServer } from './server.ts'

/** How long requests are made up, in ms. */
const TIME_LIMIT_MS = 8_000

let server: FuzzServer
beforeAll(async () => {
  server = await startFuzzServer()
  const [own] = fc.sample(fc.array(hostileProperties, { minLength: 60, maxLength: 60 }), {
    seed: SEED,
    numRuns: 1,
  })
  const headers = { 'content-type': 'application/json' }
  for (const [n, properties] of (own ?? []).entries()) {
    const events = toText([
      { event: 'E', properties: { ...properties, token: server.token, $insert_id: `i${n}` } },
    ])
    await server.inject({ method: 'POST', url: '/track', headers, payload: events })
    const profile = toText([{ $token: server.token, $distinct_id: `u${n}`, $set: properties }])
    await server.inject({ method: 'POST', url: '/engage', headers, payload: profile })
  }
})
afterAll(() => server.close())

/** Words of expressions, right and wrong, in any order. */
const where = fc.oneof(
  fc
    .array(
      fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom('properties["a"]', 'user["$name"]', 'event["$time"]', '1', '"x"'),
        },
        {
          weight: 3,
          arbitrary: fc.constantFrom('and', 'or', '==', '<', '>=', 'in', '+', '*', '/', '%', '-'),
        },
        fc.constantFrom(
          'not',
          '(',
          ')',
          '[',
          ']',
          ',',
          'defined(',
          'number(',
          'string(',
          'datetime("2026-01-01")',
          'datetime(properties["a"])',
          'datetime(NOW',
        ),
        hostileText.map((text) => `properties[${JSON.stringify(text)}]`),
        hostileText,
      ),
      { maxLength: 12 },
    )
    .map((words) => words.join(' ')),
  hostileText,
)
const list = fc.oneof(
  fc
    .array(fc.oneof(hostileText, fc.constantFrom('E', 'u1', '$device:D')), { maxLength: 5 })
    .map((all) => JSON.stringify(all)),
  hostileText,
)
const date = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('2026-01-01', '2024-02-29', '9999-12-31', '0001-01-01') },
  hostileText,
)
const number = fc.oneof(fc.constantFrom('0', '1', '1000', '-1', '1e3', '99999999'), hostileText)

const params = fc.record(
  {
    from_date: date,
    to_date: date,
    event: fc.oneof(list, fc.constant('E')),
    where,
    selector: where,
    on: where,
    name: fc.oneof(fc.constantFrom('a', '$name', 'time'), hostileText),
    values: list,
    interval: number,
    type: fc.oneof(fc.constantFrom('general', 'unique', 'average'), hostileText),
    unit: fc.oneof(fc.constantFrom('minute', 'hour', 'day', 'week', 'month'), hostileText),
    limit: number,
    distinct_id: fc.oneof(fc.constantFrom('u1', 'u2'), hostileText),
    distinct_ids: list,
    output_properties: list,
    session_id: hostileText,
    page: number,
    data_group_id: number,
    time_in_ms: number,
  },
  { requiredKeys: [] },
)

const PATHS = [
  '/api/2.0/export',
  '/api/query/engage',
  '/api/query/stream/query',
  '/api/query/segmentation',
  '/api/query/segmentation/sum',
  '/api/query/segmentation/average',
  '/api/query/events',
  '/api/query/events/names',
  '/api/query/events/top',
  '/api/query/events/properties',
  '/api/query/events/properties/top',
  '/api/query/events/properties/values',
  '/api/query/engage/properties',
  '/api/query/cohorts/list',
]

describe('any read', () => {
  it('is answered in its form, without a 5xx or a stack in the log (DEC-07, QRY-10, QRY-15, QRY-17)', {
    timeout: 60_000,
  }, async () => {
    const authorization = `Basic ${Buffer.from(`${server.secret}:`).toString('base64')}`
    const seen = new Map<number, number>()
    const property = fc.asyncProperty(fc.constantFrom(...PATHS), params, async (path, asked) => {
      const complaints = server.complaints().length
      const query = new URLSearchParams(
        Object.entries(asked).map(([name, value]): [string, string] => [name, value.toWellFormed()]),
      )
      const answer = await server.inject({ url: `${path}?${query}`, headers: { authorization } })
      seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1)
      expect([200, 400], answer.body).toContain(answer.statusCode)
      const isText = path === '/api/2.0/export'
      expect(answer.headers['content-type']).toBe(isText ? 'text/plain' : 'application/json')
      if (!isText) expect(answer.json()).toBeTypeOf('object')
      expect(server.complaints().slice(complaints)).toEqual([])
    })
    await fc.assert(property, {
      seed: SEED,
      numRuns: 100_000,
      interruptAfterTimeLimit: TIME_LIMIT_MS,
      markInterruptAsFailure: false,
    })
    expect(seen.get(200)).toBeGreaterThan(0)
    expect(seen.get(400)).toBeGreaterThan(0)
  })
})
