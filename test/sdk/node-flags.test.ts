import { randomUUID } from 'node:crypto'
import https from 'node:https'
import type Mixpanel from 'mixpanel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFlags } from '../../src/core/flags/parse-flags.ts'
import { replyToFlags } from '../../src/core/respond/flags.ts'
import { publicMethods } from './support/methods.ts'
import { nodeSdk, ServiceAccountCredentials } from './support/node-sdk.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { startTrustedServer, type TrustedServer } from './support/trusted-server.ts'

/*
 * Feature flags in the Node SDK from npm: asked for one at a time, and evaluated by itself from the definitions.
 * What either says of a user must be what the other says, and each exposure must arrive as an event.
 */

const WAIT_MS = 10_000

let server: TrustedServer
const usual = https.globalAgent
beforeAll(async () => {
  server = await startTrustedServer()
  // The SDK wants flags from port 443, whatever host it is given: its connections are led to the server's port.
  const port = Number(server.host.split(':')[1])
  Object.assign(https, { globalAgent: new Rerouted(port) })
})
afterAll(async () => {
  Object.assign(https, { globalAgent: usual })
  await server.close()
})

class Rerouted extends https.Agent {
  readonly #port: number

  constructor(port: number) {
    super()
    this.#port = port
  }

  override createConnection(options: https.RequestOptions, ...rest: readonly []) {
    return super.createConnection({ ...options, port: this.#port }, ...rest)
  }
}

type Flags = NonNullable<Mixpanel.Mixpanel['local_flags'] & Mixpanel.Mixpanel['remote_flags']>
/** What the types of the providers leave out. */
interface Exposing {
  readonly trackExposureEvent: (key: string, variant: object, context: object, latencyMs?: number) => void
  readonly callFlagsEndpoint: (params?: object) => Promise<unknown>
}

const EXPERIMENT = '7f0c0f5e-0000-4000-8000-000000000000'
const ON_OFF = [
  { key: 'on', value: true },
  { key: 'off', value: false },
]
/** Half of all get it, by their ids. */
const HALVES = { key: 'halves', hash_salt: 'abc', ruleset: { variants: ON_OFF } }
const QUARTER = {
  key: 'quarter',
  hash_salt: 'def',
  ruleset: { variants: ON_OFF, rollout: [{ rollout_percentage: 0.25 }] },
}
const PRO = {
  key: 'pro',
  experiment_id: EXPERIMENT,
  is_experiment_active: true,
  ruleset: {
    variants: [{ key: 'yes', value: { limit: 5 } }],
    rollout: [{ runtime_evaluation_rule: { '==': [{ var: 'plan' }, 'pro'] } }],
    test: { users: { qa: 'yes' } },
  },
}
const GATE = { key: 'gate', ruleset: { variants: ON_OFF, rollout: [{ variant_override: { key: 'on' } }] } }
const ALL = [HALVES, QUARTER, PRO, GATE]

const pro = { distinct_id: 'charlie', custom_properties: { plan: 'pro' } }
const FALLBACK = { variant_value: 'none' }

async function start(by: 'token' | 'service account', flags: readonly object[] = ALL) {
  const project = await createProject(server)
  const put = await server.inject({
    method: 'PUT',
    url: `/_twin/projects/${project.id}/flags`,
    payload: { flags },
  })
  expect(put.statusCode).toBe(200)
  const { username, secret } = project.serviceAccount
  const config = { api_host: '127.0.0.1' }
  const sdk = nodeSdk(server, project.token, {
    local_flags_config: { ...config, enable_polling: false },
    remote_flags_config: config,
    ...(by === 'service account' && {
      credentials: new ServiceAccountCredentials(username, secret, String(project.id)),
    }),
  })
  const { local_flags: local, remote_flags: remote } = sdk
  if (local === undefined || remote === undefined) throw new Error('the SDK has no flags')
  return { project, local, remote }
}

/** The exposures so far: flag, variant, user. */
async function exposures({ events }: SdkProject): Promise<readonly (readonly unknown[])[]> {
  const stored = (await events()).filter(({ event }) => event === '$experiment_started')
  return stored.map(({ properties: p, distinct_id }) => [
    p['Experiment name'],
    p['Variant name'],
    distinct_id,
  ])
}

describe.each(['token', 'service account'] as const)('by %s', (by) => {
  it('remote: a variant, its value, whether it is on, all of them (FLG-01, FLG-08)', async () => {
    const { project, remote } = await start(by)
    expect(await remote.getVariant('pro', FALLBACK, pro)).toEqual({
      variant_key: 'yes',
      variant_value: { limit: 5 },
      experiment_id: EXPERIMENT,
      is_experiment_active: true,
      is_qa_tester: false,
      variant_source: 'remote',
    })
    expect(await remote.getVariantValue('pro', 'none', { distinct_id: 'u' })).toBe('none')
    expect(await remote.getVariantValue('pro', 'none', { distinct_id: 'qa' }, false)).toEqual({ limit: 5 })
    expect(await remote.isEnabled('gate', pro)).toBe(true)
    expect(await remote.isEnabled('no such flag', pro)).toBe(false)
    expect(Object.keys((await remote.getAllVariants(pro)) ?? {})).toEqual(
      expect.arrayContaining(['gate', 'pro']),
    )
    remote.shutdown()
    await expect.poll(() => exposures(project), { timeout: WAIT_MS }).toHaveLength(2)
    expect((await exposures(project)).toSorted()).toEqual([
      ['gate', 'on', 'charlie'],
      ['pro', 'yes', 'charlie'],
    ])
  })

  it('local: the same from the definitions, with one request (FLG-02, FLG-08)', async () => {
    const { project, local } = await start(by)
    const before = server.requests.length
    await local.startPollingForDefinitions()
    await local.areFlagsReady()
    expect(local.getVariant('pro', FALLBACK, pro)).toMatchObject({
      variant_key: 'yes',
      variant_source: 'local',
    })
    expect(local.getVariantValue('pro', 'none', { distinct_id: 'u' })).toBe('none')
    expect(local.getVariant('pro', FALLBACK, { distinct_id: 'qa' }, false)).toMatchObject({
      is_qa_tester: true,
    })
    expect(local.isEnabled('gate', { distinct_id: 'charlie' })).toBe(true)
    expect(Object.keys(local.getAllVariants(pro))).toEqual(expect.arrayContaining(['gate', 'pro']))
    local.stopPollingForDefinitions()
    local.shutdown()
    await expect.poll(() => exposures(project), { timeout: WAIT_MS }).toHaveLength(2)
    const asked = server.requests.slice(before).map(({ path }) => path)
    expect(asked.filter((path) => path === '/flags/definitions')).toHaveLength(1)
  })
})

it('for 60 users local and remote say the same of every flag (FLG-01, FLG-02, FLG-09)', async () => {
  const { local, remote } = await start('token')
  await local.startPollingForDefinitions()
  const ofVariant = ({ variant_key, variant_value }: { variant_key?: unknown; variant_value: unknown }) => [
    variant_key,
    variant_value,
  ]
  const shown = (variants: Awaited<ReturnType<Flags['getAllVariants']>>) =>
    Object.entries(variants ?? {})
      .map(([key, variant]) => [key, ...ofVariant(variant)])
      .toSorted()
  const seen = new Set<string>()
  for (let n = 0; n < 60; n += 1) {
    const context = { distinct_id: `user-${n}`, custom_properties: { plan: n % 2 === 0 ? 'pro' : 'free' } }
    const inLocal = shown(local.getAllVariants(context))
    expect(shown(await remote.getAllVariants(context))).toEqual(inLocal)
    for (const variant of inLocal) seen.add(String(variant))
  }
  // Were everybody in the same variant, the two would agree whatever they did.
  expect([...seen].map((variant) => variant.split(',').slice(0, 2).join(' ')).toSorted()).toEqual([
    'gate on',
    'halves off',
    'halves on',
    'pro yes',
    'quarter off',
    'quarter on',
  ])
})

/** Every way in which a share can be given. */
const SHARES = [
  HALVES,
  QUARTER,
  {
    key: 'unsalted',
    ruleset: { variants: ON_OFF, rollout: [{ rollout_percentage: 0.07 }, { rollout_percentage: 0.5 }] },
  },
  {
    key: 'uneven',
    hash_salt: 'ghi',
    ruleset: {
      variants: [
        { key: 'c', value: 'c', split: 0.1 },
        { key: 'A', value: 'A', split: 0.2 },
        { key: 'b', value: 'b', split: 0.7 },
      ],
      rollout: [
        { rollout_percentage: 0.3, variant_splits: { c: 0.5, A: 0.5, b: 0 } },
        { rollout_percentage: 0.01, variant_override: { key: 'b' } },
        { runtime_evaluation_rule: { '>=': [{ var: 'seats' }, 5] } },
      ],
    },
  },
  {
    key: 'versions',
    ruleset: {
      variants: ON_OFF,
      rollout: [
        {
          runtime_evaluation_rule: {
            and: [
              { semver_compare: [{ var: 'app' }, '>=', '2.10'] },
              { datetime_compare: [{ var: 'Since' }, '<', 1_767_225_600_000 + 5_000 * 60_000] },
            ],
          },
        },
      ],
    },
  },
  {
    key: 'lists',
    ruleset: {
      variants: ON_OFF,
      rollout: [
        {
          runtime_evaluation_rule: {
            and: [
              { some: [{ var: 'Tags' }, { in: [{ var: '' }, ['T3', { var: '' }]] }] },
              { all: [{ var: 'tags' }, { '!=': [{ var: '' }, 'T5'] }] },
              { none: [{ var: 'rows' }, { '<': [{ var: 'n' }, 1] }] },
            ],
          },
        },
      ],
    },
  },
  {
    key: 'by device',
    context: 'device_id',
    ruleset: { variants: ON_OFF, rollout: [{ rollout_percentage: 0.99 }] },
  },
]

it('for 10 000 users the SDK decides as the server does, and the shares are as set (FLG-01, FLG-02)', async () => {
  const { project, local } = await start('token', SHARES)
  await local.startPollingForDefinitions()
  const put = parseFlags(JSON.parse(JSON.stringify({ flags: SHARES })))
  if (!put.ok) throw new Error(put.error)
  const counts = new Map<string, number>()
  for (let n = 0; n < 10_000; n += 1) {
    const context = {
      distinct_id: n % 3 === 0 ? `nutzer-${n}@bäckerei.example` : randomUUID(),
      ...(n % 2 === 0 && { device_id: `device-${n}` }),
      custom_properties: {
        seats: n % 10,
        ...(n % 4 > 0 && { Tags: [`T${n % 10}`, 't1'] }),
        rows: [{ N: n % 3 }, { n: 2 }],
        App: `v2.${n % 20}.0${n % 7 === 0 ? '-rc.1' : ''}`,
        since: new Date(1_767_225_600_000 + n * 60_000).toISOString(),
      },
    }
    // What GET /flags answers, without ten thousand requests.
    const reply = replyToFlags(put.value, { context, done: new Set(), projectId: project.id })
    const { flags } = JSON.parse(String(reply.body))
    const own = Object.entries(local.getAllVariants(context)).map(([key, variant]) => {
      const { variant_source: _, ...rest } = variant
      return [key, rest] as const
    })
    expect(flags).toEqual(
      Object.fromEntries(own.map(([key, rest]) => [key, JSON.parse(JSON.stringify(rest))])),
    )
    for (const [key, { variant_key }] of own) {
      const name = `${key}: ${variant_key}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  const share = (name: string) => (counts.get(name) ?? 0) / 10_000
  expect(share('halves: on')).toBeCloseTo(0.5, 1)
  expect(share('quarter: on') + share('quarter: off')).toBeCloseTo(0.25, 1)
  // Without a salt all rollouts draw alike: who is not in half of all is in no smaller part either.
  expect(share('unsalted: on') + share('unsalted: off')).toBeCloseTo(0.5, 1)
  expect(share('by device: on') + share('by device: off')).toBeCloseTo(0.99 / 2, 1)
  // The 10th of the versions 2.0 to 2.19 and all behind it, but for a candidate of it; half of the days.
  expect(share('versions: on') + share('versions: off')).toBeCloseTo(0.5 * 0.5, 1)
  // Three of four have tags, of which a tenth is T5; a third has a row of 0.
  expect(share('lists: on') + share('lists: off')).toBeCloseTo(0.65 * (2 / 3), 1)
  // 30 % in halves, the override, and then half of those who are left, of whom b has 70 %.
  expect(share('uneven: A')).toBeCloseTo(0.15 + 0.69 * 0.5 * 0.2, 1)
  expect(share('uneven: b')).toBeCloseTo(0.01 + 0.69 * 0.5 * 0.7, 1)
})

it('an exposure reported by hand, with how long the answer took (FLG-08)', async () => {
  const { project, remote } = await start('token')
  const exposing = remote as unknown as Exposing
  exposing.trackExposureEvent(
    'gate',
    { variant_key: 'on', variant_value: true },
    { distinct_id: 'taylor' },
    12,
  )
  await expect.poll(() => exposures(project), { timeout: WAIT_MS }).toEqual([['gate', 'on', 'taylor']])
  const [event] = await project.events()
  expect(event?.properties).toMatchObject({
    'Variant fetch latency (ms)': 12,
    'Flag evaluation mode': 'remote',
  })
})

it('what is refused is a fallback with the reason, and not an exception (FLG-04)', async () => {
  const { project, remote } = await start('token')
  const variant = await remote.getVariant('gate', FALLBACK, {} as { distinct_id: string })
  const message = 'HTTP 400: distinct_id must be provided in evalContext as a string'
  expect(variant).toMatchObject({ ...FALLBACK, fallback_reason: { kind: 'BACKEND_ERROR', message } })
  const unknown = nodeSdk(server, 'no-such-token', {
    local_flags_config: { api_host: '127.0.0.1' },
  }).local_flags
  await unknown?.startPollingForDefinitions()
  await expect(unknown?.areFlagsReady()).rejects.toThrow(/^HTTP 401: /)
  expect(await exposures(project)).toEqual([])
})

it('a project without flags is no error (FLG-01, FLG-02)', async () => {
  const { local, remote } = await start('token', [])
  await local.startPollingForDefinitions()
  await local.areFlagsReady()
  expect([local.getAllVariants(pro), await remote.getAllVariants(pro)]).toEqual([{}, {}])
  expect(
    await (remote as unknown as Exposing).callFlagsEndpoint({ context: JSON.stringify(pro) }),
  ).toMatchObject({
    code: 200,
  })
})

it('every public method is called above', async () => {
  const { local, remote } = await start('token', [])
  // `tracker` is what the client gives it, for exposures.
  const common = [
    ...['callFlagsEndpoint', 'getAllVariants', 'getVariant', 'getVariantValue', 'isEnabled', 'shutdown'],
    ...['trackExposureEvent', 'tracker'],
  ]
  const own = ['areFlagsReady', 'startPollingForDefinitions', 'stopPollingForDefinitions']
  expect(publicMethods(remote)).toEqual(common)
  expect(publicMethods(local)).toEqual([...common, ...own].toSorted())
})
