import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * Values and limits (PRP-02 to PRP-18, DEC-07) as a reader sees them. What is cut without a word is found
 * months later, in a report that does not add up.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** Tracks properties given as JSON text, so that a test controls every byte. */
async function trackText(json: string, project: object = {}) {
  const { token } = await server.createProject(project)
  const payload = `[{"event":"E","properties":{"token":"${token}","distinct_id":"u",${json}}}]`
  const answer = await server.send({ ...trackJson([]), payload })
  expect([answer.statusCode, answer.body]).toEqual([200, '1'])
  const [event] = await server.readEvents(token)
  const verdict = String(answer.headers['twinpanel-verdict'] ?? '').split('; ')[1]
  return { properties: event?.properties ?? {}, verdict }
}

const track = (properties: object, project: object = {}) =>
  trackText(JSON.stringify(properties).slice(1, -1), project)

describe('kept as sent', () => {
  it.each([
    ['PRP-06', { a: null }],
    ['PRP-07', { a: '' }],
    ['PRP-05', { a: '2026-01-01T00:00:00', b: true, c: 1.5, d: -0.25 }],
    ['PRP-09', { a: [3, 1, 2, 'x', null] }],
    ['PRP-16', { a: [{ b: 1 }, { b: 2 }] }],
    ['PRP-13', { a: { b: { c: 1 } } }],
    ['PRP-14', { a: Array.from({ length: 255 }, (_, i) => i) }],
    ['PRP-10', { a: 'x'.repeat(255), b: '😀'.repeat(255) }],
    ['PRP-11', { ['n'.repeat(255)]: 1 }],
    ['DEC-07', { constructor: 1, toString: 'x', hasOwnProperty: null }],
  ])('%s: %#', async (_rule, properties) => {
    const stored = await track(properties)
    expect(stored.properties).toMatchObject(properties)
    expect(stored.verdict).toBeUndefined()
  })

  it('__proto__ is a name like any other (DEC-07)', async () => {
    const stored = await trackText('"__proto__":{"polluted":1},"a":1')
    expect(Object.entries(stored.properties)).toContainEqual(['__proto__', { polluted: 1 }])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('numbers are doubles; of a name given twice the last counts (PRP-08)', async () => {
    const stored = await trackText('"big":9007199254740993,"small":1e-7,"a":1,"a":2')
    expect(stored.properties).toMatchObject({ big: 9_007_199_254_740_992, small: 1e-7, a: 2 })
  })
})

describe('cut to the limits', () => {
  it.each([
    ['PRP-10', { a: 'x'.repeat(300) }, { a: 'x'.repeat(255) }, 'value.truncated'],
    ['PRP-10', { a: 'é'.repeat(300) }, { a: 'é'.repeat(255) }, 'value.truncated'],
    ['PRP-10', { a: '😀'.repeat(256) }, { a: '😀'.repeat(255) }, 'value.truncated'],
    [
      'PRP-10',
      { a: ['y'.repeat(256), { b: 'z'.repeat(256) }] },
      { a: ['y'.repeat(255), { b: 'z'.repeat(255) }] },
      'value.truncated',
    ],
    ['PRP-11', { ['n'.repeat(256)]: 1 }, { ['n'.repeat(255)]: 1 }, 'value.truncated'],
    [
      'PRP-13',
      { a: { b: { c: { d: { e: 1 } }, f: 1 } } },
      { a: { b: { c: {}, f: 1 } } },
      'value.too_deep_or_large',
    ],
    [
      'PRP-14',
      { a: Array.from({ length: 256 }, (_, i) => i) },
      { a: Array.from({ length: 255 }, (_, i) => i) },
      'value.too_deep_or_large',
    ],
    ['PRP-04', { bucket: 1 }, { bucket: 1 }, 'value.reserved_bucket'],
    ['PRP-04', { $bucket: 1 }, { $bucket: 1 }, 'value.reserved_bucket'],
  ])('%s: %#', async (_rule, sent, stored, verdict) => {
    const seen = await track(sent)
    expect(seen.properties).toMatchObject(stored)
    for (const [name, value] of Object.entries(stored)) expect(seen.properties[name]).toEqual(value)
    expect(seen.verdict).toBe(verdict)
  })

  it('a list or object of more than 8 KB is dropped, one of 8 KB is not (PRP-15)', async () => {
    const list = (count: number) => Array.from({ length: count }, () => 'x'.repeat(38))
    const fits = { a: list(199), b: 1 }
    expect(Buffer.byteLength(JSON.stringify(fits.a))).toBeLessThanOrEqual(8_192)
    expect((await track(fits)).properties).toMatchObject(fits)
    const seen = await track({ a: list(200), b: 1 })
    expect(seen.properties).not.toHaveProperty('a')
    expect(seen.properties).toMatchObject({ b: 1 })
    expect(seen.verdict).toBe('value.too_deep_or_large')
  })

  it('by bytes, where the project says so (PRP-10)', async () => {
    const project = { settings: { string_limit_unit: 'bytes' } }
    expect((await track({ a: 'é'.repeat(200) }, project)).properties['a']).toBe('é'.repeat(127))
    expect((await track({ a: 'x'.repeat(255) }, project)).verdict).toBeUndefined()
  })

  it('255 properties beside those that are consumed (PRP-12)', async () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i]))
    expect((await track({ ...many(255), ip: '203.0.113.1', $insert_id: 'x' })).verdict).toBeUndefined()
    const seen = await track(many(256))
    expect(seen.properties).toHaveProperty('p254')
    expect(seen.properties).not.toHaveProperty('p255')
    expect(seen.verdict).toBe('value.too_many_properties')
  })

  it('an event name of 256 characters is cut (PRP-11)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send(
      trackJson([{ event: 'e'.repeat(256), properties: { token, distinct_id: 'u' } }]),
    )
    expect(answer.headers['twinpanel-verdict']).toBe('1; value.truncated')
    expect((await server.readEvents(token))[0]?.event).toBe('e'.repeat(255))
  })
})

describe('not storable', () => {
  it.each([
    ['U+0000', '"a":"x\\u0000y"', { a: 'x\uFFFDy' }],
    ['a lone surrogate', '"a":"x\\ud800y"', { a: 'x\uFFFDy' }],
    ['U+0000 in a name', '"x\\u0000y":1', { 'x\uFFFDy': 1 }],
    ['a number beyond a double', '"a":1e400,"b":1', { b: 1 }],
    ['one inside a list', '"a":[1,1e400,2]', { a: [1, 2] }],
  ])('%s (DEC-07, PRP-18)', async (_what, json, stored) => {
    const seen = await trackText(json)
    expect(seen.properties).toMatchObject(stored)
    expect(seen.properties).not.toHaveProperty('a', null)
    expect(seen.verdict).toBe('value.not_storable')
  })

  it('bytes that are not UTF-8 become U+FFFD (PRP-18)', async () => {
    const { token } = await server.createProject()
    const head = Buffer.from(`[{"event":"E","properties":{"token":"${token}","distinct_id":"u","a":"x`)
    const payload = Buffer.concat([head, Buffer.from([0xff]), Buffer.from('y"}}]')])
    await server.send({ ...trackJson([]), payload })
    expect((await server.readEvents(token))[0]?.properties['a']).toBe('x\uFFFDy')
  })

  it('CESU-8, which the browser SDK writes, is read as the character (TRK-03)', async () => {
    const { token } = await server.createProject()
    const [high, low] = ['\ud83d', '\ude00'].map((unit) => Buffer.from(cesu8(unit.charCodeAt(0))))
    const head = Buffer.from(`[{"event":"E","properties":{"token":"${token}","distinct_id":"u","a":"`)
    const bytes = Buffer.concat([head, high ?? Buffer.alloc(0), low ?? Buffer.alloc(0), Buffer.from('"}}]')])
    const url = `/track?data=${encodeURIComponent(bytes.toString('base64'))}`
    expect((await server.send({ url })).body).toBe('1')
    expect((await server.readEvents(token))[0]?.properties['a']).toBe('😀')
  })
})

function cesu8(unit: number): number[] {
  return [0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)]
}

describe('server-written names', () => {
  it('what a client says there is not believed (PRP-02)', async () => {
    const stored = await track({
      $mp_api_endpoint: 'x',
      $mp_api_timestamp_ms: 1,
      mp_processing_time_ms: 1,
      $mp_event_size: 1,
      $import: true,
      $distinct_id_before_identity: 'x',
      $is_reshuffled: true,
      $failure_reason: 'x',
      $identity_failure_reason: 'x',
      kept: 1,
    })
    expect(Object.keys(stored.properties).sort()).toEqual([
      '$mp_api_endpoint',
      '$mp_api_timestamp_ms',
      '$mp_event_size',
      '$user_id',
      'kept',
      'mp_processing_time_ms',
    ])
    expect(stored.properties['$mp_api_endpoint']).toBe('api.mixpanel.com')
  })
})

describe('names seen before', () => {
  it('names that differ in case are two names, which is told once (GEN-03)', async () => {
    const { token } = await server.createProject()
    const send = async (event: string, properties: object) => {
      const record = { event, properties: { token, distinct_id: 'u', ...properties } }
      return (await server.send(trackJson([record]))).headers['twinpanel-verdict']
    }
    expect(await send('Sign Up', { plan: 1 })).toBeUndefined()
    expect(await send('Sign up', { plan: 1 })).toBe('1; value.name_case')
    expect(await send('Sign up', { Plan: 2, plan: 1 })).toBe('1; value.name_case')
    expect(await send('Sign Up', { Plan: 2 })).toBeUndefined()
    expect((await server.readEvents(token, 'event=Sign%20up')).at(-1)?.properties).toMatchObject({
      Plan: 2,
      plan: 1,
    })
  })

  it('a number that comes as text is told once (PRP-05)', async () => {
    const { token } = await server.createProject()
    const send = async (amount: unknown) => {
      const record = { event: 'E', properties: { token, distinct_id: 'u', amount } }
      return (await server.send(trackJson([record]))).headers['twinpanel-verdict']
    }
    expect(await send(5)).toBeUndefined()
    expect(await send('free')).toBeUndefined()
    expect(await send('5.5')).toBe('1; value.numeric_string')
    expect(await send('6')).toBeUndefined()
  })

  it('from 4000 event names on, a new one is told (PRP-17)', async () => {
    const { token } = await server.createProject()
    const records = Array.from({ length: 4_000 }, (_, i) => ({
      event: `Viewed ${i}`,
      properties: { token, distinct_id: 'u' },
    }))
    let verdict: unknown
    for (let at = 0; at < records.length; at += 50) {
      verdict = (await server.send(trackJson(records.slice(at, at + 50)))).headers['twinpanel-verdict']
      if (at < 3_950) expect(verdict).toBeUndefined()
    }
    expect(verdict).toBe('1; event.name_explosion')
  })
})
