import { afterAll, beforeAll, expect, it } from 'vitest'
import { importJson, NOW_S, startServer, type TestServer } from '../support/server.ts'

/*
 * Of a large import only the properties that rules read are parsed, and the events are written by COPY. Nobody may notice:
 * the same events, sent one by one, are stored the same way, and verdicts show whole records.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const event = (n: number, own: object = {}) => ({
  event: `Event ${n % 3}`,
  properties: {
    $os: 'Mac OS X',
    distinct_id: `user-${n % 7}`,
    $insert_id: `i-${n}`,
    time: NOW_S - 1_000 + n,
    plan: 'pro',
    cart: { items: [1, { sku: 'ä-1' }], total: 12.5 },
    tags: ['a', 'b'],
    text: 'x'.repeat(100),
    ...own,
  },
})

/** One of each kind of which something is said, or that is stored differently. */
const ODD = [
  event(0, { $insert_id: 'bad:id' }),
  event(1, { time: `${NOW_S}` }),
  event(2, { plan: 'é'.repeat(300) }),
  event(3, { distinct_id: 'other', $user_id: 'user-3', $device_id: 'device-1' }),
  event(4, { distinct_id: 'other', $user_id: 'user-4', $device_id: 'device-1' }),
  event(5, { distinct_id: '', user_id: 'u' }),
  event(6, { number: 1.5, $city: 'Berlin', $set: { a: 1 } }),
  { ...event(7), more: true },
]
const SENT = [...ODD, ...Array.from({ length: 600 }, (_, n) => event(100 + n))]

async function verdictsOf(token: string): Promise<readonly { code: string; record: unknown }[]> {
  const { verdicts } = (await server.send({ url: `/_twin/projects/${token}/verdicts?limit=100` })).json()
  return verdicts.map(({ code, record }: { code: string; record: unknown }) => ({ code, record }))
}

it('a large import has the same effects as many small ones (IMP-11, IMP-23)', async () => {
  const [large, small] = [await server.createProject(), await server.createProject()]
  const answer = await server.send(importJson(large.token, SENT))
  expect(answer.json()).toMatchObject({ code: 400, num_records_imported: SENT.length - 1 })
  for (let from = 0; from < SENT.length; from += 50) {
    await server.send(importJson(small.token, SENT.slice(from, from + 50)))
  }
  const events = await server.readEvents(large.token)
  expect(events).toHaveLength(SENT.length - 1)
  expect(events).toEqual(await server.readEvents(small.token))
  const [verdicts, others] = [await verdictsOf(large.token), await verdictsOf(small.token)]
  expect(verdicts).toEqual(others)
  const told = verdicts.find(({ code }) => code === 'identity.device_already_assigned')
  expect(told?.record).toEqual(ODD[4])
})

it('the verdicts on a large import that is refused show whole records (IDS-22)', async () => {
  const { token } = await server.createProject()
  const records = [...SENT.slice(8), { event: '$identify', properties: SENT[8]?.properties }]
  const answer = await server.send(importJson(token, records))
  expect(answer.statusCode).toBe(400)
  const verdicts = await verdictsOf(token)
  expect(verdicts).toHaveLength(100)
  for (const { record } of verdicts) expect(record).toHaveProperty('properties.plan', 'pro')
})
