import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW_MS, NOW_S, type ShownEvent, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * What /track stores, changes and drops without saying so (TRK-28 to TRK-37, DEC-01): each silence has its
 * verdict, or the developer is left with a 1 and no event.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Effect {
  readonly events: readonly ShownEvent[]
  readonly body: string
  readonly verdict: unknown
}

/** Tracks one event in a project of its own. */
async function track(
  properties: object,
  options: { query?: string; project?: object; event?: string } = {},
): Promise<Effect> {
  const { token } = await server.createProject(options.project ?? {})
  const record = { event: options.event ?? 'E', properties: { token, distinct_id: 'u', ...properties } }
  const answer = await server.send(trackJson([record], options.query ?? ''))
  return {
    events: await server.readEvents(token),
    body: answer.body,
    verdict: answer.headers['twinpanel-verdict'],
  }
}

describe('time', () => {
  it.each([
    [NOW_S - 432_001, 0, '1; time.too_old_for_track'],
    [NOW_S - 431_999, 1, undefined],
    [NOW_MS - 432_000_001, 0, '1; time.too_old_for_track'],
    [NOW_MS - 432_000_000, 1, undefined],
    [0, 0, '2; time.too_old_for_track,time.unit_suspect'],
    [-5, 0, '2; time.too_old_for_track,time.unit_suspect'],
  ])('time %d leaves %d events (TRK-28, TRK-32)', async (time, count, verdict) => {
    const effect = await track({ time })
    expect([effect.body, effect.events.length, effect.verdict]).toEqual(['1', count, verdict])
  })

  it('track_stale_response 0 refuses instead (TRK-28)', async () => {
    const project = { settings: { track_stale_response: '0' } }
    const effect = await track({ time: NOW_S - 432_001 }, { project, query: '?verbose=1' })
    expect(effect.body).toBe('{"error":"time, too old","status":0}')
    expect(effect.events).toEqual([])
  })

  it('a future time becomes the time of receipt (TRK-29)', async () => {
    const effect = await track({ time: NOW_S + 7_200 })
    expect(effect.events.map((event) => event.time)).toEqual([NOW_MS])
    expect(effect.verdict).toBe('1; time.future_overwritten')
  })

  it('no time is the time of receipt (TRK-30)', async () => {
    expect((await track({})).events.map((event) => event.time)).toEqual([NOW_MS])
    expect((await track({ time: null })).events.map((event) => event.time)).toEqual([NOW_MS])
  })

  it.each([
    [NOW_S - 10, (NOW_S - 10) * 1_000],
    [(NOW_S - 10) * 1_000, (NOW_S - 10) * 1_000],
    [NOW_S - 10 + 0.123, (NOW_S - 10) * 1_000 + 123],
    [String(NOW_S - 10), (NOW_S - 10) * 1_000],
    [`${(NOW_S - 10) * 1_000 + 7}`, (NOW_S - 10) * 1_000 + 7],
  ])('time %j is stored as %d ms (TRK-31)', async (time, timeMs) => {
    expect((await track({ time })).events.map((event) => event.time)).toEqual([timeMs])
  })
})

describe('ids', () => {
  it('ip=1 gives an event without ids one of the address (TRK-33)', async () => {
    const { token } = await server.createProject()
    const send = (remoteAddress: string, query: string) =>
      server.send({ ...trackJson([{ event: 'E', properties: { token } }], query), remoteAddress })
    await send('203.0.113.9', '?ip=1')
    await send('203.0.113.9', '?ip=1')
    await send('203.0.113.10', '?ip=1')
    const none = await send('203.0.113.9', '?ip=0')
    const ids = (await server.readEvents(token)).map((event) => event.distinct_id)
    expect(ids[0]).toMatch(/^[0-9a-f]{40}$/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(ids[3]).toBe('')
    expect(none.headers['twinpanel-verdict']).toBe('1; identity.no_id')
  })

  it('a placeholder id is stored, and told (TRK-37)', async () => {
    const effect = await track({ distinct_id: 'null' })
    expect(effect.events.map((event) => event.distinct_id)).toEqual(['null'])
    expect(effect.verdict).toBe('1; identity.disallowed_id')
  })

  it.each([
    [
      '$identify',
      { $anon_distinct_id: '$device:D1', $device_id: 'D1', $user_id: 'u' },
      'identity.identify_noop',
    ],
    ['$create_alias', { alias: 'a' }, 'identity.alias_noop_simplified'],
  ])(
    '%s in a simplified project is answered 1 and not stored (DEC-01, IDS-20, IDS-21)',
    async (event, ids, code) => {
      const effect = await track(ids, { event })
      expect(effect).toEqual({ body: '1', events: [], verdict: `1; ${code}` })
    },
  )
})

describe('what is stored', () => {
  it('additions are there; token and ip are not (TRK-36, TRK-34, GEO-05)', async () => {
    const effect = await track({ ip: '10.0.0.9', plan: 'pro' })
    const [event] = effect.events
    expect(event?.properties).toEqual({
      $mp_api_endpoint: 'api.mixpanel.com',
      $mp_api_timestamp_ms: NOW_MS,
      mp_processing_time_ms: NOW_MS,
      $mp_event_size: expect.any(Number),
      $user_id: 'u',
      plan: 'pro',
    })
    expect(event?.insert_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(event?.received_at).toBe(new Date(NOW_MS).toISOString())
  })

  it('$mp_event_size is the size of the record as it came (TRK-36)', async () => {
    const { token } = await server.createProject()
    for (const extra of [{ text: 'é'.repeat(20) }, { text: 'é'.repeat(300) }, { list: [1, { a: '"' }] }]) {
      const record = { event: 'E', properties: { token, distinct_id: 'u', time: NOW_S, ...extra } }
      const bytes = Buffer.byteLength(JSON.stringify(record))
      await server.send(trackJson([record]))
      const event = (await server.readEvents(token)).at(-1)
      expect(event?.properties['$mp_event_size']).toBe(bytes)
    }
  })

  it.each([
    [true, 0],
    ['yes', 0],
    [1, 0],
    [false, 1],
    ['', 1],
    [0, 1],
    [null, 1],
  ])('$ignore %j leaves %d events (TRK-35)', async ($ignore, count) => {
    const effect = await track({ $ignore })
    expect([effect.body, effect.events.length]).toEqual(['1', count])
    expect(effect.verdict).toBe(count === 0 ? '1; event.ignored' : undefined)
  })

  it.each([
    ['us', 'api.mixpanel.com', 1],
    ['eu', 'api.mixpanel.com', 0],
    ['eu', 'api-eu.mixpanel.com', 1],
    ['in', 'api-in.mixpanel.com:443', 1],
    ['us', 'api-eu.mixpanel.com', 0],
  ])('a project in %s, asked for at %s, stores %d (SEC-07)', async (region, host, count) => {
    const { token } = await server.createProject({ settings: { region } })
    const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }])
    const answer = await server.send({ ...request, headers: { ...request.headers, host } })
    expect(answer.body).toBe('1')
    expect(await server.readEvents(token)).toHaveLength(count)
    expect(answer.headers['twinpanel-verdict']).toBe(count === 0 ? '1; region.mismatch' : undefined)
  })

  it('of 300 properties 255 are kept (TRK-26, PRP-12)', async () => {
    const properties = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, i]))
    const effect = await track(properties)
    const kept = Object.keys(effect.events[0]?.properties ?? {}).filter((name) => /^p\d/.test(name))
    expect(kept).toHaveLength(255)
    expect(effect.verdict).toBe('1; value.too_many_properties')
  })
})

describe('transport', () => {
  it('plain HTTP is taken, and told once to a client that is not this machine (TRK-40)', async () => {
    const { token } = await server.createProject()
    const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }])
    const verdicts = []
    for (const remoteAddress of ['198.51.100.7', '198.51.100.7', '127.0.0.1', '::1']) {
      const answer = await server.send({ ...request, remoteAddress })
      expect(answer.body).toBe('1')
      verdicts.push(answer.headers['twinpanel-verdict'])
    }
    expect(verdicts).toEqual(['1; transport.plain_http', undefined, undefined, undefined])
  })
})
