import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
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
 * What is held about users, and its deletion: the answers (GDP-01 to GDP-04), what a deletion takes with it and what
 * not (GDP-05, GDP-06, IDL-12), and that it takes nothing by halves, whatever is being sent.
 */

const ADMIN = 'the-admin-token'
const BEARER = { authorization: `Bearer ${ADMIN}` }
type Method = 'GET' | 'POST' | 'DELETE'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ adminToken: ADMIN })
})
afterAll(() => server.close())

const RETRIEVALS = '/api/app/data-retrievals/v3.0'
const DELETIONS = '/api/app/data-deletions/v3.0'

async function call(method: Method, path: string, { token }: { token: string }, body?: object) {
  const own = body === undefined ? {} : { payload: JSON.stringify(body) }
  const headers = { ...BEARER, ...(body !== undefined && { 'content-type': 'application/json' }) }
  return await server.send({ method, url: `${path}/?token=${token}`, headers, ...own })
}

async function create(path: string, project: TestProject, distinct_ids: readonly string[], more = {}) {
  const answer = await call('POST', path, project, { distinct_ids, ...more })
  expect(answer.statusCode).toBe(201)
  return answer.json<{ results: { task_id: string } }>().results.task_id
}

async function advance({ token }: TestProject, body?: object) {
  const url = `/_twin/projects/${token}/advance`
  const own = body === undefined ? {} : { payload: body }
  return await server.send({ method: 'POST', url, headers: BEARER, ...own })
}

async function erase(project: TestProject, ...ids: readonly string[]) {
  const id = await create(DELETIONS, project, ids)
  expect((await advance(project)).json()).toEqual({
    tasks: [{ tracking_id: id, kind: 'deletion', status: 'SUCCESS' }],
  })
}

async function twin({ token }: TestProject, path: string) {
  return await server.send({ url: `/_twin/projects/${token}/${path}`, headers: BEARER })
}

/** Sends events one by one, a second apart: a name and its ids each. */
async function tell({ token }: TestProject, ...events: readonly (readonly [string, object])[]) {
  for (const [at, [event, ids]] of events.entries()) {
    const properties = { token, time: NOW_S - 60 + at, $insert_id: event, ...ids }
    await server.send(trackJson([{ event, properties }]))
  }
}

async function setProfile({ token }: TestProject, id: string, more = {}) {
  const update = { $token: token, $distinct_id: id, $set: { of: id }, ...more }
  await server.send({ ...trackJson([update]), url: '/engage' })
}

async function eventNames(project: TestProject) {
  return (await server.readEvents(project.token)).map(({ event }) => event)
}

/** Two devices of one user, and somebody else (IDS-05). */
async function twoDevices(): Promise<TestProject> {
  const project = await server.createProject()
  await tell(
    project,
    ['e1', { $device_id: 'D1' }],
    ['e2', { $device_id: 'D1', $user_id: 'U1' }],
    ['e3', { $user_id: 'U1' }],
    ['e4', { $device_id: 'D2' }],
    ['e5', { $device_id: 'D2', $user_id: 'U1' }],
    ['e6', { $user_id: 'U1' }],
    ['other', { $device_id: 'D3', $user_id: 'U2' }],
  )
  await setProfile(project, 'U1')
  await setProfile(project, 'U2')
  return project
}

describe('who may ask', () => {
  it.each([
    ['nobody', {}, 401, 'Unauthorized'],
    ['a wrong bearer', { authorization: 'Bearer wrong' }, 401, 'Invalid credentials'],
  ])('not %s (GDP-01, SEC-03)', async (_who, headers, status, error) => {
    const { token } = await server.createProject()
    for (const path of [RETRIEVALS, DELETIONS, `${DELETIONS}/x`]) {
      const answer = await server.send({ url: `${path}?token=${token}`, headers })
      expect([answer.statusCode, answer.json()]).toEqual([status, { status: 'error', error }])
    }
  })

  it('not the project’s own secret (GDP-01, SEC-03)', async () => {
    const project = await server.createProject()
    const url = `${DELETIONS}?token=${project.token}`
    expect((await server.send({ url, headers: basic(project.secret) })).statusCode).toBe(401)
  })

  it('the token in the query says for which project (GDP-01, SEC-02)', async () => {
    expect((await call('GET', DELETIONS, { token: 'nobodys' })).statusCode).toBe(403)
    const answer = await server.send({ url: DELETIONS, headers: BEARER })
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { status: 'error', error: 'token, missing or empty' },
    ])
  })

  it('nobody where there is no admin token, for a deletion cannot be undone (IMP-04)', async () => {
    const open = await startServer()
    const { token } = await open.createProject()
    const headers = { authorization: 'Bearer ' }
    expect((await open.send({ url: `${DELETIONS}?token=${token}`, headers })).statusCode).toBe(401)
    await open.close()
  })
})

describe.each([
  ['retrieval', RETRIEVALS, 2_000],
  ['deletion', DELETIONS, 1_999],
] as const)('a %s', (_kind, path, max) => {
  it('is taken, and told by its id (GDP-02)', async () => {
    const project = await server.createProject()
    const answer = await call('POST', path, project, { compliance_type: 'GDPR', distinct_ids: ['U1'] })
    const { task_id } = answer.json().results
    expect(task_id).toMatch(/^[0-9a-f-]{36}$/)
    expect([answer.statusCode, answer.body]).toEqual([
      201,
      `{"status":"ok","results":{"task_id":"${task_id}","tracking_id":"${task_id}"}}`,
    ])
  })

  it('is listed, and asked after with and without a slash (GDP-01, GDP-04)', async () => {
    const project = await server.createProject()
    const id = await create(path, project, ['U1', 'U2'], { compliance_type: 'ccpa' })
    expect((await call('GET', path, project)).json()).toEqual({
      status: 'ok',
      results: [
        {
          status: 'PENDING',
          disclosure_type: 'DATA',
          date_requested: new Date(NOW_MS).toISOString().slice(0, 19),
          tracking_id: id,
          project_id: project.project_id,
          compliance_type: 'CCPA',
          destination_url: null,
          requesting_user: 'admin',
          distinct_id_count: 2,
        },
      ],
    })
    const one = await server.send({ url: `${path}/${id}?token=${project.token}`, headers: BEARER })
    expect(one.json().results).toMatchObject({ status: 'PENDING', distinct_ids: ['U1', 'U2'] })
    expect((await call('GET', `${path}/${id}`, project)).json()).toEqual(one.json())
  })

  it('takes JSON under any type, for curl -d says it is a form (GDP-02)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send({
      method: 'POST',
      url: `${path}/?token=${token}`,
      headers: { ...BEARER, 'content-type': 'application/x-www-form-urlencoded' },
      payload: '{"compliance_type":"CCPA", "distinct_ids":["1"]}',
    })
    expect(answer.statusCode).toBe(201)
  })

  it(`takes ${max} ids, and not one more (GDP-03)`, async () => {
    const project = await server.createProject()
    const ids = Array.from({ length: max + 1 }, (_, at) => `u${at}`)
    await create(path, project, ids.slice(1))
    const refused = await call('POST', path, project, { distinct_ids: ids })
    const error = `distinct_ids may name ${max} ids at most`
    expect([refused.statusCode, refused.json()]).toEqual([400, { status: 'error', error }])
  })

  it.each([
    ['[]', /JSON object/],
    ['{', /JSON/],
    ['', /JSON object/],
    ['{}', /distinct_ids/],
    ['{"distinct_ids":[]}', /distinct_ids/],
    ['{"distinct_ids":["a",1]}', /distinct_ids/],
    ['{"distinct_ids":[""]}', /distinct_ids/],
    ['{"distinct_ids":["a"],"compliance_type":"LGPD"}', /compliance_type/],
    ['{"distinct_ids":["a"],"disclosure_type":7}', /disclosure_type/],
  ])('is refused with a sentence: %s (GDP-02)', async (payload, sentence) => {
    const { token } = await server.createProject()
    const answer = await server.send({
      method: 'POST',
      url: `${path}/?token=${token}`,
      headers: BEARER,
      payload,
    })
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { status: 'error', error: expect.stringMatching(sentence) },
    ])
  })

  it('goes from step to step as it is told, and never back (GDP-04)', async () => {
    const project = await server.createProject()
    const id = await create(path, project, ['U1'])
    const statuses: string[] = []
    for (const to of ['STAGING', 'STARTED', 'STAGING', 'SUCCESS', 'STARTED']) {
      await advance(project, { to })
      statuses.push((await call('GET', `${path}/${id}`, project)).json().results.status)
    }
    expect(statuses).toEqual(['STAGING', 'STARTED', 'STARTED', 'SUCCESS', 'SUCCESS'])
    expect((await advance(project, { to: 'PENDING' })).statusCode).toBe(400)
    expect((await advance({ ...project, token: 'nobodys' })).statusCode).toBe(404)
  })

  it('is not found under an id that nobody was given, or by another project (GDP-04)', async () => {
    const [project, other] = [await server.createProject(), await server.createProject()]
    const id = await create(path, other, ['U1'])
    for (const unknown of [id, 'x', '%00']) {
      const answer = await call('GET', `${path}/${unknown}`, project)
      expect([answer.statusCode, answer.json().results.status]).toEqual([200, 'NOT_FOUND'])
    }
  })

  it('as many in a second as the project’s settings say; off by default (GDP-03, RTL-05, RTL-07)', async () => {
    const free = await server.createProject()
    for (let at = 0; at < 20; at++) await create(path, free, ['U1'])
    const limited = await server.createProject({ settings: { gdpr_requests_per_second: 1 } })
    await create(path, limited, ['U1'])
    const refused = await call('POST', path, limited, { distinct_ids: ['U1'] })
    const body = { status: 'error', error: 'rate limit exceeded' }
    expect([refused.statusCode, refused.json()]).toEqual([429, body])
    expect(refused.headers).toMatchObject({ 'twinpanel-verdict': '1; limit.rate', 'retry-after': '1' })
    server.clock.nowMs += 1_000
    await create(path, limited, ['U1'])
    server.clock.nowMs = NOW_MS
  })

  it('is forgotten with the project’s records, for it names users', async () => {
    const project = await server.createProject()
    const id = await create(path, project, ['U1'])
    const url = `/_twin/projects/${project.token}/reset`
    await server.send({ method: 'POST', url, headers: BEARER })
    expect((await call('GET', `${path}/${id}`, project)).json().results.status).toBe('NOT_FOUND')
    expect((await call('GET', path, project)).json().results).toEqual([])
  })
})

describe('a deletion', () => {
  it('tells all about itself (GDP-04)', async () => {
    const project = await server.createProject()
    const id = await create(DELETIONS, project, ['U1'])
    expect((await call('GET', `${DELETIONS}/${id}`, project)).json()).toEqual({
      status: 'ok',
      results: {
        tracking_id: id,
        status: 'PENDING',
        requesting_user: 'admin',
        compliance_type: 'GDPR',
        project_id: project.project_id,
        date_requested: new Date(NOW_MS).toISOString().slice(0, 19),
        distinct_ids: ['U1'],
      },
    })
  })

  it.each(['PENDING', 'STAGING'])(
    'can be cancelled while it is %s, and then does nothing (GDP-04)',
    async (at) => {
      const project = await twoDevices()
      const id = await create(DELETIONS, project, ['U1'])
      if (at === 'STAGING') await advance(project, { to: 'STAGING' })
      const cancelled = await call('DELETE', `${DELETIONS}/${id}`, project)
      expect([cancelled.statusCode, cancelled.body]).toEqual([204, ''])
      expect((await advance(project)).json()).toEqual({ tasks: [] })
      expect((await call('GET', `${DELETIONS}/${id}`, project)).json().results.status).toBe('REVOKED')
      expect(await eventNames(project)).toHaveLength(7)
      expect((await call('DELETE', `${DELETIONS}/${id}`, project)).statusCode).toBe(405)
    },
  )

  it.each(['STARTED', 'SUCCESS'])('cannot be cancelled once it is %s (GDP-04)', async (to) => {
    const project = await server.createProject()
    const id = await create(DELETIONS, project, ['U1'])
    await advance(project, { to })
    const refused = await call('DELETE', `${DELETIONS}/${id}`, project)
    expect([refused.statusCode, refused.json().status]).toEqual([405, 'error'])
    expect((await call('GET', `${DELETIONS}/${id}`, project)).json().results.status).toBe(to)
  })

  it('that is not known cannot be cancelled (GDP-04)', async () => {
    const project = await server.createProject()
    expect((await call('DELETE', `${DELETIONS}/x`, project)).statusCode).toBe(405)
    expect((await call('DELETE', DELETIONS, project)).statusCode).toBe(400)
  })

  it.each([
    ['tracking_id in the query', (id: string) => [`&tracking_id=${id}`, undefined]],
    ['tracking_id in the body', (id: string) => ['', { tracking_id: id }]],
    ['its ids in the body', () => ['', { distinct_ids: ['U1', 'U2'] }]],
  ] as const)('can be cancelled without an id in the path: %s (GDP-04, CON-35)', async (_name, name) => {
    const project = await server.createProject()
    const id = await create(DELETIONS, project, ['U1', 'U2'])
    const [query, payload] = name(id)
    const url = `${DELETIONS}/?token=${project.token}${query}`
    const body = payload === undefined ? {} : { payload }
    expect((await server.send({ method: 'DELETE', url, headers: BEARER, ...body })).statusCode).toBe(204)
    expect((await call('GET', `${DELETIONS}/${id}`, project)).json().results.status).toBe('REVOKED')
  })

  it('a retrieval cannot be cancelled (GDP-04)', async () => {
    const project = await server.createProject()
    const id = await create(RETRIEVALS, project, ['U1'])
    for (const path of [`${RETRIEVALS}/${id}`, `${DELETIONS}/${id}`]) {
      expect((await call('DELETE', path, project)).statusCode).toBe(405)
    }
  })
})

describe('what a deletion takes with it', () => {
  it.each(['U1', '$device:D1', '$device:D2'])(
    'all of a user, named by %s, and of nobody else (GDP-05)',
    async (id) => {
      const project = await twoDevices()
      await erase(project, id)
      expect(await eventNames(project)).toEqual(['other'])
      expect((await twin(project, 'users/U1')).json().profile).toBeNull()
      expect((await twin(project, 'users/U2')).json().profile).toMatchObject({ of: 'U2' })
    },
  )

  it('several users in one request, and in two (GDP-05)', async () => {
    const project = await twoDevices()
    await erase(project, '$device:D3', 'nobody', 'U1')
    expect(await eventNames(project)).toEqual([])
    const again = await twoDevices()
    await create(DELETIONS, again, ['U1'])
    await create(DELETIONS, again, ['U2'])
    expect((await advance(again)).json().tasks).toHaveLength(2)
    expect(await eventNames(again)).toEqual([])
  })

  it('links stay, and what comes afterwards is kept (GDP-05, IDS-33)', async () => {
    const project = await twoDevices()
    await erase(project, 'U1')
    await tell(project, ['later', { $device_id: 'D1' }])
    const events = await server.readEvents(project.token)
    expect(events.map(({ event, distinct_id }) => [event, distinct_id])).toEqual([
      ['later', 'U1'],
      ['other', 'U2'],
    ])
  })

  it('the identity system stays fixed, for the links stay (GDP-05, IDS-34)', async () => {
    const project = await twoDevices()
    await erase(project, 'U1', 'U2')
    const url = `/_twin/projects/${project.token}`
    const payload = { id_management: 'original' }
    const answer = await server.send({ method: 'PATCH', url, headers: BEARER, payload })
    expect(answer.statusCode).toBe(409)
  })

  it('a query that lists them cannot be gone on with (GDP-05, QRY-12)', async () => {
    const project = await server.createProject()
    const { token, secret } = project
    const all = Array.from({ length: 1_000 }, (_, n) => ({
      $token: token,
      $distinct_id: `u${n}`,
      $set: { n },
    }))
    await server.send({ ...trackJson(all), url: '/engage' })
    const ask = async (query: string) =>
      await server.send({ url: `/api/query/engage?${query}`, headers: basic(secret) })
    const { session_id } = (await ask('')).json<{ session_id: string }>()
    expect((await ask(`session_id=${session_id}&page=1`)).statusCode).toBe(200)
    await erase(project, 'u999')
    expect((await ask(`session_id=${session_id}&page=1`)).statusCode).toBe(400)
  })

  it('profiles that a link has hidden (GDP-05, IDS-28, IDO-24)', async () => {
    const project = await server.createProject()
    await tell(project, ['e1', { $device_id: 'D1' }])
    await setProfile(project, '$device:D1', { $set: { secret: 'anonymous' } })
    await tell(project, ['e2', { $device_id: 'D1', $user_id: 'U1' }])
    await erase(project, 'U1')
    const { rows } = await server.db.pool.query('select from profile where project_id = $1', [
      project.records_id,
    ])
    expect(rows).toEqual([])
  })

  it('verdicts on the user’s records, which hold them as they came; not those of others (GDP-05)', async () => {
    const project = await server.createProject()
    const late = { time: NOW_S + 3_600 }
    await tell(project, ['a', { $user_id: 'U1', ...late }], ['b', { $user_id: 'U2', ...late }])
    await erase(project, 'U1')
    const { verdicts } = (await twin(project, 'verdicts')).json()
    expect(verdicts.map((own: { record: { event: string } }) => own.record.event)).toEqual(['b'])
  })

  it('and those that are still due (GDP-05, IDS-24)', async () => {
    const project = await server.createProject()
    await tell(project, ['$identify', { $device_id: 'D1', $identified_id: 'U1', $anon_id: 'D1' }])
    await erase(project, 'U1')
    server.clock.nowMs += 3_600_000
    expect((await twin(project, 'verdicts')).json().verdicts).toEqual([])
    server.clock.nowMs = NOW_MS
  })

  it('a cluster of an original project, by an id that is not the canonical one (GDP-05)', async () => {
    const project = await server.createProject({ id_management: 'original' })
    const anon = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
    await tell(
      project,
      ['e1', { distinct_id: anon }],
      ['e2', { distinct_id: 'U1' }],
      ['$identify', { distinct_id: 'U1', $identified_id: 'U1', $anon_id: anon }],
      ['other', { distinct_id: 'U2' }],
    )
    await erase(project, 'U1')
    expect(await eventNames(project)).toEqual(['other'])
  })

  it.each(['alias', 'target'])(
    'on Legacy the alias’s data and the target’s, by the %s (IDL-12)',
    async (id) => {
      const project = await server.createProject({ id_management: 'legacy' })
      await tell(
        project,
        ['before', { distinct_id: 'alias' }],
        ['$create_alias', { distinct_id: 'target', alias: 'alias' }],
        ['after', { distinct_id: 'alias' }],
        ['own', { distinct_id: 'target' }],
        ['other', { distinct_id: 'U2' }],
      )
      await setProfile(project, 'target')
      await setProfile(project, 'alias', { $ignore_alias: true })
      await erase(project, id)
      expect(await eventNames(project)).toEqual(['other'])
      const { rows } = await server.db.pool.query('select from profile where project_id = $1', [
        project.records_id,
      ])
      expect(rows).toEqual([])
    },
  )

  it('the raw export has nothing of them either (GDP-05)', async () => {
    const project = await twoDevices()
    await erase(project, 'U1')
    const url = '/api/2.0/export?from_date=2026-08-01&to_date=2026-08-20'
    const { body } = await server.send({ url, headers: basic(project.secret) })
    expect(
      body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).event),
    ).toEqual(['other'])
  })

  it('$delete on /engage is none of that: events remain (GDP-06)', async () => {
    const project = await twoDevices()
    await setProfile(project, 'U1', { $set: undefined, $delete: '' })
    expect((await twin(project, 'users/U1')).json()).toMatchObject({ profile: null, events: { count: 6 } })
  })
})

describe('what a retrieval gives out', () => {
  async function resultOf(project: TestProject, ids: readonly string[], more = {}) {
    const id = await create(RETRIEVALS, project, ids, more)
    const before = (await call('GET', `${RETRIEVALS}/${id}`, project)).json()
    const results = { status: 'PENDING', result: '', results: '', distinct_ids: ids }
    expect(before).toEqual({ status: 'ok', results })
    expect((await call('GET', `${RETRIEVALS}/${id}/result`, project)).statusCode).toBe(404)
    await advance(project)
    const { results: link } = (await call('GET', `${RETRIEVALS}/${id}`, project)).json().results
    const { pathname, search } = new URL(link)
    expect((await server.send({ url: pathname + search })).statusCode).toBe(401)
    return await server.send({ url: pathname + search, headers: BEARER })
  }

  it('a link to the events and profile of a user, by any id, and the names in them (GDP-01)', async () => {
    const project = await twoDevices()
    await tell(project, ['e1', { $device_id: 'D1', resent: true }])
    const answer = await resultOf(project, ['$device:D2'])
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="retrieval-.+\.json"$/)
    const { events, people, summary } = answer.json()
    expect(events.map((own: { event: string }) => own.event)).toEqual([
      'e1',
      'e1',
      'e2',
      'e3',
      'e4',
      'e5',
      'e6',
    ])
    expect(events[2]).toMatchObject({ properties: { distinct_id: 'U1', $insert_id: 'e2', time: NOW_S - 59 } })
    expect(people).toEqual([{ $distinct_id: 'U1', $properties: expect.objectContaining({ of: 'U1' }) }])
    expect(Object.keys(summary.event_names)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6'])
    expect(summary.event_column_names).toMatchObject({ resent: {}, distinct_id: {} })
    expect(summary.profile_column_names).toMatchObject({ of: {} })
  })

  it('under the CCPA a year of events; of categories the names only (GDP-01)', async () => {
    const project = await twoDevices()
    const old = { $device_id: 'D1', time: NOW_S - 400 * 86_400, $insert_id: 'old' }
    const { statusCode } = await server.send(importJson(project.token, [{ event: 'old', properties: old }]))
    expect(statusCode).toBe(200)
    expect((await resultOf(project, ['U1'])).json().events).toHaveLength(7)
    const year = { compliance_type: 'CCPA', disclosure_type: 'Data' }
    expect((await resultOf(project, ['U1'], year)).json().events).toHaveLength(6)
    const names = (await resultOf(project, ['U1'], { ...year, disclosure_type: 'Categories' })).json()
    expect(Object.keys(names)).toEqual(['summary'])
    expect(Object.keys(names.summary.event_names)).toContain('e1')
  })
})

describe('a deletion while records come in', () => {
  it('takes nothing of a request that was committed after it had begun (GDP-05)', async () => {
    const project = await server.createProject()
    const { records_id: id, token } = project
    const sendBatch = async (event: string) => {
      const properties = { token, $device_id: 'D1', $user_id: 'U1', time: NOW_S + 3_600 }
      const records = ['a', 'b'].map((at) => ({ event, properties: { ...properties, $insert_id: at } }))
      expect((await server.send(trackJson(records))).body).toBe('1')
    }
    await sendBatch('before')
    await create(DELETIONS, project, ['U1'])
    const holder = await server.db.pool.connect()
    await holder.query('begin')
    await holder.query('select from verdict where project_id = $1 for update', [id])
    const advanced = advance(project)
    const isWaiting = async () => {
      const { rowCount } = await server.db.pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rowCount !== 0
    }
    while (!(await isWaiting()));
    await sendBatch('after')
    await holder.query('rollback')
    holder.release()
    expect((await advanced).json().tasks).toMatchObject([{ status: 'SUCCESS' }])
    expect(await eventNames(project)).toEqual(['after', 'after'])
    const { verdicts } = (await twin(project, 'verdicts')).json()
    expect(verdicts.map((own: { record: { event: string } }) => own.record.event)).toEqual(['after', 'after'])
  })

  it('each request stays whole or goes whole, with what was told of it (GDP-05, DEC-06)', async () => {
    const shared = await startSharedServers(2, { adminToken: ADMIN })
    const project = await shared.createProject()
    const { token } = project
    const on = (at: number) => {
      const app = shared.apps[at % 2]
      if (app === undefined) throw new Error('two servers')
      return app
    }
    const sendBatch = (batch: number) => {
      const future = { time: NOW_S + 3_600 + batch }
      const records = ['$device:D1', 'U1', 'U1'].map((id, at) => {
        const ids = id === 'U1' ? { $device_id: 'D1', $user_id: id } : { distinct_id: id }
        const properties = { token, $insert_id: `${batch}-${at}`, ...ids, ...future }
        return { event: `b${batch}`, properties }
      })
      return on(batch).inject(trackJson(records))
    }
    const setOn = (batch: number) => {
      const update = { $token: token, $distinct_id: '$device:D1', $set: { [`p${batch}`]: 1 } }
      return on(batch).inject({ ...trackJson([update]), url: '/engage' })
    }
    const eraseOn = async (at: number) => {
      const url = `${DELETIONS}?token=${token}`
      const payload = { distinct_ids: ['$device:D1'] }
      await on(at).inject({ method: 'POST', url, headers: BEARER, payload })
      return await on(at).inject({
        method: 'POST',
        url: `/_twin/projects/${token}/advance`,
        headers: BEARER,
      })
    }
    const all = Array.from({ length: 60 }, (_, at) => {
      if (at % 6 === 5) return eraseOn(at % 4)
      return at % 2 === 0 ? sendBatch(at) : setOn(at)
    })
    for (const answer of await Promise.all(all)) expect(answer.statusCode).toBe(200)
    const { rows: events } = await shared.db.pool.query<{ event: string; n: string }>(
      'select event, count(*) as n from event where project_id = $1 group by event order by event',
      [project.records_id],
    )
    const { rows: told } = await shared.db.pool.query<{ event: string; n: string }>(
      `select record::jsonb ->> 'event' as event, count(*) as n from verdict
       where project_id = $1 and code = 'time.future_overwritten' group by 1 order by 1`,
      [project.records_id],
    )
    expect(events.filter(({ n }) => n !== '3')).toEqual([])
    expect(told).toEqual(events)
    expect((await eraseOn(0)).json().tasks).toMatchObject([{ status: 'SUCCESS' }])
    const { rows: left } = await shared.db.pool.query(
      `select 'event' from event where project_id = $1
       union all select 'verdict' from verdict where project_id = $1
       union all select 'profile' from profile where project_id = $1`,
      [project.records_id],
    )
    expect(left).toEqual([])
    await shared.close()
  })
})
