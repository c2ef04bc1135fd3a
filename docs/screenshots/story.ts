import { promisify } from 'node:util'
import Mixpanel from 'mixpanel'
import { createClient } from '../../src/client/client.ts'

/*
 * What the screenshots show: a visitor of a shop signs up and orders; an alias, a login on the same device and an old
 * event have no effect, or not the intended one. The Node SDK sends it all. Ids and times are fixed, so that the
 * screenshots are the same every time.
 */

const CHARLIE = 'charlie'
const PHONE = '+6512345678'

export const ALIAS = '$create_alias'

/** When the last record arrives, in ms since the epoch. */
export const NOW_MS = Date.parse('2026-09-01T09:41:00Z')

/** How long before NOW_MS a record arrives, its name, and its properties. */
type Step = readonly [agoS: number, event: string, properties: Readonly<Record<string, unknown>>]

const DAY_S = 86_400

export const STEPS: readonly Step[] = [
  [312, 'Viewed product', { $device_id: 'D1', product: 'Red scarf', price: 29 }],
  [247, 'Added to cart', { $device_id: 'D1', product: 'Red scarf', quantity: 2 }],
  [188, 'Signed up', { $device_id: 'D1', $user_id: CHARLIE, plan: 'pro' }],
  [131, 'Order placed', { $device_id: 'D1', $user_id: CHARLIE, total: 58, currency: 'SGD' }],
  [96, ALIAS, { distinct_id: CHARLIE, alias: PHONE }],
  [74, 'Called support', { $user_id: PHONE, topic: 'delivery', duration_s: 214 }],
  [42, 'Logged in', { $device_id: 'D1', $user_id: 'taylor' }],
  [18, 'Order delivered', { $user_id: CHARLIE, time: NOW_MS / 1_000 - 6 * DAY_S }],
  [3, 'Rated order', { $user_id: CHARLIE, stars: 5 }],
]

/** Creates the project and sends the records, each at its time. Out: the token of the project. */
export async function tellStory(url: string): Promise<string> {
  const client = createClient({ url })
  const { token } = await client.projects.create({ name: 'Shop', token: 'shop' })
  const project = client.project(token)
  const mixpanel = Mixpanel.init(token, { host: new URL(url).host, protocol: 'http' })
  const track = promisify<string, object, void>(mixpanel.track.bind(mixpanel))
  for (const [agoS, event, properties] of STEPS) {
    const atMs = NOW_MS - agoS * 1_000
    await project.clock.set({ now: atMs })
    await track(event, { time: atMs / 1_000, $insert_id: `shop-${agoS}`, ...properties })
  }
  await project.clock.set({ now: NOW_MS })
  return token
}
