import Mixpanel from 'mixpanel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProfiles } from '../support/profiles.ts'
import { publicMethods } from './support/methods.ts'
import { nodeSdk, ServiceAccountCredentials, told } from './support/node-sdk.ts'
import { createProject, type SdkProject } from './support/project.ts'
import { startTrustedServer, type TrustedServer } from './support/trusted-server.ts'

/*
 * Every public method of the Node SDK from npm, called once: the callback must be told that all is well, and the
 * store must have what was meant. A method that a newer version brings fails the last test until it is added.
 */

let server: TrustedServer
beforeAll(async () => {
  server = await startTrustedServer()
})
afterAll(() => server.close())

/** What the types of the SDK leave out. */
interface Whole extends Mixpanel.Mixpanel {
  readonly set_config: (config: object) => void
  readonly send_request: (request: object, done: Done) => void
  readonly send_event_request: (endpoint: string, event: string, properties: object, done: Done) => void
}
type Done = (outcome: unknown) => void

interface Call {
  /** As the developer reaches it from the client. */
  readonly method: string
  readonly call: (sdk: Whole, done: Done) => void
  /** The names and ids of the events afterwards, and the profiles without what the server adds. */
  readonly events?: readonly string[]
  readonly profile?: object
  readonly group?: object
  /** The codes of verdicts, where something has no effect. */
  readonly verdicts?: readonly string[]
}

const USER = 'charlie'
const [KEY, GROUP] = ['company', 'Acme']
/** What `before` has put there. */
const HAD = { plan: 'free', seats: 5, tags: ['a', 'b'], $transactions: [{ $amount: 1 }] }
const LONG_AGO = new Date('2021-03-14T15:09:26.535Z')
const { $transactions: _, ...WITHOUT_CHARGES } = HAD
const { seats: __, ...WITHOUT_SEATS } = HAD

const CALLS: readonly Call[] = [
  {
    method: 'track',
    call: (sdk, done) => sdk.track('E', { distinct_id: USER }, done),
    events: ['E charlie'],
  },
  {
    method: 'track_batch',
    call: (sdk, done) => sdk.track_batch([event('A'), event('B')], { max_batch_size: 1 }, done),
    events: ['A charlie', 'B charlie'],
  },
  {
    method: 'import',
    call: (sdk, done) => sdk.import('E', LONG_AGO, { distinct_id: USER }, done),
    events: ['E charlie'],
    verdicts: ['import.strict_off', 'dedup.no_insert_id'],
  },
  {
    method: 'import_batch',
    call: (sdk, done) => sdk.import_batch([event('A'), event('B')], done),
    events: ['A charlie', 'B charlie'],
    verdicts: ['import.strict_off', 'dedup.no_insert_id', 'dedup.no_insert_id'],
  },
  {
    method: 'alias',
    call: (sdk, done) => sdk.alias(USER, 'c@x.com', done),
    verdicts: ['identity.alias_noop_simplified'],
  },
  {
    method: 'send_request',
    call: (sdk, done) => {
      const data = { event: 'E', properties: { token: sdkToken(sdk), distinct_id: USER } }
      sdk.send_request({ method: 'POST', endpoint: '/track', data }, done)
    },
    events: ['E charlie'],
  },
  {
    method: 'send_event_request',
    call: (sdk, done) => sdk.send_event_request('/track', 'E', { distinct_id: USER }, done),
    events: ['E charlie'],
  },
  {
    method: 'set_config',
    call: (sdk, done) => {
      sdk.set_config({ host: server.host, verbose: true })
      sdk.track('E', { distinct_id: USER }, done)
    },
    events: ['E charlie'],
  },
  {
    method: 'people.set',
    call: (sdk, done) => sdk.people.set(USER, { plan: 'pro' }, done),
    profile: { ...HAD, plan: 'pro' },
  },
  {
    method: 'people.set_once',
    call: (sdk, done) => sdk.people.set_once(USER, { plan: 'pro', first: 1 }, done),
    profile: { ...HAD, first: 1 },
  },
  {
    method: 'people.unset',
    call: (sdk, done) => sdk.people.unset(USER, 'seats', done),
    profile: WITHOUT_SEATS,
  },
  {
    method: 'people.increment',
    call: (sdk, done) => sdk.people.increment(USER, 'seats', 2, done),
    profile: { ...HAD, seats: 7 },
  },
  {
    method: 'people.append',
    call: (sdk, done) => sdk.people.append(USER, 'tags', 'a', done),
    profile: { ...HAD, tags: ['a', 'b', 'a'] },
  },
  {
    method: 'people.union',
    call: (sdk, done) => sdk.people.union(USER, { tags: ['b', 'c'] }, done),
    profile: { ...HAD, tags: ['a', 'b', 'c'] },
  },
  {
    method: 'people.remove',
    call: (sdk, done) => sdk.people.remove(USER, { tags: 'a' }, done),
    profile: { ...HAD, tags: ['b'] },
  },
  {
    method: 'people.track_charge',
    call: (sdk, done) => sdk.people.track_charge(USER, 9.99, {}, done),
    profile: { ...HAD, $transactions: [{ $amount: 1 }, { $amount: 9.99 }] },
  },
  {
    method: 'people.clear_charges',
    call: (sdk, done) => sdk.people.clear_charges(USER, done),
    profile: { ...WITHOUT_CHARGES, $transactions: [] },
  },
  { method: 'people.delete_user', call: (sdk, done) => sdk.people.delete_user(USER, done), profile: {} },
  {
    method: 'groups.set',
    call: (sdk, done) => sdk.groups.set(KEY, GROUP, { plan: 'pro' }, done),
    group: { ...HAD, plan: 'pro' },
  },
  {
    method: 'groups.set_once',
    call: (sdk, done) => sdk.groups.set_once(KEY, GROUP, { plan: 'pro', first: 1 }, done),
    group: { ...HAD, first: 1 },
  },
  {
    method: 'groups.unset',
    call: (sdk, done) => sdk.groups.unset(KEY, GROUP, 'seats', done),
    group: WITHOUT_SEATS,
  },
  {
    method: 'groups.union',
    call: (sdk, done) => sdk.groups.union(KEY, GROUP, { tags: ['b', 'c'] }, done),
    group: { ...HAD, tags: ['a', 'b', 'c'] },
  },
  {
    method: 'groups.remove',
    call: (sdk, done) => sdk.groups.remove(KEY, GROUP, { tags: 'a' }, done),
    group: { ...HAD, tags: ['b'] },
  },
  {
    method: 'groups.delete_group',
    call: (sdk, done) => sdk.groups.delete_group(KEY, GROUP, done),
    group: {},
  },
]

const event = (name: string) => ({ event: name, properties: { distinct_id: USER, time: Date.now() - 1_000 } })
const sdkToken = (sdk: object) => String(Reflect.get(sdk, 'token'))

/** A project with a user and a group that have a profile, and a client of it with credentials for imports. */
async function start(verbose: boolean) {
  const project = await createProject(server, { settings: { group_keys: [KEY] } })
  const { username, secret } = project.serviceAccount
  const credentials = new ServiceAccountCredentials(username, secret, String(project.id))
  const sdk = nodeSdk(server, project.token, { credentials, verbose }) as Whole
  expect(await told((done) => sdk.people.set(USER, { ...HAD }, done))).toBeUndefined()
  expect(await told((done) => sdk.groups.set(KEY, GROUP, { ...HAD }, done))).toBeUndefined()
  return { project, sdk }
}

async function outcome({ id, events, verdicts }: SdkProject) {
  const profiles = await readProfiles(server.db, id)
  const own = (key: string) => {
    const { $last_seen: __, ...properties } = { $last_seen: 0, ...(profiles[key] as object | undefined) }
    return properties
  }
  return {
    events: (await events()).map((stored) => `${stored.event} ${stored.distinct_id}`),
    profile: own(USER),
    group: own(`${KEY}/${GROUP}`),
    verdicts: (await verdicts()).map(({ code }) => code),
  }
}

describe.each([{ verbose: false }, { verbose: true }])('with %o', ({ verbose }) => {
  it.each(CALLS)(
    '$method (TRK-08, TRK-09, IMP-12, ENG-02, GRP-02)',
    async ({ method: _method, call, ...rest }) => {
      const { project, sdk } = await start(verbose)
      const done = await told((callback) => call(sdk, callback))
      expect(done ?? undefined).toBeUndefined()
      const nothing = { events: [], profile: HAD, group: HAD, verdicts: [] }
      expect(await outcome(project)).toEqual({ ...nothing, ...rest })
    },
  )
})

it('test mode sends everything, and says so (TRK-15)', async () => {
  const { project } = await start(false)
  const sdk = nodeSdk(server, project.token, { test: true })
  expect(await told((done) => sdk.people.set(USER, { plan: 'pro' }, done))).toBeUndefined()
  expect(server.requests.at(-1)?.params.get('test')).toBe('1')
  expect(await outcome(project)).toMatchObject({ profile: { plan: 'pro' } })
})

it('what is wrong with a call stays with the SDK: it throws, and sends nothing', async () => {
  const { project, sdk } = await start(false)
  const before = server.requests.length
  const wrong: readonly (() => unknown)[] = [
    () => Mixpanel.init(''),
    () => new ServiceAccountCredentials('', 'secret', '1'),
    () => sdk.import('E', 'yesterday' as unknown as Date, {}),
    () => sdk.set_config({ logger: {} }),
    () => nodeSdk(server, project.token, { protocol: 'ftp' }).track('E'),
    () => nodeSdk(server, project.token).import('E', LONG_AGO),
  ]
  for (const call of wrong) expect(call).toThrow(Error)
  // This it forgets: a callback would never be called.
  sdk.people.union(USER, {})
  expect(await told((done) => sdk.track('E', { distinct_id: USER }, done))).toBeUndefined()
  expect(server.requests.length).toBe(before + 1)
  expect(await outcome(project)).toMatchObject({ events: ['E charlie'], profile: HAD })
})

it('a server that is not there is told to the callback, once, and not tried again', async () => {
  const nowhere = nodeSdk(server, 'token', { host: '127.0.0.1:1' })
  expect(await told((done) => nowhere.track('E', done))).toMatchObject({ code: 'ECONNREFUSED' })
  expect(await told((done) => nowhere.people.set(USER, { a: 1 }, done))).toMatchObject({
    code: 'ECONNREFUSED',
  })
  expect(await told((done) => nowhere.track_batch([event('A')], done))).toMatchObject([
    { code: 'ECONNREFUSED' },
  ])
})

/** Called by node-flags.test.ts and node-track.test.ts, or no call at all. */
const ELSEWHERE = ['init', 'ServiceAccountCredentials', 'toHttpBasicAuth', 'toString']

it('every public method is among the calls', () => {
  const sdk = nodeSdk(server, 'token')
  expect(publicMethods(sdk, ['people', 'groups'])).toEqual(CALLS.map(({ method }) => method).toSorted())
  const credentials = new ServiceAccountCredentials('name', 'secret', '1')
  expect([...publicMethods(Mixpanel), ...publicMethods(credentials)]).toEqual([...ELSEWHERE].toSorted())
})
