import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW_S, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/* Waiting for exactly so many events, for nothing else, and for none. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Waited {
  readonly matched?: readonly { readonly event: string }[]
  readonly besides?: readonly { readonly event: string }[]
  readonly detail?: string
  readonly message?: string
}

async function wait(project: TestProject, query: Readonly<Record<string, string | number>>) {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) params.set(name, String(value))
  const begun = performance.now()
  const answer = await server.send({ url: `/_twin/projects/${project.token}/wait?${params}` })
  return { ...answer.json<Waited>(), status: answer.statusCode, ms: performance.now() - begun }
}

async function track(project: TestProject, event: string, more: object = {}): Promise<void> {
  const properties = {
    token: project.token,
    distinct_id: 'u',
    $insert_id: randomUUID(),
    time: NOW_S,
    ...more,
  }
  await server.send(trackJson([{ event, properties }]))
}

const namesOf = (shown: Waited['matched']) => shown?.map(({ event }) => event)

describe('exactly', () => {
  it('answers once so many are there and no more came for settle_ms', async () => {
    const project = await server.createProject()
    const waiting = wait(project, { event: 'E', exactly: 2, settle_ms: 300, timeout_ms: 20_000 })
    await track(project, 'E')
    await track(project, 'F')
    await track(project, 'E')
    const { status, matched, ms } = await waiting
    expect([status, namesOf(matched)]).toEqual([200, ['E', 'E']])
    expect(ms).toBeGreaterThan(290)
  })

  it('fails at once with what is too much, whether it is there or comes while all settles', async () => {
    const project = await server.createProject()
    const waiting = wait(project, { event: 'E', exactly: 2, settle_ms: 30_000, timeout_ms: 20_000 })
    for (const plan of ['a', 'b']) await track(project, 'E', { plan })
    expect(await Promise.race([waiting, sleep(200, 'still waiting')])).toBe('still waiting')
    await track(project, 'E', { plan: 'c' })
    for (const answer of [await waiting, await wait(project, { event: 'E', exactly: 2 })]) {
      expect(answer).toMatchObject({
        status: 409,
        detail: 'Expected exactly 2 events "E", got also "E" of "u".',
        matched: [
          { event: 'E', properties: { plan: 'a' } },
          { event: 'E', properties: { plan: 'b' } },
        ],
        besides: [{ event: 'E', properties: { plan: 'c' } }],
      })
      expect(answer.message).toContain(`/_twin/#/p/${project.token}/live`)
    }
  })

  it('is told of too few as count is, at the timeout', async () => {
    const project = await server.createProject()
    await track(project, 'E')
    expect(await wait(project, { event: 'E', exactly: 2, timeout_ms: 30 })).toMatchObject({
      status: 408,
      detail: '1 of 2 came within 30 ms. No other event has reached this project.',
    })
  })

  it('0 waits for absence', async () => {
    const project = await server.createProject()
    await track(project, 'Other')
    const query = { event: 'E', exactly: 0, timeout_ms: 20_000 }
    expect(await wait(project, { ...query, settle_ms: 50 })).toMatchObject({ status: 200, matched: [] })
    const waiting = wait(project, { ...query, settle_ms: 30_000 })
    await sleep(50)
    await track(project, 'E')
    expect(await waiting).toMatchObject({ status: 409, detail: 'Expected no event "E", got "E" of "u".' })
  })

  it('counts verdicts too', async () => {
    const project = await server.createProject()
    const code = 'identity.alias_noop_simplified'
    expect((await wait(project, { code, exactly: 0, settle_ms: 20 })).status).toBe(200)
    await track(project, '$create_alias', { alias: 'a' })
    expect((await wait(project, { code, exactly: 1, settle_ms: 20 })).status).toBe(200)
    expect(await wait(project, { code, exactly: 0 })).toMatchObject({ status: 409, besides: [{ code }] })
  })

  it('counts all events of a user by any id, those before a merge too', async () => {
    const project = await server.createProject()
    await track(project, 'Viewed', { distinct_id: '$device:D', $device_id: 'D' })
    const query = { distinct_id: 'charlie', exactly: 2, settle_ms: 30 }
    const waiting = wait(project, query)
    await track(project, 'Signed up', { $device_id: 'D', $user_id: 'charlie' })
    expect((await waiting).status).toBe(200)
    await track(project, 'Bought', { $user_id: 'charlie' })
    expect(await wait(project, query)).toMatchObject({ status: 409, besides: [{ event: 'Bought' }] })
  })
})

describe('events', () => {
  it('waits for all that are listed, each as often as it is listed', async () => {
    const project = await server.createProject()
    const events = JSON.stringify(['Viewed', 'Signed up', 'Viewed'])
    const waiting = wait(project, { events, timeout_ms: 20_000 })
    for (const name of ['Viewed', 'Viewed', 'Viewed', 'Other']) await track(project, name)
    expect(await Promise.race([waiting, sleep(100, 'still waiting')])).toBe('still waiting')
    await track(project, 'Signed up')
    const { status, matched } = await waiting
    expect([status, namesOf(matched)]).toEqual([200, ['Viewed', 'Viewed', 'Signed up']])
  })

  it('does not take one of the listed events for another', async () => {
    const project = await server.createProject()
    await track(project, 'Viewed')
    const events = JSON.stringify(['Viewed', 'Signed up'])
    const { detail } = await wait(project, { events, timeout_ms: 30 })
    expect(detail).toBe('1 of 2 came within 30 ms. No other event has reached this project.')
  })

  it('at the timeout is told what the missing one may have been', async () => {
    const project = await server.createProject()
    await track(project, 'Viewed')
    await track(project, 'signed up')
    const events = JSON.stringify(['Viewed', 'Signed up'])
    expect(await wait(project, { events, timeout_ms: 30 })).toMatchObject({
      status: 408,
      matched: [{ event: 'Viewed' }],
      detail: expect.stringContaining(
        '1 of 2 came within 30 ms. event: expected "Signed up", got "signed up".',
      ),
    })
  })
})

describe('only', () => {
  const listed = { events: JSON.stringify(['Viewed', 'Signed up']), only: 'true', settle_ms: 50 }

  it('takes the listed events and nothing besides, in any order', async () => {
    const project = await server.createProject()
    const waiting = wait(project, { ...listed, timeout_ms: 20_000 })
    for (const name of ['Signed up', '$identify', '$mp_web_page_view', 'Viewed']) await track(project, name)
    const { status, matched } = await waiting
    expect([status, namesOf(matched)]).toEqual([200, ['Signed up', 'Viewed']])
  })

  it.each<[string, readonly [string, object?][], string]>([
    ['another event', [['Bought']], 'Bought'],
    ['one more of a listed one', [['Viewed'], ['Viewed']], 'Viewed'],
  ])('fails at once with %s, before all is there', async (_name, sent, besides) => {
    const project = await server.createProject()
    for (const [name, more] of sent) await track(project, name, more)
    const { status, detail, ...answer } = await wait(project, { ...listed, timeout_ms: 20_000 })
    expect([status, namesOf(answer.besides)]).toEqual([409, [besides]])
    expect(detail).toBe(
      `Expected exactly 2 events "Viewed", "Signed up" and no other, got also "${besides}" of "u".`,
    )
  })

  it('looks at the user that is named, and at all of the project otherwise', async () => {
    const project = await server.createProject()
    await track(project, 'E', { plan: 'pro' })
    await track(project, 'Other', { distinct_id: 'v' })
    const query = { event: 'E', only: 'true', settle_ms: 20 }
    expect((await wait(project, { ...query, distinct_id: 'u' })).status).toBe(200)
    expect((await wait(project, query)).status).toBe(409)
  })

  it('of any event takes count and no more', async () => {
    const project = await server.createProject()
    for (const name of ['A', 'B']) await track(project, name)
    expect((await wait(project, { count: 2, only: 'true', settle_ms: 20 })).status).toBe(200)
    expect((await wait(project, { count: 1, only: 'true', settle_ms: 20 })).status).toBe(409)
  })

  it('takes an event with other properties for another', async () => {
    const project = await server.createProject()
    await track(project, 'E', { plan: 'pro' })
    const query = { event: 'E', properties: '{"plan":"pro"}', only: 'true', settle_ms: 20 }
    expect((await wait(project, query)).status).toBe(200)
    await track(project, 'E', { plan: 'free' })
    expect(await wait(project, query)).toMatchObject({
      status: 409,
      besides: [{ properties: { plan: 'free' } }],
    })
  })
})

it.each<[Readonly<Record<string, string>>, string]>([
  [{ exactly: '1001' }, 'exactly must be a number from 0 to 1000.'],
  [{ exactly: '1', count: '1' }, 'exactly and count do not go together: give one of them.'],
  [{ events: '["A"]', event: 'A' }, 'events and event do not go together: give one of them.'],
  [{ events: '["A"]', exactly: '1' }, 'events and exactly do not go together: give one of them.'],
  [{ profile: 'u', event: 'A' }, 'profile and event do not go together: give one of them.'],
  [{ profile: 'u', exactly: '2' }, 'exactly must be 0 or 1 for a profile.'],
  [{ group_key: 'company' }, 'group_key and group_id go together: give both, or none.'],
  [{ group_id: 'acme' }, 'group_key and group_id go together: give both, or none.'],
  [{ only: 'yes', event: 'A' }, 'only must be true or false.'],
  [{ settle_ms: '60001', exactly: '1' }, 'settle_ms must be a number from 0 to 60000.'],
  [{ code: 'limit.rate', only: 'true' }, 'code waits for verdicts and only for events: give one of them.'],
  ...['[]', '[1]', '{}', 'x', JSON.stringify(Array(51).fill('A'))].map(
    (events): [Record<string, string>, string] => [
      { events },
      'events must be a JSON list such as ["Viewed","Signed up"], of 1 to 50 names.',
    ],
  ),
])('refuses %j', async (query, detail) => {
  expect(await wait(await server.createProject(), query)).toMatchObject({ status: 400, detail })
})
