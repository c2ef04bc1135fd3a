import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import {
  NOW_S,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/* Waiting for the profile of a user or a group. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Waited {
  readonly detail?: string
  readonly message?: string
  readonly matched?: readonly object[]
}

const urlOf = ({ token }: TestProject, query: Readonly<Record<string, unknown>>) => {
  const text = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) params.set(name, text(value))
  return `/_twin/projects/${token}/wait?${params}`
}

async function wait(project: TestProject, query: Readonly<Record<string, unknown>>) {
  const answer = await server.send({ url: urlOf(project, query) })
  return { ...answer.json<Waited>(), status: answer.statusCode }
}

const update = ({ token }: TestProject, record: object, path = '/engage') => ({
  method: 'POST' as const,
  url: path,
  payload: [{ $token: token, ...record }],
})

it('waits for a property of a user, by any id, beside others', async () => {
  const project = await server.createProject()
  const waiting = wait(project, { profile: 'charlie', properties: { plan: 'pro' }, timeout_ms: 20_000 })
  await server.send(update(project, { $distinct_id: 'charlie', $set: { plan: 'free' } }))
  expect(await Promise.race([waiting, sleep(150, 'still waiting')])).toBe('still waiting')
  await server.send(update(project, { $distinct_id: 'charlie', $set: { plan: 'pro', n: 1 } }))
  const matched = [{ distinct_id: 'charlie', profile: { plan: 'pro', n: 1 } }]
  expect(await waiting).toMatchObject({ status: 200, matched })
  const properties = { token: project.token, $device_id: 'D', $user_id: 'charlie', time: NOW_S }
  await server.send(trackJson([{ event: 'E', properties }]))
  expect(await wait(project, { profile: '$device:D', timeout_ms: 0 })).toMatchObject({ status: 200, matched })
})

it('waits until a merge gives an id a profile', async () => {
  const project = await server.createProject()
  await server.send(update(project, { $distinct_id: 'charlie', $set: { plan: 'pro' } }))
  const waiting = wait(project, { profile: '$device:D', properties: { plan: 'pro' }, timeout_ms: 20_000 })
  expect(await Promise.race([waiting, sleep(100, 'still waiting')])).toBe('still waiting')
  const properties = { token: project.token, $device_id: 'D', $user_id: 'charlie', time: NOW_S }
  await server.send(trackJson([{ event: 'E', properties }]))
  expect((await waiting).status).toBe(200)
})

it('waits for a property of a group', async () => {
  const project = await server.createProject({ settings: { group_keys: ['company'] } })
  const acme = { group_key: 'company', group_id: 'acme' }
  const waiting = wait(project, { ...acme, properties: { seats: 5 }, timeout_ms: 20_000 })
  const group = { $group_key: 'company', $group_id: 'acme', $set: { seats: 5 } }
  await server.send(update(project, group, '/groups'))
  expect(await waiting).toMatchObject({ status: 200, matched: [{ ...acme, profile: { seats: 5 } }] })
})

it('waits until a profile is gone, or a property of it', async () => {
  const project = await server.createProject()
  const charlie = { $distinct_id: 'charlie' }
  await server.send(update(project, { ...charlie, $set: { plan: 'pro' } }))
  expect(await wait(project, { profile: 'charlie', exactly: 0 })).toMatchObject({
    status: 409,
    detail: 'Expected no profile of "charlie", got the profile.',
  })
  await server.send(update(project, { ...charlie, $unset: ['plan'] }))
  const query = { profile: 'charlie', exactly: 0, settle_ms: 30 }
  expect((await wait(project, { ...query, properties: { plan: 'pro' } })).status).toBe(200)
  await server.send(update(project, { ...charlie, $delete: '' }))
  expect((await wait(project, query)).status).toBe(200)
})

it.each<[string, readonly object[], Readonly<Record<string, unknown>>, string]>([
  [
    'another value, and nothing',
    [{ $distinct_id: 'charlie', $set: { plan: 'free' } }],
    { profile: 'charlie', properties: { plan: 'pro', n: 1 } },
    'plan: expected "pro", got "free". n: expected 1, got nothing.',
  ],
  [
    'a property in another case',
    [{ $distinct_id: 'charlie', $set: { Plan: 'pro' } }],
    { profile: 'charlie', properties: { plan: 'pro' } },
    'plan: expected "pro", got nothing. The profile has "Plan" instead.',
  ],
  ['an id that nobody has', [], { profile: 'charlie' }, 'No user has the id "charlie".'],
  [
    'an id in another case',
    [{ $distinct_id: 'Charlie', $set: { plan: 'pro' } }],
    { profile: 'charlie' },
    'No user has the id "charlie". distinct_id: expected "charlie", got "Charlie".',
  ],
  [
    'an update that was refused',
    [
      { $distinct_id: 'charlie', $set: { plan: 'free' } },
      { $distinct_id: 'charlie', $add: { plan: 'x' } },
    ],
    { profile: 'charlie', properties: { plan: 'pro' } },
    'plan: expected "pro", got "free". $add on plan was ignored: it was given a string.',
  ],
  [
    'a refused update of somebody new',
    [{ distinct_id: 'charlie', $set: { plan: 'pro' } }],
    { profile: 'charlie' },
    'No user has the id "charlie". The record was refused ($distinct_id, missing or empty): the id of the user is at the top level',
  ],
  ['a group', [], { group_key: 'company', group_id: 'acme' }, 'The group "acme" of company has no profile.'],
])('at the timeout is told of %s', async (_name, records, query, reason) => {
  const project = await server.createProject()
  for (const record of records) await server.send(update(project, record))
  const { status, detail, message } = await wait(project, { ...query, timeout_ms: 30 })
  expect(status).toBe(408)
  expect(detail).toContain(`0 of 1 came within 30 ms. ${reason}`)
  expect(message).toMatch(/^Expected the profile of "(charlie|acme)"/)
})

it('says so of a user who has events and no profile', async () => {
  const project = await server.createProject()
  const properties = { token: project.token, distinct_id: 'charlie', time: NOW_S }
  await server.send(trackJson([{ event: 'E', properties }]))
  const { detail } = await wait(project, { profile: 'charlie', timeout_ms: 30 })
  expect(detail).toContain('"charlie" has no profile.')
})

it('sees what another server writes', async () => {
  const servers = await startSharedServers(2)
  onTestFinished(() => servers.close())
  const project = await servers.createProject()
  const [first, second] = servers.apps
  const waiting = first?.inject({ url: urlOf(project, { profile: 'charlie', timeout_ms: 20_000 }) })
  await sleep(100)
  await second?.inject(update(project, { $distinct_id: 'charlie', $set: { plan: 'pro' } }))
  expect((await waiting)?.statusCode).toBe(200)
})
