import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Profiles, profilesJson } from '../support/profiles.ts'
import {
  basic,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
} from '../support/server.ts'

/*
 * The profile query: who is listed under which id, page by page, as whoever reads profiles back by script sees it
 * (QRY-10 to QRY-15).
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Answer {
  readonly page: number
  readonly page_size: number
  readonly results: readonly { readonly $distinct_id: string; readonly $properties: object }[]
  readonly session_id: string
  readonly status: string
  readonly total: number
}

type Params = Readonly<Record<string, string | number>>

function request(secret: string, params: Params, path = '/api/query/engage'): InjectOptions {
  const form = new URLSearchParams(
    Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...basic(secret) }
  return { method: 'POST', url: path, headers, payload: form.toString() }
}

async function ask({ secret }: TestProject, params: Params = {}): Promise<Answer> {
  const answer = await server.send(request(secret, params))
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json'])
  return answer.json()
}

async function idsOf(project: TestProject, params: Params = {}): Promise<readonly string[]> {
  return (await ask(project, params)).results.map((own) => own.$distinct_id)
}

async function refused({ secret }: TestProject, params: Params, path?: string) {
  const answer = await server.send(request(secret, params, path))
  expect(answer.statusCode).toBe(400)
  return answer.json()
}

/** A project with users of these ids, each with `n`, its place. */
async function withUsers(count: number, settings: object = {}): Promise<TestProject> {
  const project = await server.createProject({ settings })
  const all = Array.from({ length: count }, (_, n) => {
    return { $token: project.token, $distinct_id: `u${String(n).padStart(5, '0')}`, $set: { n } }
  })
  for (let from = 0; from < count; from += 2_000) {
    const answer = await server.send(profilesJson('/engage', all.slice(from, from + 2_000)))
    expect(answer.body).toBe('1')
  }
  return project
}

describe('GET, POST /api/query/engage', () => {
  it('answers in the documented form, byte for byte (QRY-11)', async () => {
    const project = await server.createProject()
    const update = { $token: project.token, $distinct_id: 'charlie', $set: { plan: 'x' }, $ignore_time: true }
    await server.send(profilesJson('/engage', [update]))
    const { body } = await server.send(request(project.secret, {}))
    expect(body.replace(/"session_id":"[^"]+"/, '"session_id":"S"')).toBe(
      '{"page":0,"page_size":1000,"results":[{"$distinct_id":"charlie","$properties":{"plan": "x"}}],' +
        '"session_id":"S","status":"ok","total":1}',
    )
  })

  it('is asked by form, query or JSON, on both paths; query wins (QRY-10)', async () => {
    const project = await withUsers(3)
    const headers = basic(project.secret)
    const ids = encodeURIComponent('["u00001"]')
    const found = async (asked: InjectOptions) => {
      const { results } = (await server.send(asked)).json<Answer>()
      return results.map((own) => own.$distinct_id)
    }
    for (const path of ['/api/query/engage', '/api/2.0/engage']) {
      expect(await found({ url: `${path}?distinct_ids=${ids}`, headers })).toEqual(['u00001'])
      expect(await found(request(project.secret, { distinct_id: 'u00002' }, path))).toEqual(['u00002'])
      const wins = `${path}?distinct_id=u00000`
      expect(await found(request(project.secret, { distinct_id: 'u00002' }, wins))).toEqual(['u00000'])
      const json = { 'content-type': 'application/json', ...headers }
      const payload = JSON.stringify({ distinct_ids: ['u00000', 'u00002'], page: 0, where: null })
      expect(await found({ method: 'POST', url: path, headers: json, payload })).toEqual(['u00000', 'u00002'])
    }
  })

  it('a secret, an account and the admin token open it; a project token does not (QRY-10, SEC-03)', async () => {
    const project = await withUsers(1)
    const { username, secret } = project.service_account
    const url = `/api/query/engage?project_id=${project.project_id}`
    const status = async (headers: Record<string, string>) => (await server.send({ url, headers })).statusCode
    expect(await status(basic(project.secret))).toBe(200)
    expect(await status(basic(username, secret))).toBe(200)
    expect(await status(basic(project.token))).toBe(401)
    expect(await status(basic(username, 'wrong'))).toBe(401)
    const none = await server.send({ url })
    expect([none.statusCode, none.json()]).toEqual([401, { request: url, error: 'Unauthorized' }])
  })

  it('output_properties names what is shown (QRY-10)', async () => {
    const profiles = await Profiles.start(server)
    await profiles.engage(
      { $distinct_id: 'u', $set: { a: 1, b: [2], c: null } },
      { $distinct_id: 'v', $set: { d: 1 } },
    )
    const { results } = await ask(profiles.project, { output_properties: '["a","b","nothing"]' })
    expect(results).toEqual([
      { $distinct_id: 'u', $properties: { a: 1, b: [2] } },
      { $distinct_id: 'v', $properties: {} },
    ])
  })

  it.each<[Params, string | RegExp]>([
    [{ page: 1 }, 'session_id is required when page > 0'],
    [{ page: -1, session_id: 'x' }, 'page must be a number from 0'],
    [{ page: 1, session_id: 'x' }, /^session_id is unknown or older than an hour/],
    [{ session_id: "x'; drop table profile; --\0" }, /^session_id is unknown/],
    [{ behaviors: '[]' }, 'behaviors is not supported by this server: use where'],
    [{ filter_by_cohort: '{"id":1}' }, 'filter_by_cohort is not supported by this server: use where'],
    [{ distinct_ids: 'u1' }, 'distinct_ids must be a JSON array of strings, such as ["Sign Up"]'],
    [{ output_properties: '[1]' }, 'output_properties must be a JSON array of strings, such as ["Sign Up"]'],
    [{ data_group_id: 1 }, "data_group_id must be one of this project's group keys: it has none"],
    [{ where: 'properties["a"' }, 'where is not understood at character 15: ] is expected here, not the end'],
    [
      { where: 'true and event["$time"] > 1' },
      'where is not understood at character 10: a profile has no event: use properties[…]',
    ],
  ])('%j is refused (QRY-10, QRY-12, QRY-15)', async (params, error) => {
    const project = await server.createProject()
    const expected = typeof error === 'string' ? error : expect.stringMatching(error)
    expect(await refused(project, params)).toEqual({ request: '/api/query/engage', error: expected })
    expect(await refused(project, params, '/api/2.0/engage')).toMatchObject({ request: '/api/2.0/engage' })
  })

  it.each(['GET', 'POST'] as const)(
    'the error of a %s names path and query as they were sent (QRY-12)',
    async (method) => {
      const { secret, project_id } = await server.createProject()
      for (const path of ['/api/query/engage', '/api/2.0/engage']) {
        const url = `${path}?project_id=${project_id}&where=%22%C3%BC%22&page=1`
        const answer = await server.send({ method, url, headers: basic(secret) })
        expect([answer.statusCode, answer.body]).toEqual([
          400,
          JSON.stringify({ request: url, error: 'session_id is required when page > 0' }),
        ])
      }
    },
  )

  it('a body that is no form is told (QRY-10)', async () => {
    const { secret } = await server.createProject()
    const headers = { 'content-type': 'application/json', ...basic(secret) }
    for (const payload of ['[]', '{', '"where"']) {
      const answer = await server.send({ method: 'POST', url: '/api/query/engage', headers, payload })
      expect([answer.statusCode, answer.json().error]).toEqual([
        400,
        'the body must be a form, or a JSON object of parameters',
      ])
    }
    const long = {
      method: 'POST',
      url: '/api/query/engage',
      headers,
      payload: 'x'.repeat(1_100_000),
    } as const
    expect((await server.send(long)).json()).toMatchObject({ request: '/api/query/engage' })
    expect((await server.send({ method: 'PUT', url: '/api/query/engage' })).statusCode).toBe(405)
  })
})

describe('where', () => {
  it.each([
    ['properties["plan"] == "pro"', ['b', 'c']],
    ['user["plan"] == "pro" and properties["age"] >= 30', ['c']],
    ['not defined(properties["age"])', ['b']],
    ['"x" in properties["tags"]', ['a']],
    ['properties["$distinct_id"] in ["a", "b"]', ['a', 'b']],
    ['properties["$last_seen"] > datetime("2020-01-01")', ['a', 'b', 'c']],
    ['', ['a', 'b', 'c']],
  ])('%s (QRY-15)', async (where, expected) => {
    const profiles = await Profiles.start(server)
    await profiles.engage(
      { $distinct_id: 'a', $set: { plan: 'free', age: 20, tags: ['x', 'y'] } },
      { $distinct_id: 'b', $set: { plan: 'pro' } },
      { $distinct_id: 'c', $set: { plan: 'pro', age: 30 } },
    )
    expect(await idsOf(profiles.project, { where })).toEqual(expected)
    expect(await idsOf(profiles.project, { where, distinct_ids: '["b"]' })).toEqual(
      expected.filter((id) => id === 'b'),
    )
  })

  it.each([
    ['a quote', `properties["'\\""] == "'; drop table profile; --"`, 200],
    ['NUL', 'properties["a\0"] == "\0"', 200],
    ['a lone surrogate', 'properties["\ud800"] == 1', 200],
    ['100 kB of text', `properties["${'x'.repeat(100_000)}"] == 1`, 400],
    ['100 kB of brackets', '('.repeat(100_000), 400],
    ['20,000 times not', 'not '.repeat(20_000), 400],
    ['1,600 properties of the user', Array.from({ length: 1_600 }, () => 'user["a"]').join(' or '), 200],
    ['what only looks like SQL', '1); select pg_sleep(9); --', 400],
  ])('%s neither fails nor hurts (QRY-15)', async (_name, where, status) => {
    const project = await withUsers(1)
    const answer = await server.send(request(project.secret, { where }))
    expect(answer.statusCode).toBe(status)
    if (status === 200) expect(answer.json()).toMatchObject({ results: [], total: 0 })
    else expect(answer.json().error).toMatch(/^where is not understood at character \d+: /)
  })
})

describe('official tools', () => {
  it('ask by selector, as mixpanel-utils does to change what has a property (QRY-15)', async () => {
    const project = await withUsers(3)
    const renamed = { $token: project.token, $distinct_id: 'u00001', $set: { old_name: 1 } }
    await server.send(profilesJson('/engage', [renamed]))
    const selector = '(defined (properties["old_name"]))'
    expect(await idsOf(project, { selector })).toEqual(['u00001'])
    expect(await idsOf(project, { selector, where: 'properties["n"] == 2' })).toEqual([])
    expect((await refused(project, { selector: '(' })).error).toMatch(/^selector is not understood at/)
  })

  it('ask for a window around NOW, by the project’s clock, as mixpanel-headless does (QRY-15)', async () => {
    const project = await server.createProject()
    const seen = ['2026-08-20T11:59:59', '2026-08-19T12:00:00', '2026-08-19 11:59:59', '2026-08-20T12:00:01']
    const all = seen.map((time, n) => {
      return { $token: project.token, $distinct_id: `u${n}`, $ignore_time: true, $set: { $last_seen: time } }
    })
    await server.send(profilesJson('/engage', all))
    const when = 'datetime(properties["$last_seen"])'
    const lastDay = `${when} >= datetime(NOW - 86400) and ${when} < datetime(NOW)`
    expect(await idsOf(project, { where: lastDay })).toEqual(['u0', 'u1'])
    const day = `${when} >= datetime("2026-08-19T00:00:00") and ${when} <= datetime("2026-08-19T23:59:59")`
    expect(await idsOf(project, { where: day })).toEqual(['u1', 'u2'])
    expect(await idsOf(project, { where: `not "11:59" in properties["$last_seen"]` })).toEqual(['u1', 'u3'])
    const url = `/_twin/projects/${project.token}/clock`
    const payload = { now: '2026-08-20T11:00:00Z' }
    expect((await server.send({ method: 'PUT', url, payload })).statusCode).toBe(200)
    expect(await idsOf(project, { where: lastDay })).toEqual(['u1', 'u2'])
  })
})

describe('ids', () => {
  it('what is linked is found by its canonical id only, and it is told (QRY-13, IDS-28)', async () => {
    const profiles = await Profiles.start(server)
    await profiles.engage({ $distinct_id: '$device:D1', $set: { plan: 'trial' } })
    await profiles.sendEach('track', ['e', { $device_id: 'D1', $user_id: 'U1' }])
    await profiles.engage({ $distinct_id: 'U1', $set: { plan: 'pro' } })
    expect(await idsOf(profiles.project)).toEqual(['U1'])
    expect(await idsOf(profiles.project, { distinct_id: 'U1' })).toEqual(['U1'])
    expect(await profiles.verdict('query.not_canonical')).toBeUndefined()
    const answer = await server.send(request(profiles.project.secret, { distinct_id: '$device:D1' }))
    expect(answer.headers['twinpanel-verdict']).toBe('1; query.not_canonical')
    expect(answer.json()).toMatchObject({ results: [], total: 0 })
    expect(await profiles.verdict('query.not_canonical')).toMatchObject({
      outcome: 'no_effect',
      rule: 'QRY-13',
      message: '$device:D1 belongs to U1; profile queries and exports only find the canonical distinct_id.',
    })
    const url = `/_twin/projects/${profiles.project.token}/verdicts?distinct_id=U1&code=query.not_canonical`
    expect((await server.send({ url })).json().verdicts).toHaveLength(1)
  })

  it('with engage_query_resolves_members any id of the user will do (QRY-13)', async () => {
    const profiles = await Profiles.start(server, 'simplified', { engage_query_resolves_members: true })
    await profiles.sendEach('track', ['e', { $device_id: 'D1', $user_id: 'U1' }])
    await profiles.engage({ $distinct_id: 'U1', $set: { plan: 'pro' } })
    const ids = JSON.stringify(['$device:D1', 'U1', 'nobody'])
    expect(await idsOf(profiles.project, { distinct_ids: ids })).toEqual(['U1'])
    expect(await idsOf(profiles.project, { distinct_id: '$device:D1' })).toEqual(['U1'])
    expect(await profiles.verdict('query.not_canonical')).toBeUndefined()
  })

  it('of two users that were merged the hidden profile is not listed (QRY-13, IDO-24)', async () => {
    const profiles = await Profiles.start(server, 'original')
    const anon = '8d6f3f4e-2f0c-4c5e-9d3c-0d8e0f4b3a11'
    await profiles.sendEach('track', ['e', { distinct_id: anon }])
    await profiles.engage(
      { $distinct_id: anon, $set: { plan: 'trial' } },
      { $distinct_id: 'U1', $set: { name: 'C' } },
    )
    expect(await idsOf(profiles.project)).toEqual([anon, 'U1'])
    await profiles.sendEach('track', [
      '$identify',
      { distinct_id: 'U1', $identified_id: 'U1', $anon_id: anon },
    ])
    expect(await idsOf(profiles.project)).toEqual([anon])
    expect(await idsOf(profiles.project, { distinct_id: 'U1' })).toEqual([])
    expect(await profiles.verdict('query.not_canonical')).toBeDefined()
  })

  it('on Legacy a profile that an alias shadows is listed as the duplicate that it is (IDL-10)', async () => {
    const profiles = await Profiles.start(server, 'legacy')
    await profiles.engage({ $distinct_id: 'sally', $set: { a: 1 } })
    await profiles.sendEach('track', ['$create_alias', { distinct_id: '12345', alias: 'sally' }])
    await profiles.sendEach('track', ['$create_alias', { distinct_id: '12345', alias: 'sal' }])
    await profiles.engage({ $distinct_id: 'sally', $set: { b: 1 } })
    const both = [
      { $distinct_id: '12345', $properties: { b: 1 } },
      { $distinct_id: 'sally', $properties: { a: 1 } },
    ]
    expect((await ask(profiles.project)).results).toMatchObject(both)
    const named = { distinct_ids: '["sally","12345"]' }
    expect((await ask(profiles.project, named)).results).toMatchObject(both)
    expect(await profiles.verdict('query.not_canonical')).toBeUndefined()
    // QRY-13: an alias without one has none.
    expect(await idsOf(profiles.project, { distinct_id: 'sal' })).toEqual([])
    expect(await profiles.verdict('query.not_canonical')).toBeDefined()
    await profiles.engage({ $distinct_id: 'sally', $delete: '', $ignore_alias: true })
    expect(await idsOf(profiles.project)).toEqual(['12345'])
  })

  it('data_group_id is a 64-bit number that the project sets, to the digit (QRY-14)', async () => {
    const [id, max] = ['-1405123841946871899', '9223372036854775807']
    const settings = { group_keys: ['team', 'company', 'plan'], data_group_ids: [id, max] }
    const profiles = await Profiles.start(server, 'simplified', settings)
    await profiles.groups(
      { $group_key: 'team', $group_id: 'red', $set: { a: 1 } },
      { $group_key: 'company', $group_id: 'acme', $set: { a: 1 } },
      { $group_key: 'plan', $group_id: 'pro', $set: { a: 1 } },
    )
    expect(await idsOf(profiles.project, { data_group_id: id })).toEqual(['red'])
    expect(await idsOf(profiles.project, { data_group_id: max })).toEqual(['acme'])
    expect(await idsOf(profiles.project, { data_group_id: 3 })).toEqual(['pro'])
    // What a double makes of it, its neighbour, the place of a key with an id, and no number.
    for (const other of [String(Number(id)), '-1405123841946871898', '1', '2', `${id}.0`, 'team']) {
      expect(await refused(profiles.project, { data_group_id: other })).toMatchObject({
        error: `data_group_id must be one of this project's group keys: ${id} (team), ${max} (company), 3 (plan)`,
      })
    }
  })

  it('data_group_id is the place of a group key (QRY-14)', async () => {
    const profiles = await Profiles.start(server, 'simplified', { group_keys: ['team', 'company'] })
    await profiles.groups({ $group_key: 'company', $group_id: 'Acme', $set: { size: 3 } })
    await profiles.engage({ $distinct_id: 'Acme', $set: { a: 1 } })
    const { results, total } = await ask(profiles.project, {
      data_group_id: 2,
      where: 'properties["size"] > 2',
    })
    expect([total, results]).toMatchObject([1, [{ $distinct_id: 'Acme', $properties: { size: 3 } }]])
    expect(await idsOf(profiles.project, { data_group_id: 1 })).toEqual([])
    expect(await refused(profiles.project, { data_group_id: 3 })).toMatchObject({
      error: "data_group_id must be one of this project's group keys: 1 (team), 2 (company)",
    })
  })
})

describe('pages', () => {
  /** Reads as scripts do: the next page as long as this one is full. */
  async function readAll(project: TestProject, params: Params = {}): Promise<readonly string[]> {
    const ids: string[] = []
    let answer = await ask(project, params)
    for (;;) {
      ids.push(...answer.results.map((own) => own.$distinct_id))
      if (answer.results.length < answer.page_size) return ids
      const { session_id, page } = answer
      answer = await ask(project, { ...params, session_id, page: page + 1 })
    }
  }

  it.each([0, 1, 999, 1_000, 1_001, 2_345])('of %i profiles each is read once (QRY-12)', async (count) => {
    const project = await withUsers(count)
    const ids = await readAll(project)
    expect(ids).toEqual(Array.from({ length: count }, (_, n) => `u${String(n).padStart(5, '0')}`))
    expect((await ask(project)).total).toBe(count)
    const half = await readAll(project, { where: 'properties["n"] % 2 == 0' })
    expect(half).toEqual(ids.filter((_, n) => n % 2 === 0))
  })

  it('a session stays what it was, whatever is added, changed and deleted (QRY-12)', async () => {
    const project = await withUsers(1_500)
    const where = 'properties["n"] >= 0'
    const first = await ask(project, { where })
    const { session_id } = first
    const updates = [
      { $distinct_id: 'a-new-one', $set: { n: 1 } },
      { $distinct_id: 'u01200', $set: { n: -1 } },
      { $distinct_id: 'u01201', $delete: '' },
    ].map((own) => ({ $token: project.token, ...own }))
    await server.send(profilesJson('/engage', updates))
    const second = await ask(project, { where, session_id, page: 1 })
    expect([second.total, second.page, second.session_id]).toEqual([1_500, 1, session_id])
    expect(second.results.map((own) => own.$distinct_id)).toEqual(
      Array.from({ length: 500 }, (_, n) => `u${String(n + 1_000).padStart(5, '0')}`),
    )
    expect(second.results[201]).toEqual({ $distinct_id: 'u01201', $properties: {} })
    expect((await ask(project, { where, session_id, page: 2 })).results).toEqual([])
    expect((await ask(project, { where, session_id, page: 0 })).results).toEqual(first.results)
    expect((await ask(project, { where })).total).toBe(1_499)
  })

  it('a query of one page may be asked for the next, too (QRY-12)', async () => {
    const project = await withUsers(2)
    const { session_id } = await ask(project)
    expect(await ask(project, { session_id, page: 1 })).toMatchObject({ page: 1, results: [], total: 2 })
  })

  it('sessions end after an hour, with others in great number, and with what they list (QRY-12)', async () => {
    const project = await withUsers(1_000)
    const other = await withUsers(1_000)
    const begin = async () => (await ask(project)).session_id
    const isThere = async (session_id: string, of = project) =>
      (await server.send(request(of.secret, { session_id, page: 1 }))).statusCode === 200
    const old = await begin()
    server.clock.nowMs += 3_600_000
    expect(await isThere(old)).toBe(true)
    server.clock.nowMs += 1
    expect(await isThere(old)).toBe(false)
    const sessions: string[] = []
    for (let n = 0; n < 17; n++) {
      server.clock.nowMs += 1
      sessions.push(await begin())
    }
    const [oldest = '', ...others] = sessions
    expect(await isThere(oldest)).toBe(false)
    for (const session of others) expect(await isThere(session)).toBe(true)
    expect(await isThere(others[0] ?? '', other)).toBe(false)
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    expect(await isThere(others[0] ?? '')).toBe(false)
    // Deleted after the answer.
    const kept = async () => {
      const text = 'select from query_session where project_id = $1'
      return (await server.db.pool.query(text, [project.records_id])).rowCount
    }
    await expect.poll(kept, { timeout: 15_000 }).toBe(0)
  })

  it('a session that one server began another goes on with (QRY-12)', async () => {
    const servers = await startSharedServers(2)
    try {
      const project = await servers.createProject()
      const all = Array.from({ length: 1_001 }, (_, n) => {
        return { $token: project.token, $distinct_id: `u${n}`, $set: { n } }
      })
      const [one, two] = servers.apps
      await one?.inject(profilesJson('/engage', all))
      const first = (await one?.inject(request(project.secret, {})))?.json<Answer>()
      const { session_id = '', total } = first ?? {}
      const second = (await two?.inject(request(project.secret, { session_id, page: 1 })))?.json<Answer>()
      expect([total, second?.results.length]).toEqual([1_001, 1])
    } finally {
      await servers.close()
    }
  })
})
