import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, NOW_S, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/*
 * The activity stream: the events of users, named by any of their ids (QRY-16).
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const DAYS = 'from_date=2026-08-20&to_date=2026-08-20'

async function activityOf(project: TestProject, ids: readonly string[], days = DAYS) {
  const url = `/api/query/stream/query?distinct_ids=${encodeURIComponent(JSON.stringify(ids))}&${days}`
  return await server.send({ url, headers: basic(project.secret) })
}

/** The flow of IDS-03, and an event of somebody else; each a second after the one before. */
async function signUp(): Promise<TestProject> {
  const project = await server.createProject()
  const all = [
    ['e1', { $device_id: 'D1' }],
    ['e2', { $device_id: 'D1' }],
    ['e3', { $device_id: 'D1', $user_id: 'U1' }],
    ['other', { $user_id: 'U2' }],
  ] as const
  for (const [at, [event, ids]] of all.entries()) {
    const properties = { token: project.token, time: NOW_S - 60 + at, $insert_id: event, ...ids }
    await server.send(trackJson([{ event, properties }]))
  }
  return project
}

describe('GET /api/query/stream/query', () => {
  it.each([[['$device:D1']], [['U1']], [['U1', '$device:D1', 'nobody']]])(
    '%j are the events of one user, by time (QRY-16)',
    async (ids) => {
      const answer = await activityOf(await signUp(), ids)
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json'])
      const { status, results } = answer.json()
      expect(status).toBe('ok')
      expect(results.events).toMatchObject(
        ['e1', 'e2', 'e3'].map((event, at) => {
          return { event, properties: { time: NOW_S - 60 + at, distinct_id: 'U1', $insert_id: event } }
        }),
      )
    },
  )

  it('an event that was sent before and after the link is there once (DDP-03, DDP-06)', async () => {
    const project = await signUp()
    const properties = { token: project.token, time: NOW_S - 60, $insert_id: 'e1', $user_id: 'U1' }
    await server.send(trackJson([{ event: 'e1', properties }]))
    const { results } = (await activityOf(project, ['U1'])).json()
    expect(results.events.map((event: { event: string }) => event.event)).toEqual(['e1', 'e2', 'e3'])
  })

  it('of nobody, or of other days, there is nothing (QRY-16)', async () => {
    const project = await signUp()
    const empty = { status: 'ok', results: { events: [] } }
    expect((await activityOf(project, ['nobody'])).json()).toEqual(empty)
    const days = 'from_date=2026-08-21&to_date=2026-08-21'
    expect((await activityOf(project, ['U1'], days)).json()).toEqual(empty)
  })

  it.each([
    ['no ids', `${DAYS}`, /^distinct_ids is required/],
    ['ids that are no list', `distinct_ids=U1&${DAYS}`, /^distinct_ids must be a JSON array/],
    ['no days', 'distinct_ids=["U1"]', /^from_date must be/],
    ['a day that is none', 'distinct_ids=["U1"]&from_date=2026-08-20&to_date=2026-02-30', /^to_date must be/],
  ])('%s is refused, and why (QRY-16)', async (_name, query, error) => {
    const project = await server.createProject()
    const answer = await server.send({
      url: `/api/query/stream/query?${query}`,
      headers: basic(project.secret),
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({
      request: expect.stringContaining('/api/query/stream/query?'),
      error: expect.stringMatching(error),
    })
  })

  it('a token does not open it (SEC-03)', async () => {
    const project = await server.createProject()
    const url = `/api/2.0/stream/query?distinct_ids=["U1"]&${DAYS}`
    expect((await server.send({ url, headers: basic(project.token) })).statusCode).toBe(401)
    expect((await server.send({ url, headers: basic(project.secret) })).statusCode).toBe(200)
  })
})
