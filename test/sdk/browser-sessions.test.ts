import type { OverridedMixpanel } from 'mixpanel-browser'
import { describe, expect, it } from 'vitest'
import { readProfiles } from '../support/profiles.ts'
import { browserSuite } from './support/browser-suite.ts'
import { createProject } from './support/project.ts'
import { asSent, newContext, type SdkPage, visit } from './support/sdk-page.ts'

/*
 * What a visit leaves behind: whose the events are as people log in and out, and the events that are still
 * queued when the page goes away.
 */

/** The SDK, in the page. */
declare const mixpanel: OverridedMixpanel

const suite = browserSuite()
const WAIT_MS = 10_000

/** What an event's line in the export gets, or has changed, when its device is linked to a user (IDS-26). */
const LATER_NAMES = [
  'distinct_id',
  '$distinct_id_before_identity',
  '$is_reshuffled',
  '$preshuffle_distinct_id',
]

const identify = (sdk: SdkPage, id: string) => sdk.page.evaluate((name) => void mixpanel.identify(name), id)
const reset = (sdk: SdkPage) => sdk.page.evaluate(() => mixpanel.reset())
const deviceOf = (sdk: SdkPage) => sdk.page.evaluate(() => String(mixpanel.get_property('$device_id')))

describe.each([
  { name: 'in batches', how: 'batched', config: { batch_flush_interval_ms: 100 } },
  { name: 'one at a time', how: 'immediate', config: { batch_requests: false } },
] as const)('a session $name', ({ how, config }) => {
  it('events belong to the device, then to the user, and $identify is not stored (IDS-01, IDS-20)', async () => {
    const { token, exportedOnce, events } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: config })
    const firstDevice = await deviceOf(sdk)
    const before = await sdk.track('Page viewed', { n: 1 })
    await identify(sdk, 'charlie')
    const after = await sdk.track('Signed up', { n: 2 })
    await reset(sdk)
    const secondDevice = await deviceOf(sdk)
    const nextBefore = await sdk.track('Page viewed', { n: 3 })
    await identify(sdk, 'taylor')
    const nextAfter = await sdk.track('Logged in', { n: 4 })

    const tracked = [before, after, nextBefore, nextAfter]
    expect(tracked.map(({ answer }) => answer)).toEqual([1, 1, 1, 1])
    const stored = await exportedOnce(4)
    // Of the ids only what stays the same when devices are linked to users; the id at arrival is below.
    const propertiesOf = (event: { properties: object }) => {
      const later = Object.fromEntries(LATER_NAMES.map((name) => [name, undefined]))
      return { ...event.properties, ...later }
    }
    expect(stored.map(propertiesOf)).toEqual(tracked.map(({ sent }) => propertiesOf(asSent(sent, how))))
    expect(stored.map(({ properties: p }) => [p['n'], p['$device_id'], p['$user_id']])).toEqual([
      [1, firstDevice, undefined],
      [2, firstDevice, 'charlie'],
      [3, secondDevice, undefined],
      [4, secondDevice, 'taylor'],
    ])
    expect(firstDevice).not.toBe(secondDevice)
    const ids = (await events()).map((event) => event.original_distinct_id)
    expect(ids).toEqual([`$device:${firstDevice}`, 'charlie', `$device:${secondDevice}`, 'taylor'])
    expect(identifiesOf(sdk)).toBe(2)
  })
})

/** How many `$identify` events the SDK has sent. */
function identifiesOf(sdk: SdkPage): number {
  const texts = sdk.wire.map(({ body }) => atob(new URLSearchParams(body).get('data') ?? ''))
  return texts.join().split('"event":"$identify"').length - 1
}

it('identify() alone leaves nothing behind, and the next event of the user is stored (IDS-20)', async () => {
  const { token, exported, exportedOnce } = await createProject(suite.server)
  const sdk = await suite.visit({ token, config: { batch_requests: false } })
  const answered = sdk.page.waitForResponse((response) => response.url().startsWith(suite.server.url))
  await identify(sdk, 'charlie')
  expect(await (await answered).text()).toBe('1')
  expect(await exported()).toEqual([])
  const { sent } = await sdk.track('Page viewed')
  expect(await exportedOnce(1)).toEqual([asSent(sent, 'immediate')])
})

it('identify() sends what was set before it, before an event links the device (GEN-09, IDS-27, ENG-11)', async () => {
  const project = await createProject(suite.server)
  const sdk = await suite.visit({ token: project.token, config: { batch_requests: false } })
  await sdk.page.evaluate(() => {
    mixpanel.people.set({ plan: 'free' })
    mixpanel.identify('charlie')
  })
  const profiles = () => readProfiles(suite.server.db, project.id)
  await expect
    .poll(profiles, { timeout: WAIT_MS })
    .toMatchObject({ charlie: { plan: 'free', $browser: 'Chrome' } })
  expect(await project.users()).toMatchObject([{ distinct_ids: ['charlie'], events: 0 }])
  await sdk.track('Page viewed')
  const ids = ['charlie', `$device:${await deviceOf(sdk)}`]
  expect(await project.users()).toMatchObject([{ distinct_id: 'charlie', distinct_ids: ids, events: 1 }])
  expect(Object.keys(await profiles())).toEqual(['charlie'])
})

it('the device is the same after a reload (IDS-01)', async () => {
  const { token, exportedOnce } = await createProject(suite.server)
  const context = await newContext(suite.browser)
  const config = { batch_requests: false }
  const first = await suite.visit({ token, context, config })
  await first.track('Page viewed')
  const second = await suite.visit({ token, context, config })
  await second.track('Page viewed')
  const ids = (await exportedOnce(2)).map(({ properties }) => properties['distinct_id'])
  expect(ids).toEqual(Array(2).fill(`$device:${await deviceOf(first)}`))
})

it('a visitor of two subdomains is one device and one user, by the cookie of both (IDS-01, IDS-03)', async () => {
  const project = await createProject(suite.server)
  const context = await newContext(suite.browser)
  const { port } = new URL(suite.site.url)
  const open = (name: string) => {
    const site = { ...suite.site, url: `http://${name}.shop.localhost:${port}` }
    const config = { batch_requests: false }
    return visit(suite.browser, { site, server: suite.server, token: project.token, context, config })
  }
  const shop = await open('www')
  await shop.track('Page viewed')
  await identify(shop, 'charlie')
  const account = await open('account')
  await account.track('Logged in')
  const device = await deviceOf(shop)
  expect(await deviceOf(account)).toBe(device)
  const ids = (await project.events()).map((event) => event.original_distinct_id)
  expect(ids).toEqual([`$device:${device}`, 'charlie'])
  const users = await project.users()
  expect(users).toMatchObject([{ distinct_id: 'charlie', distinct_ids: ['charlie', `$device:${device}`] }])
  const origins = [shop, account].map((sdk) => sdk.requests().at(-1)?.headers['origin'])
  expect(origins).toEqual(['www', 'account'].map((name) => `http://${name}.shop.localhost:${port}`))
})

describe('beacons', () => {
  it('an event tracked with the transport sendBeacon is stored (TRK-02)', async () => {
    const { token, exportedOnce } = await createProject(suite.server)
    const sdk = await suite.visit({ token, config: { batch_requests: false } })
    const { sent, answer } = await sdk.track('Left 👋', { n: 1 }, { transport: 'sendBeacon' })
    expect(answer).toBe(1)
    expect(await exportedOnce(1)).toEqual([asSent(sent, 'immediate')])
    expect(sdk.requests()[0]?.headers['content-type']).toBe('text/plain;charset=UTF-8')
  })

  it.each([
    ['closes', (sdk: SdkPage) => sdk.page.close({ runBeforeUnload: true })],
    ['is left for another', (sdk: SdkPage) => sdk.page.goto('about:blank')],
  ])('the events in the queue are stored when the page %s (TRK-02)', async (_how, leave) => {
    const { token, exported, exportedOnce } = await createProject(suite.server)
    // No batch is due for a minute.
    const sdk = await suite.visit({ token, config: { batch_flush_interval_ms: 60_000 } })
    const first = await sdk.track('Page viewed', { n: 1 })
    const second = await sdk.track('Käufe 🛒', { n: 2 })
    expect(await exported()).toEqual([])
    await leave(sdk)
    expect(await exportedOnce(2)).toEqual([asSent(first.sent, 'batched'), asSent(second.sent, 'batched')])
    expect(sdk.requests().map(({ headers }) => headers['content-type'])).toEqual(['text/plain;charset=UTF-8'])
  })

  it('a page that comes back sends its beacon again: two versions, one event (DDP-01, DDP-03)', async () => {
    const { token, events, exportedOnce } = await createProject(suite.server)
    const context = await newContext(suite.browser)
    const config = { batch_flush_interval_ms: 60_000 }
    const sdk = await suite.visit({ token, context, config })
    const { sent } = await sdk.track('Page viewed')
    await sdk.page.goto('about:blank')
    await exportedOnce(1)
    // The SDK sends again what has been in its store for two intervals.
    await context.clock.setSystemTime(Date.now() + 180_000)
    await suite.visit({ token, context, config })
    expect(await exportedOnce(2)).toEqual(Array(2).fill(asSent(sent, 'batched')))
    expect((await events()).map((event) => event.insert_id)).toEqual([sent.properties['$insert_id']])
  })
})
