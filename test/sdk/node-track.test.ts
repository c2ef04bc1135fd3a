import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batched, nodeSdk, single, told } from './support/node-sdk.ts'
import { createProject, line } from './support/project.ts'
import { type SdkServer, startSdkServer } from './support/sdk-server.ts'
import { EVERY_TYPE, HARD_TEXT } from './support/values.ts'

/*
 * The Node SDK from npm, unmodified, against /track. It sends a single event by GET and batches as forms of raw
 * base64, and judges by the body alone: where the two of us disagree, its users lose events.
 */

let server: SdkServer
beforeAll(async () => {
  server = await startSdkServer()
})
afterAll(() => server.close())

/** The requests that arrive while `run` does. */
async function requestsDuring(run: () => Promise<unknown>): Promise<SdkServer['requests']> {
  const before = server.requests.length
  await run()
  return server.requests.slice(before)
}

const minuteAgo = () => Date.now() - 60_000

describe.each([{ verbose: false }, { verbose: true }])('with %o', ({ verbose }) => {
  it('track sends one event in a GET URL, and it is stored as sent (TRK-01, TRK-03, TRK-08, TRK-09)', async () => {
    const { token, exported } = await createProject(server)
    const sdk = nodeSdk(server, token, { verbose })
    const time = minuteAgo()
    const sent = { ...EVERY_TYPE, distinct_id: 'charlie', time: new Date(time) }
    const requests = await requestsDuring(async () => {
      expect(await told((done) => sdk.track('Signed up', { ...sent }, done))).toBeUndefined()
    })
    expect(requests.map(({ method, path, params }) => [method, path, params.get('verbose')])).toEqual([
      ['GET', '/track', verbose ? '1' : '0'],
    ])
    expect(await exported()).toEqual([line('Signed up', { ...sent, ...single('charlie'), time })])
  })

  it('track_batch posts a form, and each event is stored as sent (TRK-02, TRK-07, TRK-08, TRK-09)', async () => {
    const { token, exported } = await createProject(server)
    const sdk = nodeSdk(server, token, { verbose })
    const start = minuteAgo()
    const sent = [0, 1, 2].map((n) => ({ ...EVERY_TYPE, n, distinct_id: `user ${n}`, time: start + n }))
    const batch = sent.map((properties) => ({ event: `Step ${properties.n}`, properties: { ...properties } }))
    const requests = await requestsDuring(async () => {
      expect(await told((done) => sdk.track_batch(batch, done))).toBeNull()
    })
    expect(requests.map(({ method, path, params }) => [method, path, params.get('verbose')])).toEqual([
      ['POST', '/track', verbose ? '1' : '0'],
    ])
    expect(await exported()).toEqual(
      sent.map((properties) =>
        line(`Step ${properties.n}`, { ...properties, ...batched(properties.distinct_id) }),
      ),
    )
  })
})

it('a refused event reaches the callback, with the reason where the SDK is verbose (TRK-08, TRK-09)', async () => {
  const { token, exported } = await createProject(server)
  const quiet = nodeSdk(server, token)
  const verbose = nodeSdk(server, token, { verbose: true })
  expect(await told((done) => quiet.track(' ', done))).toEqual(new Error('Mixpanel Server Error: 0'))
  expect(await told((done) => verbose.track(' ', done))).toEqual(
    new Error('Mixpanel Server Error: event, missing or empty'),
  )
  expect(await told((done) => verbose.track_batch([{ event: '', properties: {} }], done))).toEqual([
    new Error('Mixpanel Server Error: event, missing or empty'),
  ])
  expect(await exported()).toEqual([])
})

it('raw + and / of base64 survive the form and the URL (TRK-03)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token)
  const time = minuteAgo()
  // Of three lengths, so that the bytes of these characters meet every position in a group of base64.
  const texts = ['>>>???~~~ÿÿÿ', '->>>???~~~ÿÿÿ', '-->>>???~~~ÿÿÿ']
  const batch = texts.map((text) => ({ event: 'Base64', properties: { text, distinct_id: 'u', time } }))
  expect(await told((done) => sdk.track_batch(batch, done))).toBeNull()
  // The SDK has put its token into these very objects, so this is what it sent.
  const base64 = Buffer.from(JSON.stringify(batch)).toString('base64')
  expect(base64).toMatch(/\+.*\/|\/.*\+/)
  expect(server.requests.at(-1)?.headers['content-length']).toBe(String(`data=${base64}`.length))
  for (const text of texts) {
    expect(await told((done) => sdk.track('Base64', { text, distinct_id: 'u', time }, done))).toBeUndefined()
  }
  const stored = await exported()
  expect(stored.map(({ properties }) => properties['text'])).toEqual([...texts, ...texts])
})

it('text in any script, emoji too, is stored as sent by GET and by POST (TRK-03, PRP-18)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token)
  const [event, distinctId, time] = ['Bestellung 📦 geöffnet', 'jürgen@例え.jp 🙂', minuteAgo()]
  const sent = { ...HARD_TEXT, distinct_id: distinctId, time }
  expect(await told((done) => sdk.track(event, { ...sent }, done))).toBeUndefined()
  const batch = [{ event, properties: { ...sent, time: time + 1 } }]
  expect(await told((done) => sdk.track_batch(batch, done))).toBeNull()
  expect(await exported()).toEqual([
    line(event, { ...sent, ...single(distinctId) }),
    line(event, { ...sent, ...batched(distinctId), time: time + 1 }),
  ])
})

it('a text over 13 KB goes by GET, where Node by default answers 431 (TRK-25, PRP-10)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token, { verbose: true })
  const sent = { text: 'x'.repeat(14_000), distinct_id: 'u' }
  expect(await told((done) => sdk.track('Long', { ...sent }, done))).toBeUndefined()
  const [stored] = await exported()
  expect(stored?.properties['text']).toBe('x'.repeat(255))
})

it('as many properties as there may be go by GET, in a URL of some 100 KB (TRK-25, PRP-12)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token)
  const time = minuteAgo()
  // 255 may be stored; the SDK adds two and the server one.
  const names = Array.from({ length: 252 }, (_, n) => `property ${n}`)
  const sent = { ...Object.fromEntries(names.map((name) => [name, name.padEnd(255, '.')])), time }
  const requests = await requestsDuring(async () => {
    const outcome = await told((done) => sdk.track('Wide', { ...sent, distinct_id: 'u' }, done))
    expect(outcome).toBeUndefined()
  })
  expect(requests[0]?.params.get('data')?.length).toBeGreaterThan(90_000)
  expect(await exported()).toEqual([line('Wide', { ...sent, ...single('u') })])
})

it('a list of 120 goes in batches of 50, and none is lost or doubled (TRK-07, TRK-24)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token)
  const start = minuteAgo()
  const batch = Array.from({ length: 120 }, (_, n) => {
    return { event: 'Many', properties: { n, distinct_id: 'u', time: start + n } }
  })
  const requests = await requestsDuring(async () => {
    expect(await told((done) => sdk.track_batch(batch, done))).toBeNull()
  })
  expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST'])
  const stored = await exported()
  expect(stored.map(({ properties }) => properties['n'])).toEqual(batch.map((_, n) => n))
})

it('an event without a time gets the time of its receipt (TRK-30)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token)
  const before = Date.now()
  expect(await told((done) => sdk.track('Now', { distinct_id: 'u' }, done))).toBeUndefined()
  expect(await told((done) => sdk.track_batch([{ event: 'Now', properties: {} }], done))).toBeNull()
  const after = Date.now()
  const times = (await exported()).map(({ properties }) => Number(properties['time']))
  expect(times).toHaveLength(2)
  expect(times.filter((time) => time < before || time > after)).toEqual([])
})

it('an event of six days ago is answered as a success and not stored (TRK-28)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token, { verbose: true })
  const time = Date.now() - 6 * 86_400_000
  expect(await told((done) => sdk.track('Old', { distinct_id: 'u', time }, done))).toBeUndefined()
  expect(await exported()).toEqual([])
})

it('an event without an id gets one of its address with geolocate, and none without (TRK-33)', async () => {
  const { token, exported } = await createProject(server)
  const time = minuteAgo()
  for (const [geolocate, at] of [
    [false, time],
    [true, time + 1],
  ] as const) {
    const sdk = nodeSdk(server, token, { geolocate })
    expect(await told((done) => sdk.track('No id', { time: at }, done))).toBeUndefined()
  }
  const ids = (await exported()).map(({ properties }) => properties['distinct_id'])
  expect(ids).toEqual(['', expect.stringMatching(/^[0-9a-f]{40}$/)])
})

it('test mode changes nothing (TRK-15)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token, { test: true, verbose: true })
  expect(await told((done) => sdk.track('Tried', { distinct_id: 'u' }, done))).toBeUndefined()
  expect(await exported()).toEqual([line('Tried', { ...single('u'), time: expect.any(Number) })])
})

it('an unknown token is answered as a success, and stored nowhere (TRK-21)', async () => {
  const { exported } = await createProject(server)
  const sdk = nodeSdk(server, 'no-such-token', { verbose: true })
  expect(await told((done) => sdk.track('Lost', { distinct_id: 'u' }, done))).toBeUndefined()
  expect(await exported()).toEqual([])
})

it('an event with a device and a user belongs to the user, with a device alone to the device (IDS-01, IDS-11, IDS-13)', async () => {
  const { token, events, exported } = await createProject(server)
  const sdk = nodeSdk(server, token)
  const time = minuteAgo()
  const batch = [
    { event: 'Anonymous', properties: { $device_id: 'D1', time } },
    { event: 'Known', properties: { $device_id: 'D2', $user_id: 'charlie', time: time + 1 } },
    { event: 'Prefixed', properties: { distinct_id: '$device:D3', time: time + 2 } },
    { event: 'Overridden', properties: { distinct_id: 'x', $user_id: 'charlie', time: time + 3 } },
    { event: 'Overridden', properties: { distinct_id: 'x', $device_id: 'D5', time: time + 4 } },
  ]
  expect(await told((done) => sdk.track_batch(batch, done))).toBeNull()
  const ids = (await events()).map((event) => event.original_distinct_id)
  expect(ids).toEqual(['$device:D1', 'charlie', '$device:D3', 'charlie', '$device:D5'])
  const devices = (await exported()).map(({ properties }) => [
    properties['$device_id'],
    properties['$user_id'],
  ])
  expect(devices).toEqual([
    ['D1', undefined],
    ['D2', 'charlie'],
    ['D3', undefined],
    [undefined, 'charlie'],
    ['D5', undefined],
  ])
})

it('alias in a simplified project is answered as a success and not stored (IDS-21)', async () => {
  const { token, exported } = await createProject(server)
  const sdk = nodeSdk(server, token, { verbose: true })
  expect(await told((done) => sdk.alias('charlie', 'charles', done))).toBeUndefined()
  expect(await exported()).toEqual([])
})

it.each([
  ['original (IDO-14)', 'original'],
  ['legacy (IDL-01)', 'legacy'],
] as const)('%s: alias makes one user of what comes after it', async (_rule, id_management) => {
  const { token, users } = await createProject(server, { id_management })
  const sdk = nodeSdk(server, token)
  const say = (distinct_id: string) => told((done) => sdk.track('E', { distinct_id }, done))
  expect([
    await say('charlie'),
    await told((done) => sdk.alias('charlie', 'c@x.com', done)),
    await say('c@x.com'),
  ]).toEqual([undefined, undefined, undefined])
  const distinct_ids = ['charlie', 'c@x.com']
  expect(await users()).toMatchObject([{ distinct_id: 'charlie', distinct_ids, events: 3 }])
})
