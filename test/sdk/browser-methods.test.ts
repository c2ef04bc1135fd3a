import { readFileSync } from 'node:fs'
import type { Config } from 'mixpanel-browser'
import { afterEach, describe, expect, it } from 'vitest'
import { readFiles } from '../guards/source.ts'
import { readProfiles } from '../support/profiles.ts'
import { browserSuite } from './support/browser-suite.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { asSent, type SdkPage } from './support/sdk-page.ts'
import type { Done, WholeSdk } from './support/whole-sdk.ts'

/*
 * Every public method of the browser SDK from npm, in a real browser that may not complain of anything; in debug
 * mode the SDK says in the console what it otherwise keeps to itself. Where a method sends something, the store
 * must have it. The last tests find the methods of the installed version, and fail for one that no test calls.
 */

/** The SDK, in the page. */
declare const mixpanel: WholeSdk

const suite = browserSuite()
const WAIT_MS = 10_000
/** Often, since the default of 5 s would only make the tests slow. */
const CONFIG: Partial<Config> = { debug: true, batch_flush_interval_ms: 50 }

afterEach(() => {
  const failed = suite.server.requests.filter(({ status }) => status >= 400)
  expect(failed.map(({ method, path, status }) => [method, path, status])).toEqual([])
})

const create = () => createProject(suite.server, { settings: { group_keys: ['company'] } })
const open = ({ token }: SdkProject, config: Partial<Config> = {}, mayComplain?: RegExp) =>
  suite.visit({ token, config: { ...CONFIG, ...config }, ...(mayComplain && { mayComplain }) })

/** The names of the events, once there are so many. */
async function namesOnce(project: SdkProject, count: number): Promise<readonly string[]> {
  return (await project.exportedOnce(count)).map(({ event }) => event)
}

/** A profile, once it is as expected, but for what the server and the SDK add. */
async function expectProfile(project: SdkProject, key: string, expected: object | undefined): Promise<void> {
  const own = async () => {
    const profile = (await readProfiles(suite.server.db, project.id))[key]
    if (profile === undefined) return undefined
    const named = Object.entries(profile as object).filter(([name]) => !ADDED.includes(name))
    return Object.fromEntries(named)
  }
  await expect.poll(own, { timeout: WAIT_MS }).toEqual(expected)
}
const ADDED = [
  '$last_seen',
  '$os',
  '$browser',
  '$browser_version',
  '$initial_referrer',
  '$initial_referring_domain',
]

describe('properties', () => {
  it('register(), register_once(), unregister() and name_tag(): what every event has (TRK-34, PRP-01)', async () => {
    const project = await create()
    const sdk = await open(project)
    await sdk.page.evaluate(() => {
      mixpanel.register({ plan: 'free', trial: true })
      mixpanel.register_once({ plan: 'pro', source: 'ad' })
      mixpanel.register({ tab: 'this one' }, { persistent: false })
      mixpanel.unregister('trial')
      mixpanel.name_tag('Charlie')
    })
    const { sent } = await sdk.track('Opened')
    expect(sent.properties).toMatchObject({
      plan: 'free',
      source: 'ad',
      tab: 'this one',
      mp_name_tag: 'Charlie',
    })
    expect(sent.properties).not.toHaveProperty('trial')
    expect(await project.exportedOnce(1)).toEqual([asSent(sent, 'batched')])
  })

  it('get_property(), get_distinct_id(), get_config(), get_api_host(), get_tab_id(), toString() (TRK-08)', async () => {
    const sdk = await open(await create())
    const told = await sdk.page.evaluate(() => ({
      device: mixpanel.get_property('$device_id'),
      id: mixpanel.get_distinct_id(),
      size: mixpanel.get_config('batch_size'),
      host: mixpanel.get_api_host('events'),
      tab: mixpanel.get_tab_id(),
      name: mixpanel.toString(),
    }))
    expect(told).toEqual({
      device: expect.any(String),
      id: `$device:${told.device}`,
      size: 50,
      host: suite.server.url,
      tab: expect.stringMatching(/^\$tab-/),
      name: 'mixpanel',
    })
  })
})

describe('events', () => {
  it('time_event() gives the next event of that name a $duration (PRP-01)', async () => {
    const project = await create()
    const sdk = await open(project)
    await sdk.page.evaluate(() => mixpanel.time_event('Uploaded'))
    const timed = await sdk.track('Uploaded')
    const again = await sdk.track('Uploaded')
    expect(timed.sent.properties['$duration']).toEqual(expect.any(Number))
    expect(again.sent.properties).not.toHaveProperty('$duration')
    const stored = await project.exportedOnce(2)
    expect(stored).toEqual([timed, again].map(({ sent }) => asSent(sent, 'batched')))
  })

  it('push(), disable() and enable(): what is disabled stays with the SDK (TRK-07)', async () => {
    const project = await create()
    const sdk = await open(project)
    await sdk.page.evaluate(() => {
      mixpanel.push(['track', 'Pushed'])
      mixpanel.disable(['Noise'])
      mixpanel.track('Noise')
      mixpanel.enable(['Noise'])
      mixpanel.track('Heard')
      mixpanel.disable()
      mixpanel.track('Silence')
      mixpanel.enable()
      mixpanel.track('Heard again')
    })
    expect(await namesOnce(project, 3)).toEqual(['Pushed', 'Heard', 'Heard again'])
  })

  it('add_hook() and remove_hook() (TRK-07)', async () => {
    const project = await create()
    const sdk = await open(project)
    await sdk.page.evaluate(() => {
      const hook = (event: string, properties: object) => [`Hooked ${event}`, { ...properties, hooked: true }]
      mixpanel.add_hook('before_track', hook)
      mixpanel.track('One')
      mixpanel.remove_hook('before_track', hook)
      mixpanel.track('Two')
    })
    expect(await namesOnce(project, 2)).toEqual(['Hooked One', 'Two'])
  })

  it('stop_batch_senders(), set_config() and start_batch_senders(): what waits is sent then (TRK-07)', async () => {
    const project = await create()
    const sdk = await open(project, { batch_autostart: false })
    await sdk.send('Waited')
    expect(await project.exported()).toEqual([])
    await sdk.page.evaluate(() => mixpanel.start_batch_senders())
    await namesOnce(project, 1)
    await sdk.page.evaluate(() => {
      mixpanel.stop_batch_senders()
      mixpanel.set_config({ batch_requests: false })
    })
    expect((await sdk.track('Not batched')).answer).toBe(1)
    expect(await namesOnce(project, 2)).toEqual(['Waited', 'Not batched'])
  })

  it('init() of a second instance by a name: each sends to its own project (TRK-22)', async () => {
    const [one, two] = [await create(), await create()]
    const sdk = await open(one)
    const config = { ...CONFIG, api_host: suite.server.url }
    await sdk.page.evaluate(
      ({ token, config: own }) => {
        const second = mixpanel.init(token, own, 'second')
        second.track('In two')
        mixpanel.track('In one')
      },
      { token: two.token, config },
    )
    expect([await namesOnce(one, 1), await namesOnce(two, 1)]).toEqual([['In one'], ['In two']])
  })
})

describe('consent', () => {
  const OPTED_OUT = /You are opted out of Mixpanel tracking/
  const state = (sdk: SdkPage) =>
    sdk.page.evaluate(() => [mixpanel.has_opted_in_tracking(), mixpanel.has_opted_out_tracking()])

  it('opt_out_tracking() keeps everything in the page, opt_in_tracking() is an event (TRK-08)', async () => {
    const project = await create()
    const sdk = await open(project, {}, OPTED_OUT)
    expect(await state(sdk)).toEqual([false, false])
    await sdk.page.evaluate(() => {
      mixpanel.opt_out_tracking()
      mixpanel.track('Out')
      mixpanel.people.set({ plan: 'pro' })
    })
    expect(await state(sdk)).toEqual([false, true])
    await sdk.page.evaluate(() => mixpanel.opt_in_tracking({ track_properties: { by: 'banner' } }))
    expect(await state(sdk)).toEqual([true, false])
    await sdk.track('In')
    const stored = await project.exportedOnce(2)
    expect(stored.map(({ event, properties }) => [event, properties['by']])).toEqual([
      ['$opt_in', 'banner'],
      ['In', undefined],
    ])
    await sdk.page.evaluate(() => mixpanel.clear_opt_in_out_tracking())
    expect(await state(sdk)).toEqual([false, false])
  })

  it('opt_out_tracking() deletes the profile, and then sets that there are no charges (ENG-19)', async () => {
    const project = await create()
    // With batches the SDK empties its queue right after: what it has just put there is never sent.
    const sdk = await open(project, { batch_requests: false }, OPTED_OUT)
    await sdk.page.evaluate(() => {
      mixpanel.identify('charlie')
      mixpanel.people.set({ plan: 'pro' })
    })
    await expectProfile(project, 'charlie', { plan: 'pro' })
    await sdk.page.evaluate(() => mixpanel.opt_out_tracking())
    await expectProfile(project, 'charlie', { $transactions: [] })
  })
})

/*
 * Of calls that follow each other at once the SDK does not keep the order: each waits for a lock of its own. So
 * where the order matters, each call here waits for the one before it, as a developer must who cares.
 */

describe('groups', () => {
  it('set_group(), add_group(), remove_group(), track_with_groups(): of the event and of the user (PRP-01, ENG-16, ENG-17)', async () => {
    const project = await create()
    const sdk = await open(project)
    await sdk.page.evaluate(async () => {
      mixpanel.identify('charlie')
      const calls: readonly ((done: Done) => void)[] = [
        (done) => mixpanel.set_group('company', ['Acme', 'Gone'], done),
        (done) => mixpanel.add_group('company', 'Umbrella', done),
        (done) => mixpanel.remove_group('company', 'Gone', done),
        (done) => mixpanel.track('Worked', {}, done),
        (done) => mixpanel.track_with_groups('Visited', { n: 1 }, { company: 'Initech' }, done),
      ]
      for (const call of calls) await new Promise(call)
    })
    const stored = await project.exportedOnce(2)
    // What remove_group() leaves it registers under the name `group_key`: the events keep all three.
    const kept = ['Acme', 'Umbrella']
    expect(stored.map(({ event, properties: p }) => [event, p['company'], p['group_key']])).toEqual([
      ['Worked', ['Acme', 'Gone', 'Umbrella'], kept],
      ['Visited', 'Initech', kept],
    ])
    await expectProfile(project, 'charlie', { company: kept })
  })

  it('get_group(): its profile (GRP-03, GRP-09)', async () => {
    const project = await create()
    const sdk = await open(project)
    const name = await sdk.page.evaluate(async () => {
      const group = mixpanel.get_group('company', 'Acme')
      const gone = mixpanel.get_group('company', 'Gone')
      const calls: readonly ((done: Done) => void)[] = [
        (done) => group.set({ plan: 'free', seats: '5' }, done),
        (done) => group.set_once({ plan: 'pro', first: '1' }, done),
        (done) => group.union('tags', ['a', 'b'], done),
        (done) => group.remove('tags', 'a', done),
        (done) => group.unset('seats', done),
        (done) => gone.set('plan', 'free', done),
        (done) => gone.delete(done),
      ]
      for (const call of calls) await new Promise(call)
      return group.toString()
    })
    expect(name).toBe('mixpanel.group.company.Acme')
    await expectProfile(project, 'company/Acme', { plan: 'free', first: '1', tags: ['b'] })
    await expectProfile(project, 'company/Gone', undefined)
  })
})

it('people (ENG-12, ENG-14, ENG-15, ENG-16, ENG-17, ENG-18, ENG-19)', async () => {
  const project = await create()
  // So it is in its documentation, too.
  const sdk = await open(project, {}, /track_charge\(\) is deprecated and no longer has any effect/)
  const name = await sdk.page.evaluate(async () => {
    const { people } = mixpanel
    mixpanel.identify('charlie')
    const calls: readonly ((done: Done) => void)[] = [
      (done) => people.set({ plan: 'free', seats: 5, old: 1 }, done),
      (done) => people.set_once({ plan: 'pro', first: 1 }, done),
      (done) => people.increment('seats', 2, done),
      (done) => people.append('tags', 'a', done),
      (done) => people.union('tags', ['a', 'b'], done),
      (done) => people.remove('tags', 'a', done),
      (done) => people.unset('old', done),
      (done) => people.clear_charges(done),
    ]
    for (const call of calls) await new Promise(call)
    people.track_charge(9.99)
    return people.toString()
  })
  expect(name).toBe('mixpanel.people')
  const profile = { plan: 'free', seats: 7, first: 1, tags: ['b'], $transactions: [] }
  await expectProfile(project, 'charlie', profile)
  await sdk.page.evaluate(() => mixpanel.people.delete_user())
  await expectProfile(project, 'charlie', undefined)
})

/** What tests do by a gesture or an option, or cannot: the SDK says it is for its own tests. */
const NOT_CALLED = ['flags.getTargeting']
const CLASSES: Readonly<Record<string, string>> = {
  MixpanelLib: '',
  MixpanelPeople: 'people.',
  MixpanelGroup: 'group.',
  FeatureFlagManager: 'flags.',
}

/** Every `Class.prototype['method'] = ` of the SDK's source: that is how it says what is public. */
function exportedMethods(): readonly string[] {
  const folder = new URL('../../node_modules/mixpanel-browser/src/', import.meta.url)
  const files = ['mixpanel-core.js', 'mixpanel-people.js', 'mixpanel-group.js', 'flags/index.js']
  const text = files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n')
  const found = [...text.matchAll(/^(\w+)\.prototype\['([a-z]\w*)'\]\s*=/gm)]
  return found.flatMap(([, name = '', method]) => (name in CLASSES ? [`${CLASSES[name]}${method}`] : []))
}

/** Every method that a page is made to call, by the text of the tests: `mixpanel.track(`, `people.set(`. */
function calledMethods(): ReadonlySet<string> {
  const tests = readFiles('test/sdk', '.ts').filter(({ path }) =>
    /\/browser-[\w-]+\.test|\/sdk-page/.test(path),
  )
  const calls = tests.flatMap(({ code }) => [
    ...code.matchAll(/\b(?:mixpanel\.)?(people|flags|group|gone)\.(\w+)\(|\bmixpanel\.(\w+)\(/g),
  ])
  return new Set(
    calls.map(([, part, own, direct]) => {
      return part === undefined ? (direct ?? '') : `${part === 'gone' ? 'group' : part}.${own}`
    }),
  )
}

it('every method that the source exports is called by a test', () => {
  const methods = exportedMethods()
  expect(methods.length).toBeGreaterThan(70)
  const called = calledMethods()
  expect(methods.filter((method) => !called.has(method) && !NOT_CALLED.includes(method))).toEqual([])
})

it('every method that the types declare is among these', () => {
  const types = readFileSync(
    new URL('../../node_modules/mixpanel-browser/src/index.d.ts', import.meta.url),
    'utf8',
  )
  // The array that the snippet puts in the SDK's place has it too, so it cannot be minified and needs no export.
  const methods = new Set([...exportedMethods(), 'push'])
  const parts = { Mixpanel: '', People: 'people.', Group: 'group.', FlagsManager: 'flags.' }
  const declared = Object.entries(parts).flatMap(([name, prefix]) => {
    const body = types.match(new RegExp(`^export interface ${name} \\{\\n([\\s\\S]*?)^\\}`, 'm'))?.[1] ?? ''
    return [...body.matchAll(/^ {2}(\w+)[(<]/gm)].map((method) => `${prefix}${method[1]}`)
  })
  expect(declared.length).toBeGreaterThan(60)
  expect(declared.filter((method) => !methods.has(method))).toEqual([])
})
