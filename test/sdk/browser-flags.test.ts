import type { Config } from 'mixpanel-browser'
import { afterEach, expect, it } from 'vitest'
import { browserSuite } from './support/browser-suite.ts'
import { createProject, type SdkProject } from './support/project.ts'
import type { WholeSdk } from './support/whole-sdk.ts'

/*
 * Feature flags in the browser SDK from npm, in debug mode, on a page that may not complain: it asks at its start,
 * after identify() and after reset(), each time with a preflight, and reports each exposure as an event.
 */

/** The SDK, in the page. */
declare const mixpanel: WholeSdk

const suite = browserSuite()
const WAIT_MS = 10_000
const CONFIG: Partial<Config> = { debug: true, batch_flush_interval_ms: 50, flags: true }
const EXPERIMENT = '7f0c0f5e-0000-4000-8000-000000000000'
const ON_OFF = [
  { key: 'on', value: true },
  { key: 'off', value: false },
]
const FLAGS = [
  {
    key: 'checkout',
    experiment_id: EXPERIMENT,
    is_experiment_active: true,
    ruleset: {
      variants: ON_OFF,
      rollout: [{ variant_override: { key: 'on' } }],
      test: { users: { qa: 'off' } },
    },
  },
  {
    key: 'limits',
    ruleset: {
      variants: [{ key: 'high', value: { items: 5 } }],
      rollout: [{ runtime_evaluation_rule: { '==': [{ var: 'plan' }, 'pro'] } }],
    },
  },
]

afterEach(() => {
  const failed = suite.server.requests.filter(({ status }) => status >= 400)
  expect(failed.map(({ method, path, status }) => [method, path, status])).toEqual([])
})

async function open(flags: readonly object[], config: Partial<Config> = {}, mayComplain?: RegExp) {
  const project = await createProject(suite.server)
  const url = `/_twin/projects/${project.id}/flags`
  const put = await suite.server.inject({ method: 'PUT', url, payload: { flags } })
  expect(put.statusCode).toBe(200)
  const sdk = await suite.visit({
    token: project.token,
    config: { ...CONFIG, ...config },
    ...(mayComplain && { mayComplain }),
  })
  // Before it has begun to ask, when_ready() is true of nothing.
  await sdk.page.waitForFunction(() => mixpanel.flags.are_flags_ready())
  return { project, sdk }
}

/** The exposures that are stored, once there are so many. */
async function exposuresOnce(project: SdkProject, count: number) {
  const stored = await project.exportedOnce(count)
  return stored.map(({ event, properties: p }) => [event, p['Experiment name'], p['Variant name']])
}

const CHECKOUT = {
  key: 'on',
  value: true,
  experiment_id: EXPERIMENT,
  is_experiment_active: true,
  is_qa_tester: false,
  variant_source: 'network',
}

it('every way to ask for a variant (FLG-01, FLG-05, FLG-08)', async () => {
  const { project, sdk } = await open(FLAGS, {}, /get_feature_data\(\) is deprecated/)
  const told = await sdk.page.evaluate(async () => {
    const { flags } = mixpanel
    const none = { key: 'none', value: 'none' }
    await flags.when_ready()
    return {
      ready: flags.are_flags_ready(),
      variant: await flags.get_variant('checkout', none),
      variantSync: flags.get_variant_sync('checkout', none),
      value: await flags.get_variant_value('checkout', 'none'),
      valueSync: flags.get_variant_value_sync('no such flag', 'none'),
      enabled: await flags.is_enabled('checkout'),
      enabledSync: flags.is_enabled_sync('no such flag', false),
      all: [...(await flags.get_all_variants()).keys()],
      allSync: [...flags.get_all_variants_sync().keys()],
      old: await flags.get_feature_data('limits', none),
    }
  })
  expect(told).toEqual({
    ready: true,
    variant: CHECKOUT,
    variantSync: CHECKOUT,
    value: true,
    valueSync: 'none',
    enabled: true,
    enabledSync: false,
    all: ['checkout'],
    allSync: ['checkout'],
    old: { key: 'none', value: 'none' },
  })
  expect(await exposuresOnce(project, 1)).toEqual([['$experiment_started', 'checkout', 'on']])
  const [event] = await project.events()
  expect(event?.properties).toMatchObject({ $experiment_id: EXPERIMENT, $is_qa_tester: false })
})

it('update_context() and load_flags(): by what the page says of the user (FLG-01)', async () => {
  const { project, sdk } = await open(FLAGS)
  const limits = await sdk.page.evaluate(async () => {
    const { flags } = mixpanel
    await flags.when_ready()
    const before = flags.get_variant_value_sync('limits', 'none')
    await flags.update_context({ custom_properties: { plan: 'pro' } })
    return [before, flags.get_variant_value_sync('limits', 'none')]
  })
  expect(limits).toEqual(['none', { items: 5 }])
  // What the developer changes meanwhile is there when it is loaded again, and not before.
  const other = [{ key: 'limits', ruleset: { variants: [{ key: 'low', value: { items: 1 } }] } }]
  const url = `/_twin/projects/${project.id}/flags`
  await suite.server.inject({ method: 'PUT', url, payload: { flags: other } })
  const loaded = await sdk.page.evaluate(async () => {
    const { flags } = mixpanel
    const before = flags.get_variant_value_sync('limits', 'none')
    await flags.load_flags()
    return [before, flags.get_variant_value_sync('limits', 'none')]
  })
  expect(loaded).toEqual([{ items: 5 }, { items: 1 }])
  expect(await exposuresOnce(project, 2)).toEqual([
    ['$experiment_started', 'limits', 'high'],
    ['$experiment_started', 'limits', 'low'],
  ])
})

it('identify() and reset() ask again, for somebody else (FLG-01, IDS-20)', async () => {
  const { sdk } = await open(FLAGS)
  const value = () =>
    sdk.page.evaluate(async () => {
      await mixpanel.flags.when_ready()
      return mixpanel.flags.get_variant_value_sync('checkout', 'none')
    })
  expect(await value()).toBe(true)
  await sdk.page.evaluate(() => mixpanel.identify('qa'))
  await expect.poll(value, { timeout: WAIT_MS }).toBe(false)
  await sdk.page.evaluate(() => mixpanel.reset())
  await expect.poll(value, { timeout: WAIT_MS }).toBe(true)
})

it.each(['networkOnly', 'networkFirst', 'persistenceUntilNetworkSuccess'] as const)(
  'with the policy %s (FLG-01)',
  async (variantLookupPolicy) => {
    const { sdk } = await open(FLAGS, { flags: { persistence: { variantLookupPolicy } } })
    const value = () => sdk.page.evaluate(() => mixpanel.flags.get_variant_value('checkout', 'none'))
    expect(await value()).toBe(true)
  },
)

it('an event of the page switches a flag at once, is told, and stays (FLG-03, FLG-05)', async () => {
  const flag = {
    key: 'thanks',
    id: 'thanks-1',
    ruleset: {
      variants: ON_OFF,
      rollout: [
        { variant_override: { key: 'on' }, runtime_event: { event_name: 'Buy' } },
        { variant_override: { key: 'off' } },
      ],
    },
  }
  const { project, sdk } = await open([flag])
  const value = () => sdk.page.evaluate(() => mixpanel.flags.get_variant_value('thanks', 'none'))
  const told = () => {
    const posts = suite.server.requests.filter(({ path }) => path.includes('first-time-events'))
    return posts.map(({ method, path, status }) => `${method} ${path.split('?', 1)[0]} ${status}`)
  }
  expect(await value()).toBe(false)
  await sdk.page.evaluate(() => mixpanel.track('Look'))
  expect(await value()).toBe(false)
  await sdk.page.evaluate(() => mixpanel.track('Buy'))
  await sdk.page.waitForFunction(() => mixpanel.flags.get_variant_value_sync('thanks', 'none') === true)
  const path = '/flags/thanks-1/first-time-events'
  await expect.poll(told, { timeout: WAIT_MS }).toEqual([`OPTIONS ${path} 204`, `POST ${path} 200`])
  await project.exportedOnce(4)
  // A new page remembers nothing: the server knows what the user has done.
  const context = sdk.page.context()
  const again = await suite.visit({ token: project.token, config: CONFIG, context })
  await again.page.waitForFunction(() => mixpanel.flags.are_flags_ready())
  const kept = await again.page.evaluate(() => mixpanel.flags.get_variant_value('thanks', 'none'))
  expect([kept, told().length]).toEqual([true, 2])
})

it('a project without flags is no error (FLG-01)', async () => {
  const { sdk } = await open([])
  const size = await sdk.page.evaluate(async () => (await mixpanel.flags.get_all_variants()).size)
  expect(size).toBe(0)
})
