import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeSdk, told } from './support/node-sdk.ts'
import { type Call, type Callable, lastSeenOf, profilesOf } from './support/profiles.ts'
import { createProject } from './support/project.ts'
import { type SdkServer, startSdkServer } from './support/sdk-server.ts'
import { EVERY_TYPE, HARD_TEXT } from './support/values.ts'

/*
 * Every people.* method of the Node SDK from npm, unmodified, against /engage. It sends each update by GET, and
 * judges by the body alone.
 */

let server: SdkServer
beforeAll(async () => {
  server = await startSdkServer()
})
afterAll(() => server.close())

const SEEN = new Date('2026-01-02T03:04:05Z')
const LAST_SEEN = '2026-01-02T03:04:05'

/** A title, calls on one user, each told to be done before the next, and the profile in the end. */
type Row = readonly [string, readonly Call[], object | undefined]

// biome-ignore format: a table, a row for each way to call a method
const ROWS: readonly Row[] = [
  ['set of one (ENG-12)', [['set', 'gender', 'm'], ['set', 'gender', 'f']], { gender: 'f' }],
  ['set of many (ENG-12)', [['set', { company: 'acme', plan: 'premium' }], ['set', { plan: 'free' }]], { company: 'acme', plan: 'free' }],
  ['set takes $ip and $ignore_time out of the properties (ENG-24, ENG-26)', [['set', { ip: '127.0.0.1', $ignore_time: true, a: 1 }]], { a: 1 }],
  ['set_once of one (ENG-13)', [['set_once', 'first', 1], ['set_once', 'first', 2]], { first: 1 }],
  ['set_once of many (ENG-13)', [['set', { a: 1 }], ['set_once', { a: 2, b: 3 }]], { a: 1, b: 3 }],
  ['increment by one (ENG-14)', [['increment', 'n'], ['increment', 'n']], { n: 2 }],
  ['increment by a number (ENG-14)', [['increment', 'n', 10], ['increment', 'n', -2.5]], { n: 7.5 }],
  ['increment by 0 is by 1: the SDK takes it for nothing (ENG-14)', [['increment', 'n', 0]], { n: 1 }],
  ['increment of many (ENG-14)', [['increment', { a: 1, b: 3, c: -2 }], ['increment', { a: 1, x: 'no number' }]], { a: 2, b: 3, c: -2 }],
  ['increment by a text is ignored (ENG-20)', [['increment', { a: 1 }], ['increment', { a: '5', b: 1 }]], { a: 1, b: 1 }],
  ['append of one (ENG-15)', [['append', 'pages', 'home'], ['append', 'pages', 'home']], { pages: ['home', 'home'] }],
  ['append of many (ENG-15)', [['append', { l: 'bob', m: 123 }], ['append', { l: { a: 1 } }]], { l: ['bob', { a: 1 }], m: [123] }],
  ['union (ENG-16)', [['union', { l: 'x' }], ['union', { l: ['x', 'y'], m: [1] }]], { l: ['x', 'y'], m: [1] }],
  ['remove (ENG-17)', [['union', { l: ['x', 'y'], m: [1, 2] }], ['remove', { l: 'x', m: 2 }], ['remove', { l: 'zzz' }]], { l: ['y'], m: [1] }],
  ['unset of one (ENG-18)', [['set', { a: 1, b: 2 }], ['unset', 'a']], { b: 2 }],
  ['unset of many (ENG-18)', [['set', { a: 1, b: 2, c: 3 }], ['unset', ['a', 'c', 'zzz']]], { b: 2 }],
  ['track_charge (ENG-32)', [['track_charge', 29.99], ['track_charge', '5', { $time: SEEN, sku: 'a' }]], { $transactions: [{ $amount: 29.99 }, { $amount: 5, $time: SEEN.toISOString(), sku: 'a' }] }],
  ['clear_charges (ENG-32)', [['track_charge', 29.99], ['clear_charges']], { $transactions: [] }],
  ['delete_user (ENG-19)', [['set', { a: 1 }], ['delete_user']], undefined],
  ['delete_user, and a new one of the name (ENG-19)', [['set', { a: 1 }], ['delete_user'], ['set', { b: 1 }]], { b: 1 }],
  ['values of every type (ENG-28, ENG-30)', [['set', EVERY_TYPE]], EVERY_TYPE],
  ['dates are ISO texts (ENG-30)', [['set', { at: SEEN }], ['append', { l: SEEN }]], { at: SEEN.toISOString(), l: [SEEN.toISOString()] }],
  ['text in any script (TRK-03, PRP-18)', [['set', HARD_TEXT], ['append', 'l', '>>>???~~~ÿÿÿ']], { ...HARD_TEXT, l: ['>>>???~~~ÿÿÿ'] }],
]

describe.each([{ verbose: false }, { verbose: true }])('with %o', ({ verbose }) => {
  it.each(ROWS)('%s (ENG-01)', async (_rule, calls, profile) => {
    const project = await createProject(server)
    const people = nodeSdk(server, project.token, { verbose }).people as unknown as Callable
    const before = server.requests.length
    for (const [method, ...given] of calls) {
      expect(await told((done) => people[method]?.('bob', ...given, done)), method).toBeUndefined()
    }
    const requests = server.requests.slice(before)
    expect(requests.map(({ method, path, params }) => [method, path, params.get('verbose')])).toEqual(
      calls.map(() => ['GET', '/engage', verbose ? '1' : '0']),
    )
    expect(await profilesOf(server, project)).toEqual(profile === undefined ? {} : { bob: profile })
  })
})

describe('what modifies an update', () => {
  /** Each method with what it needs, up to its modifiers. */
  const METHODS: readonly Call[] = [
    ['set', 'l', 1],
    ['set', { l: 1 }],
    ['set_once', { fresh: 1 }],
    ['increment', 'n', 1],
    ['increment', { n: 1 }],
    ['append', { m: 1 }],
    ['union', { m: 2 }],
    ['remove', { m: 0 }],
    ['unset', ['gone']],
    ['track_charge', 5, {}],
    ['clear_charges'],
  ]

  it.each(METHODS.map((call) => ({ name: call[0], call })))(
    '$time and $ignore_time of $name (ENG-26, ENG-27)',
    async ({ call: [method, ...given] }) => {
      const project = await createProject(server)
      const people = nodeSdk(server, project.token).people as unknown as Callable
      const send = (modifiers: object) => told((done) => people[method]?.('bob', ...given, modifiers, done))
      const start = { m: [0], gone: 1, l: 0 }
      await told((done) => people['set']?.('bob', start, { $time: SEEN.getTime() - 60_000 }, done))
      await send({ $ignore_time: true })
      expect(await lastSeenOf(server, project)).toEqual({ bob: '2026-01-02T03:03:05' })
      await told((done) => people['set']?.('bob', start, { $ignore_time: true }, done))
      await told((done) => people['unset']?.('bob', 'fresh', { $ignore_time: true }, done))
      await send({ $time: SEEN })
      expect(await lastSeenOf(server, project)).toEqual({ bob: LAST_SEEN })
    },
  )

  it('$ignore_alias reaches the profile of the alias itself (ENG-08, IDL-10)', async () => {
    const project = await createProject(server, { id_management: 'legacy' })
    const sdk = nodeSdk(server, project.token)
    const people = sdk.people as unknown as Callable
    await told((done) => people['set']?.('sally', { old: 1 }, done))
    expect(await told((done) => sdk.alias('12345', 'sally', done))).toBeUndefined()
    await told((done) => people['set']?.('sally', { a: 1 }, done))
    expect(await profilesOf(server, project)).toEqual({ sally: { old: 1 }, 12345: { a: 1 } })
    expect(
      await told((done) => people['delete_user']?.('sally', { $ignore_alias: true }, done)),
    ).toBeUndefined()
    expect(await profilesOf(server, project)).toEqual({ 12345: { a: 1 } })
    await told((done) => people['delete_user']?.('sally', done))
    expect(await profilesOf(server, project)).toEqual({})
  })
})

it('a refused update reaches the callback, with the reason where the SDK is verbose (ENG-03)', async () => {
  const project = await createProject(server)
  const set = (verbose: boolean) =>
    told((done) => nodeSdk(server, project.token, { verbose }).people.set('', { a: 1 }, done))
  expect(await set(false)).toEqual(new Error('Mixpanel Server Error: 0'))
  expect(await set(true)).toEqual(new Error('Mixpanel Server Error: $distinct_id, missing or empty'))
  expect(await profilesOf(server, project)).toEqual({})
})

it('an unknown token is answered as a success, and stored nowhere (ENG-07)', async () => {
  const project = await createProject(server)
  const sdk = nodeSdk(server, 'no-such-token', { verbose: true })
  expect(await told((done) => sdk.people.set('bob', { a: 1 }, done))).toBeUndefined()
  expect(await profilesOf(server, project)).toEqual({})
})

it('two thousand properties go by GET, and one more is refused without a word (ENG-29, TRK-25)', async () => {
  const project = await createProject(server)
  const { people } = nodeSdk(server, project.token, { verbose: true })
  const full = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`p${n}`, n]))
  expect(await told((done) => people.set('bob', { ...full }, done))).toBeUndefined()
  expect(await told((done) => people.set('bob', { p0: 'other', more: 1 }, done))).toBeUndefined()
  expect(await profilesOf(server, project)).toEqual({ bob: full })
  expect((await project.verdicts()).map(({ code }) => code)).toContain('profile.too_many_properties')
})

it('a hundred updates at once, and none is lost (ENG-14, DEC-06)', async () => {
  const project = await createProject(server)
  const { people } = nodeSdk(server, project.token)
  await Promise.all(Array.from({ length: 100 }, () => told((done) => people.increment('bob', 'n', 1, done))))
  expect(await profilesOf(server, project)).toEqual({ bob: { n: 100 } })
})
