import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeSdk, told } from './support/node-sdk.ts'
import { type Call, type Callable, lastSeenOf, profilesOf } from './support/profiles.ts'
import { createProject } from './support/project.ts'
import { type SdkServer, startSdkServer } from './support/sdk-server.ts'
import { EVERY_TYPE, HARD_TEXT } from './support/values.ts'

/* Every groups.* method of the Node SDK from npm, unmodified, against /groups. */

let server: SdkServer
beforeAll(async () => {
  server = await startSdkServer()
})
afterAll(() => server.close())

const start = () => createProject(server, { settings: { group_keys: ['company'] } })

/** A title, calls on one group, each told to be done before the next, and the profile in the end. */
type Row = readonly [string, readonly Call[], object | undefined]

// biome-ignore format: a table, a row for each way to call a method
const ROWS: readonly Row[] = [
  ['set of one', [['set', '$name', 'Acme'], ['set', '$name', 'Acme Inc.']], { $name: 'Acme Inc.' }],
  ['set of many', [['set', { Industry: 'widgets', a: 1 }], ['set', { a: 2 }]], { Industry: 'widgets', a: 2 }],
  ['set_once of one', [['set_once', 'first', 1], ['set_once', 'first', 2]], { first: 1 }],
  ['set_once of many', [['set', { a: 1 }], ['set_once', { a: 2, b: 3 }]], { a: 1, b: 3 }],
  ['union', [['union', { l: 'anvil' }], ['union', { l: ['anvil', 'rope'], m: [1] }]], { l: ['anvil', 'rope'], m: [1] }],
  ['remove', [['set', { l: ['x', 'y', 'x'] }], ['remove', { l: 'x' }], ['remove', { l: 'zzz' }]], { l: ['y'] }],
  ['unset of one', [['set', { a: 1, b: 2 }], ['unset', 'a']], { b: 2 }],
  ['unset of many', [['set', { a: 1, b: 2, c: 3 }], ['unset', ['a', 'c']]], { b: 2 }],
  ['delete_group (GRP-09)', [['set', { a: 1 }], ['delete_group']], undefined],
  ['values of every type (ENG-30)', [['set', EVERY_TYPE]], EVERY_TYPE],
  ['text in any script (PRP-18)', [['set', HARD_TEXT]], HARD_TEXT],
]

describe.each([{ verbose: false }, { verbose: true }])('with %o', ({ verbose }) => {
  it.each(ROWS)('%s (GRP-01, GRP-03)', async (_rule, calls, profile) => {
    const project = await start()
    const groups = nodeSdk(server, project.token, { verbose }).groups as unknown as Callable
    const before = server.requests.length
    for (const [method, ...given] of calls) {
      const outcome = await told((done) => groups[method]?.('company', 'Acme Inc.', ...given, done))
      expect(outcome, method).toBeUndefined()
    }
    const requests = server.requests.slice(before)
    expect(requests.map(({ method, path, params }) => [method, path, params.get('verbose')])).toEqual(
      calls.map(() => ['GET', '/groups', verbose ? '1' : '0']),
    )
    const expected = profile === undefined ? {} : { 'company/Acme Inc.': profile }
    expect(await profilesOf(server, project)).toEqual(expected)
  })
})

it('$time and $ignore_time modify an update (ENG-26)', async () => {
  const project = await start()
  const groups = nodeSdk(server, project.token).groups as unknown as Callable
  const $time = Date.parse('2026-01-02T03:04:05Z')
  await told((done) => groups['set']?.('company', 'c', { a: 1 }, { $time }, done))
  await told((done) => groups['set']?.('company', 'c', { a: 2 }, { $ignore_time: true }, done))
  expect(await lastSeenOf(server, project)).toEqual({ 'company/c': '2026-01-02T03:04:05' })
})

it('users and groups of one name are kept apart, ids are texts (GRP-05)', async () => {
  const project = await start()
  const { people, groups } = nodeSdk(server, project.token)
  const grouped = groups as unknown as Callable
  await told((done) => people.set('7', { of: 'user' }, done))
  await told((done) => grouped['set']?.('company', 7, { of: 'group' }, done))
  await told((done) => grouped['set_once']?.('company', '7', { also: 'group' }, done))
  expect(await profilesOf(server, project)).toEqual({
    7: { of: 'user' },
    'company/7': { of: 'group', also: 'group' },
  })
})

it('a refused update reaches the callback, with the reason where the SDK is verbose (GRP-02)', async () => {
  const project = await start()
  const set = (verbose: boolean, key: string, id: string) =>
    told((done) => nodeSdk(server, project.token, { verbose }).groups.set(key, id, { a: 1 }, done))
  expect(await set(false, 'company', '')).toEqual(new Error('Mixpanel Server Error: 0'))
  expect(await set(true, 'company', '')).toEqual(
    new Error('Mixpanel Server Error: $group_id, missing or empty'),
  )
  expect(await set(true, '', 'c')).toEqual(new Error('Mixpanel Server Error: $group_key, missing or empty'))
  expect(await profilesOf(server, project)).toEqual({})
})

it('a key that is not declared is answered as a success, and told (GRP-06)', async () => {
  const project = await createProject(server)
  const { groups } = nodeSdk(server, project.token)
  expect(await told((done) => groups.set('company', 'c', { a: 1 }, done))).toBeUndefined()
  expect(await profilesOf(server, project)).toEqual({ 'company/c': { a: 1 } })
  expect((await project.verdicts()).map(({ code }) => code)).toEqual(['group.key_undeclared'])
})
