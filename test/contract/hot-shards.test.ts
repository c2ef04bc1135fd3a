import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  importJson,
  NOW_MS,
  NOW_S,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * Events beyond the limit of their id and day are stored under another name and no id (TRK-39), where a project's
 * settings say so.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const HOT = '$hotshard_events'
let sent = 0
const record = ({ token }: TestProject, event: string, ids: object, time = NOW_S) => {
  return { event, properties: { token, time, $insert_id: `i-${sent++}`, ...ids } }
}

async function send(...records: readonly object[]) {
  const answer = await server.send(trackJson(records))
  expect(answer.body).toBe('1')
  return answer.headers['twinpanel-verdict']
}

/** Each event's name, id and, where it was moved, its own name and id. */
async function stored(project: TestProject) {
  const events = await server.readEvents(project.token)
  return events.map(({ event, distinct_id, properties }) => {
    const { mp_original_event_name: name, mp_original_distinct_id: id } = properties
    return name === undefined
      ? `${event} of ${distinct_id}`
      : `${event} of "${distinct_id}": ${name} of ${id}`
  })
}

describe('hot shards', () => {
  it('the third event of an id and day where the limit is 2 (TRK-39)', async () => {
    const project = await server.createProject({ settings: { hot_shard_limit: 2 } })
    const all = ['a', 'b', 'c'].map((event) => record(project, event, { distinct_id: 'h' }))
    const verdicts = []
    for (const own of all) verdicts.push(await send(own))
    expect(verdicts).toEqual([undefined, undefined, '1; limit.hot_shard'])
    expect(await stored(project)).toEqual(['a of h', 'b of h', `${HOT} of "": c of h`])
    const { verdicts: told } = (
      await server.send({ url: `/_twin/projects/${project.token}/verdicts` })
    ).json()
    expect(told).toMatchObject([
      {
        outcome: 'changed',
        code: 'limit.hot_shard',
        message: expect.stringContaining('h has more than 2 events on 2026-08-20'),
        record: { event: 'c' },
      },
    ])
  })

  it('in one request, by id and by day, and with other properties as they were (TRK-39)', async () => {
    const project = await server.createProject({ settings: { hot_shard_limit: 1 } })
    const yesterday = NOW_S - 86_400
    await send(
      record(project, 'a', { distinct_id: 'h' }, yesterday),
      record(project, 'b', { distinct_id: 'h' }),
      record(project, 'c', { distinct_id: 'other' }),
      record(project, 'd', { distinct_id: 'h', plan: 'pro', mp_original_event_name: 'sent' }),
    )
    expect(await stored(project)).toEqual(['a of h', 'b of h', 'c of other', `${HOT} of "": d of h`])
    const moved = (await server.readEvents(project.token)).at(-1)
    expect(moved?.properties).toMatchObject({ plan: 'pro' })
    expect(moved).toMatchObject({ insert_id: `i-${sent - 1}`, time: NOW_S * 1_000 })
  })

  it('days are those of the project’s time zone (TRK-39)', async () => {
    // Noon in UTC is midnight there: a second before it is the day before.
    const project = await server.createProject({
      timezone: 'Pacific/Auckland',
      settings: { hot_shard_limit: 1 },
    })
    const midnight = NOW_S
    await send(record(project, 'a', { distinct_id: 'h' }, midnight - 1))
    await send(record(project, 'b', { distinct_id: 'h' }, midnight))
    await send(record(project, 'c', { distinct_id: 'h' }, midnight - 3_600))
    expect(await stored(project)).toEqual([`${HOT} of "": c of h`, 'a of h', 'b of h'])
  })

  it('events without an id are nobody’s, and never too many (TRK-39)', async () => {
    const project = await server.createProject({ settings: { hot_shard_limit: 1 } })
    await send(record(project, 'a', {}), record(project, 'b', {}), record(project, 'c', {}))
    expect(await stored(project)).toEqual(['a of ', 'b of ', 'c of '])
  })

  it('by the id that identity has chosen; links are made all the same (TRK-39)', async () => {
    const project = await server.createProject({ settings: { hot_shard_limit: 1 } })
    await send(record(project, 'a', { $device_id: 'D1', $user_id: 'U1' }))
    await send(record(project, 'b', { $device_id: 'D2', $user_id: 'U1' }))
    await send(record(project, 'c', { $device_id: 'D2' }))
    expect(await stored(project)).toEqual(['a of U1', `${HOT} of "": b of U1`, 'c of U1'])
  })

  it('an import too, however old; times that no calendar has do no harm (TRK-39)', async () => {
    const project = await server.createProject({ settings: { hot_shard_limit: 1 } })
    const old = NOW_S - 86_400 * 1_000
    const all = ['a', 'b'].map((event) => record(project, event, { distinct_id: 'h' }, old))
    expect((await server.send(importJson(project.token, all))).statusCode).toBe(200)
    expect(await stored(project)).toEqual(['a of h', `${HOT} of "": b of h`])
    const ancient = record(project, 'z', { distinct_id: 'h' }, -9e12)
    expect((await server.send(importJson(project.token, [ancient], ''))).body).toBe('1')
  })

  it('is off by default, takes hold of what is there when it is set, and a reset begins anew (TRK-39)', async () => {
    const project = await server.createProject()
    const own = () => record(project, 'e', { distinct_id: 'h' })
    await send(own(), own(), own())
    const url = `/_twin/projects/${project.token}`
    await server.send({ method: 'PATCH', url, payload: { settings: { hot_shard_limit: 3 } } })
    await send(own())
    const plain = 'e of h'
    expect(await stored(project)).toEqual([plain, plain, plain, `${HOT} of "": e of h`])
    await server.send({ method: 'POST', url: `${url}/reset` })
    await send(own())
    expect(await stored(project)).toEqual([plain])
  })

  it('exactly, whatever is sent at once to several servers (TRK-39, DEC-06)', async () => {
    const shared = await startSharedServers(2)
    const project = await shared.createProject({ settings: { hot_shard_limit: 25 } })
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, at) => {
        return shared.apps[at % 2]?.inject(trackJson([record(project, 'e', { distinct_id: 'h' }, NOW_S)]))
      }),
    )
    expect(answers.map((answer) => answer?.body)).toEqual(Array(60).fill('1'))
    const { rows } = await shared.db.pool.query(
      'select event, distinct_id, count(*)::integer from event group by 1, 2 order by 1',
    )
    expect(rows).toEqual([
      { event: HOT, distinct_id: '', count: 35 },
      { event: 'e', distinct_id: 'h', count: 25 },
    ])
    await shared.close()
  })

  it('what was moved goes with its user (GDP-05, TRK-39)', async () => {
    const open = await startServer({ adminToken: 'admin' })
    const { token } = await open.createProject({ settings: { hot_shard_limit: 1 } })
    const own = (event: string, distinct_id: string) => {
      return { event, properties: { token, distinct_id, $insert_id: event, time: NOW_MS } }
    }
    await open.send(trackJson([own('a', 'h'), own('b', 'h'), own('c', 'other'), own('d', 'other')]))
    const headers = { authorization: 'Bearer admin' }
    const url = `/api/app/data-deletions/v3.0?token=${token}`
    await open.send({ method: 'POST', url, headers, payload: { distinct_ids: ['h'] } })
    await open.send({ method: 'POST', url: `/_twin/projects/${token}/advance`, headers })
    const left = await open.readEvents(token)
    expect(left.map(({ event, properties }) => [event, properties['mp_original_event_name']])).toEqual([
      ['c', undefined],
      [HOT, 'd'],
    ])
    await open.close()
  })
})
