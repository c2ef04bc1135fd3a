import type { AutocaptureConfig, Config } from 'mixpanel-browser'
import type { BrowserContext } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { readProfiles } from '../support/profiles.ts'
import { browserSuite } from './support/browser-suite.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { asSent, newContext, type SdkPage } from './support/sdk-page.ts'
import type { WholeSdk } from './support/whole-sdk.ts'

/*
 * What the browser SDK from npm does with a page: follows links and forms, sees what people do by itself, records
 * what they see, and asks for settings first. In debug mode, on a page that may not complain of anything.
 */

/** The SDK, in the page. */
declare const mixpanel: WholeSdk

const suite = browserSuite()
const WAIT_MS = 10_000
const CONFIG: Partial<Config> = { debug: true, batch_flush_interval_ms: 50 }

afterEach(() => {
  const failed = suite.server.requests.filter(({ status }) => status >= 400)
  expect(failed.map(({ method, path, status }) => [method, path, status])).toEqual([])
})

async function open(config: Partial<Config> = {}, context?: BrowserContext) {
  const project = await createProject(suite.server)
  const { token } = project
  const sdk = await suite.visit({
    token,
    path: '/shop?utm_source=mail',
    config: { ...CONFIG, ...config },
    ...(context && { context }),
  })
  return { project, sdk }
}

/** Waits until the events are of these kinds, and of no other; `gesture` is made before each look. */
async function expectKinds(
  { exported }: SdkProject,
  kinds: readonly string[],
  gesture: () => Promise<void> = async () => {},
): Promise<void> {
  const seen = async () => {
    await gesture()
    return [...new Set((await exported()).map(({ event }) => event))].toSorted()
  }
  await expect.poll(seen, { timeout: WAIT_MS, interval: 700 }).toEqual(kinds.toSorted())
}

describe('links and forms', () => {
  // What waits goes with a beacon as the page goes, unless just then a batch is on its way: so none is due.
  const BATCHES = { batch_flush_interval_ms: 60_000 }

  it.each([
    ['in batches', BATCHES],
    ['one at a time', { batch_requests: false }],
  ])('track_links() tracks and then goes on: %s (TRK-02)', async (_how, config) => {
    const { project, sdk } = await open(config)
    await sdk.page.evaluate(() => mixpanel.track_links('#link', 'Followed', { n: 1 }))
    await sdk.page.locator('#link').click()
    await sdk.page.waitForURL('**/thanks')
    const [event, ...others] = await project.exportedOnce(1)
    expect([event?.event, event?.properties['n'], others]).toEqual(['Followed', 1, []])
    expect(event?.properties['url']).toBe(`${suite.site.url}/thanks`)
  })

  it('track_forms() tracks and then submits (TRK-02)', async () => {
    const { project, sdk } = await open(BATCHES)
    await sdk.page.evaluate(() => mixpanel.track_forms('#search', 'Searched', { n: 1 }))
    await sdk.page.locator('#search input').fill('shoes')
    await sdk.page.locator('#search button').click()
    await sdk.page.waitForURL('**/thanks?q=shoes')
    const [event] = await project.exportedOnce(1)
    expect([event?.event, event?.properties['n']]).toEqual(['Searched', 1])
  })

  it('track_pageview(): the page and where its visitor comes from (TRK-02, PRP-03)', async () => {
    const { project, sdk } = await open()
    const sent = await sdk.page.evaluate(() => JSON.stringify(mixpanel.track_pageview({ n: 1 })))
    expect(await project.exportedOnce(1)).toEqual([asSent(JSON.parse(sent), 'batched')])
    const [event] = await project.exported()
    expect(event).toMatchObject({
      event: '$mp_web_page_view',
      properties: { current_page_title: 'Shop', current_url_path: '/shop', utm_source: 'mail', n: 1 },
    })
  })
})

/** What is on by default, for hands however slow; and what the types of the SDK do not know. */
const EVERYTHING = { rage_click: { timeout_ms: 60_000 }, page_leave: true } as AutocaptureConfig

it('autocapture: what people do is stored, and nothing but that (TRK-02)', async () => {
  const { project, sdk } = await open({ autocapture: EVERYTHING, batch_requests: false })
  // Else the next page would come before the SDK is done.
  await sdk.page
    .locator('#search')
    .evaluate((form) => form.addEventListener('submit', (event: Event) => event.preventDefault()))
  await sdk.page.locator('#search input').fill('shoes')
  await sdk.page.locator('#search input').press('Enter')
  await sdk.page.locator('#buy').click({ clickCount: 4, delay: 20 })
  await sdk.page.mouse.wheel(0, 4_000)
  const seen = [
    '$mp_click',
    '$mp_input_change',
    '$mp_rage_click',
    '$mp_scroll',
    '$mp_submit',
    '$mp_web_page_view',
  ]
  // A click is dead if nothing moves for half a second; the first of these still moves the page.
  await expectKinds(project, [...seen, '$mp_dead_click'], () => sdk.page.locator('#buy').click())
  await sdk.page.goto('about:blank')
  await expectKinds(project, [...seen, '$mp_dead_click', '$mp_page_leave'])
})

describe('session recording', () => {
  const replayOf = (sdk: SdkPage) =>
    sdk.page.evaluate(() => String(Reflect.get(mixpanel.get_session_recording_properties(), '$mp_replay_id')))

  /** What of a replay has come: the number of each batch, and its status. */
  const batchesOf = (replay: string) =>
    suite.server.requests
      .filter(({ path, params, method }) => {
        return path === '/record/' && method === 'POST' && params.get('replay_id') === replay
      })
      .map(({ params, status }) => [params.get('seq'), params.get('format'), status])

  /** A page that is recorded, and whose ten seconds until a batch is sent need not be waited for. */
  async function record(
    config: Partial<Config>,
    start: (sdk: SdkPage) => Promise<void>,
    format: 'gzip' | 'body' = 'gzip',
  ) {
    const context = await newContext(suite.browser)
    if (format === 'body') await context.addInitScript('delete window.CompressionStream')
    await context.clock.install()
    const { project, sdk } = await open(config, context)
    await start(sdk)
    await expect.poll(() => replayOf(sdk), { timeout: WAIT_MS }).toMatch(/^[0-9a-f-]{36}$/)
    const replay = await replayOf(sdk)
    const sendBatch = async (seq: number) => {
      await sdk.page.locator('#search input').press('x')
      const later = async () => {
        await context.clock.fastForward(11_000)
        return batchesOf(replay)
      }
      await expect.poll(later, { timeout: WAIT_MS }).toContainEqual([String(seq), format, 200])
    }
    return { project, sdk, replay, sendBatch }
  }

  it('is on from the start: batches are taken one after the other, events name the replay (FLG-07)', async () => {
    const { project, sdk, replay, sendBatch } = await record({ record_sessions_percent: 100 }, async () => {})
    expect(await sdk.page.evaluate(() => mixpanel.get_session_replay_url())).toContain(replay)
    await sdk.track('Seen')
    await sendBatch(0)
    // The SDK counts on only if it could read the answer as JSON.
    await sendBatch(1)
    const [event] = await project.exportedOnce(1)
    expect(event?.properties['$mp_replay_id']).toBe(replay)
  })

  it('is sent as text by a browser that cannot compress (FLG-07)', async () => {
    const { sendBatch } = await record({ record_sessions_percent: 100 }, async () => {}, 'body')
    await sendBatch(0)
    await sendBatch(1)
  })

  it('is started, paused, resumed and stopped by hand (FLG-07)', async () => {
    const { sdk, replay, sendBatch } = await record({}, (page) => {
      return page.page.evaluate(() => mixpanel.start_session_recording())
    })
    await sendBatch(0)
    await sdk.page.evaluate(() => mixpanel.pause_session_recording())
    await sdk.page.evaluate(() => mixpanel.resume_session_recording())
    await expect.poll(() => replayOf(sdk), { timeout: WAIT_MS }).toBe(replay)
    await sendBatch(1)
    await sdk.page.evaluate(() => mixpanel.stop_session_recording())
    await expect.poll(() => replayOf(sdk), { timeout: WAIT_MS }).toBe('undefined')
  })

  it.each(['strict', 'fallback'] as const)(
    'remote_settings_mode %s: the settings say that recording is on (FLG-06)',
    async (remote_settings_mode) => {
      // The SDK gives up after half a second: its clock stands still, so that a slow machine does not matter.
      const context = await newContext(suite.browser)
      await context.clock.install()
      await context.clock.pauseAt(Date.now() + 60_000)
      const { sdk } = await open({ remote_settings_mode }, context)
      await expect.poll(() => replayOf(sdk), { timeout: WAIT_MS }).toMatch(/^[0-9a-f-]{36}$/)
      expect(await sdk.page.evaluate(() => mixpanel.get_config('record_sessions_percent'))).toBe(100)
      await sdk.page.evaluate(() => mixpanel.stop_session_recording())
    },
  )
})

describe('options', () => {
  it.each<Partial<Config>>([
    { persistence: 'localStorage' },
    { persistence: 'localStorage', upgrade: true },
    { persistence_name: 'shop' },
    { disable_persistence: true },
    { cross_subdomain_cookie: false, cookie_expiration: 1 },
    { batch_size: 1 },
    { api_payload_format: 'json' },
    { api_routes: { track: 'track' } },
    { ip: false },
    { test: true },
    { property_blacklist: ['$browser', '$current_url'] },
    {
      skip_first_touch_marketing: true,
      stop_utm_persistence: true,
      save_referrer: false,
      store_google: false,
    },
    { ignore_dnt: true, xhr_headers: { 'X-Shop': '1' } },
  ])('%j: what is tracked is stored, and the page is quiet (TRK-02, TRK-05)', async (config) => {
    const { project, sdk } = await open(config)
    const tracked = [await sdk.track('One 🙂', { n: 1 }), await sdk.track('Two', { n: 2 })]
    expect(tracked.map(({ answer }) => answer)).toEqual([1, 1])
    expect(await project.exportedOnce(2)).toEqual(tracked.map(({ sent }) => asSent(sent, 'batched')))
  })

  it.each([
    ['in batches', {}],
    ['at once', { batch_requests: false }],
  ])('api_hosts: each of two names of the hosts is needed, %s (TRK-02)', async (_how, config) => {
    const { url } = suite.server
    // Batches look for the endpoint's name, and what is sent at once for what is sent.
    const api_hosts = { track: url, engage: url, groups: url, events: url, people: url }
    const { project, sdk } = await open({
      ...config,
      api_host: 'http://127.0.0.1:1',
      api_hosts,
    } as Partial<Config>)
    await sdk.send('Tracked')
    await sdk.page.evaluate(() => {
      mixpanel.identify('charlie')
      mixpanel.people.set({ plan: 'pro' })
    })
    await project.exportedOnce(1)
    const plan = async () => (await readProfiles(suite.server.db, project.id))['charlie']
    await expect.poll(plan, { timeout: WAIT_MS }).toMatchObject({ plan: 'pro' })
  })

  it.each<Partial<Config>>([
    { api_transport: 'sendBeacon', batch_requests: false },
    { batch_requests: false, ip: false, test: true },
  ])('%j: at once (TRK-02, TRK-15)', async (config) => {
    const { project, sdk } = await open(config)
    const { sent } = await sdk.track('One 🙂', { n: 1 })
    expect(await project.exportedOnce(1)).toEqual([asSent(sent, 'immediate')])
  })
})
