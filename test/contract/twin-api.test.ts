import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_MS,
  NOW_S,
  startServer,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * Our own API: health, projects, reset, events, and who may call it (SEC-12). CI suites build on these shapes.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }

function patch(project: string, body: object) {
  return server.send({ method: 'PATCH', url: `/_twin/projects/${project}`, headers: json, payload: body })
}

describe('health', () => {
  it('health and ready', async () => {
    expect((await server.send({ url: '/_twin/health' })).json()).toEqual({ status: 'ok' })
    const ready = await server.send({ url: '/_twin/ready' })
    expect([ready.statusCode, ready.json()]).toEqual([
      200,
      { status: 'ok', database: true, queue: true, stopping: false },
    ])
  })

  it.each(['/_twin/health', '/_twin/ready', '/_twin/'])('HEAD %s, as load balancers ask', async (url) => {
    const [get, head] = [await server.send({ url }), await server.send({ method: 'HEAD', url })]
    expect([head.statusCode, head.body]).toEqual([get.statusCode, ''])
    expect(head.headers['content-length']).toBe(get.headers['content-length'])
    const refused = await server.send({ method: 'PUT', url })
    expect([refused.statusCode, refused.headers.allow]).toEqual([405, 'GET, HEAD'])
  })
})

describe('what no route takes', () => {
  it.each([
    ['DELETE', '/_twin/projects/any/propagation', 'GET, PUT'],
    ['HEAD', '/_twin/projects/any/wait', 'GET'],
    ['PUT', '/_twin/projects/any/users/a/b/', 'GET'],
    ['POST', '//_twin//projects/any/lookup-tables/x?y', 'GET, DELETE'],
    ['OPTIONS', '/_twin/verdicts', 'GET'],
  ] as const)('%s %s is told which methods there are', async (method, url, allow) => {
    const answer = await server.app.inject({ method, url })
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow])
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  })

  it.each(['/_twin/nothing', '/_twin/projects/any/nothing', '/_twin/projects/any/wait/more'])(
    '%s is not there',
    async (url) => {
      const answer = await server.send({ url })
      expect([answer.statusCode, answer.headers.allow]).toEqual([404, undefined])
      expect(answer.json()).toMatchObject({ type: 'about:blank', status: 404 })
    },
  )

  it.each([
    ['/_twin/projects/%zz/events', 400],
    [`/_twin/projects/${'x'.repeat(256)}/events`, 414],
  ])('a path that cannot be read is refused in our form: %s', async (url, status) => {
    const answer = await server.app.inject({ url })
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      { type: 'about:blank', title: expect.any(String), status, detail: expect.stringMatching(/^The path/) },
    ])
  })
})

describe('parameters', () => {
  it.each([
    ['wait?evnt=Sign+Up', 'There is no parameter "evnt" here, but: event, '],
    ['wait?timeout=100&event=E', 'There is no parameter "timeout" here, but: event, '],
    ['events?where=x', 'There is no parameter "where" here, but: event, distinct_id, from, to, order, '],
    ['users?distinct_id=u', 'There is no parameter "distinct_id" here, but: search, order, after, limit.'],
    ['verdicts?codes=x', 'There is no parameter "codes" here, but: outcome, code, '],
    ['stream?type=event', 'There is no parameter "type" here, but: types, '],
    ['events?event=A&event=B', 'event is given more than once.'],
    ['wait?toString=1', 'There is no parameter "toString" here'],
  ])('%s would let everything through, and is refused', async (query, detail) => {
    const { token } = await server.createProject()
    const answer = await server.send({ url: `/_twin/projects/${token}/${query}` })
    expect([answer.statusCode, answer.json().detail]).toEqual([400, expect.stringContaining(detail)])
  })

  it('are nobody’s business before the admin token is shown', async () => {
    const guarded = await startServer({ adminToken: 'secret' })
    const answer = await guarded.send({ url: '/_twin/projects/any/wait?evnt=x' })
    await guarded.close()
    expect(answer.statusCode).toBe(401)
  })
})

describe('projects', () => {
  it.each([
    [{ name: 5 }, 'name must be a string.'],
    [{ settings: { id_cluster_max: 1.5 } }, 'settings.id_cluster_max must be an integer.'],
    [{ settings: { retention_days: 'x' } }, 'settings.retention_days must be an integer or null.'],
    [{ nmae: 'x' }, 'The body has the unknown field "nmae".'],
    [[], 'The body must be an object.'],
    [{ timezone: '' }, 'timezone must have at least 1 character.'],
    [{ name: 'x'.repeat(256) }, 'name must have at most 255 characters.'],
    [{ id_management: 'both' }, 'id_management must be one of: "simplified", "original", "legacy".'],
  ])('POST %j is refused in a sentence', async (body, detail) => {
    const answer = await server.send({
      method: 'POST',
      url: '/_twin/projects',
      headers: json,
      payload: JSON.stringify(body),
    })
    expect([answer.statusCode, answer.json().detail]).toEqual([400, detail])
  })

  it.each([
    ['POST', '', 201],
    ['POST', '/reset', 204],
    ['DELETE', '/clock', 204],
    ['PUT', '/clock', 400],
  ] as const)('%s %s may say that it sends JSON, and send nothing: %i', async (method, path, status) => {
    const { token } = await server.createProject()
    const url = path === '' ? '/_twin/projects' : `/_twin/projects/${token}${path}`
    const answer = await server.send({ method, url, headers: json, payload: '' })
    expect(answer.statusCode).toBe(status)
  })

  it('a body that is too large is told how large it may be', async () => {
    const payload = { name: 'x'.repeat(1_048_576) }
    const answer = await server.send({ method: 'POST', url: '/_twin/projects', headers: json, payload })
    expect([answer.statusCode, answer.json().detail]).toEqual([
      413,
      'The body is too large: it may have 1048576 bytes.',
    ])
  })

  it('what is the token of one project is not taken for the id of another', async () => {
    const first = await server.createProject()
    const second = await server.createProject({ token: String(first.project_id) })
    const answer = await server.send({ url: `/_twin/projects/${first.project_id}` })
    expect(answer.json().project_id).toBe(second.project_id)
  })

  it('a value that may be of two types is told both', async () => {
    const { token } = await server.createProject()
    const url = `/_twin/projects/${token}/clock`
    const answer = await server.send({ method: 'PUT', url, headers: json, payload: { now: true } })
    expect(answer.json().detail).toBe('now must be a string or an integer.')
  })

  it.each(['application/x-www-form-urlencoded', 'text/plain'])(
    'a body of %s is told to be JSON',
    async (form) => {
      const headers = { 'content-type': form }
      const answer = await server.send({ method: 'POST', url: '/_twin/projects', headers, payload: '{}' })
      expect([answer.statusCode, answer.json().detail]).toEqual([
        415,
        'The body must be JSON, sent with Content-Type: application/json.',
      ])
    },
  )

  it('POST makes one with all defaults, and shows its secrets', async () => {
    const answer = await server.send({ method: 'POST', url: '/_twin/projects' })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      project_id: expect.any(Number),
      name: expect.any(String),
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
      secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      id_management: 'simplified',
      timezone: 'UTC',
      settings: {
        track_stale_response: '1',
        retention_days: null,
        string_limit_unit: 'chars',
        region: null,
        id_cluster_max: 501,
        canonical_policy: 'first_seen',
        anon_id_form: 'guid-shape',
        identify_event_delay_s: 60,
        group_keys: [],
        data_group_ids: [],
        export_days: 'utc',
        import_geo_from_request: true,
        project_secret: 'warn',
        max_url_bytes: null,
        ingestion_events_per_second: null,
        ingestion_bytes_per_minute: null,
        queries_per_hour: null,
        exports_per_hour: null,
        exports_per_second: null,
        gdpr_requests_per_second: null,
        hot_shard_limit: null,
        concurrent_queries: null,
        concurrent_exports: null,
        engage_query_resolves_members: false,
        api_endpoint: 'api.mixpanel.com',
        identity_propagation_ms: 0,
        lookup_replacements_per_day: null,
      },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service_account: {
        username: expect.stringMatching(/^twin\.[0-9a-f]{32}\.mp-service-account$/),
        secret: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    })
  })

  it('GET lists and reads by id or token, without secrets', async () => {
    const made = await server.createProject({ token: 'by-token', name: 'Shop', timezone: 'Europe/Berlin' })
    const byToken = await server.send({ url: '/_twin/projects/by-token' })
    const byId = await server.send({ url: `/_twin/projects/${made.project_id}` })
    expect(byToken.json()).toEqual(byId.json())
    expect(byToken.json()).toMatchObject({ name: 'Shop', timezone: 'Europe/Berlin', token: 'by-token' })
    expect(byToken.body).not.toContain(made.secret)
    expect(byToken.json()).not.toHaveProperty('service_account')
    const { projects } = (await server.send({ url: '/_twin/projects' })).json()
    expect(projects).toContainEqual(byToken.json())
  })

  it.each([
    [{ token: 'has space' }, 400],
    [{ id_management: 'both' }, 400],
    [{ timezone: 'Mars/Olympus' }, 400],
    [{ settings: { retention_days: 0 } }, 400],
    [{ settings: { no_such: 1 } }, 400],
    [{ nmae: 'x' }, 400],
    [{ name: 5 }, 400],
    [{ token: 'taken' }, 409],
  ])('POST refuses %j', async (body, status) => {
    if (status === 409) await server.createProject(body)
    const answer = await server.send({ method: 'POST', url: '/_twin/projects', headers: json, payload: body })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status,
      detail: expect.any(String),
    })
  })

  it('a body that is not JSON is told so', async () => {
    const answer = await server.send({ method: 'POST', url: '/_twin/projects', headers: json, payload: '{' })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  it('PATCH changes; the identity system only while there are no records (IDS-34)', async () => {
    const { token } = await server.createProject()
    const changed = await patch(token, {
      name: 'n',
      id_management: 'original',
      settings: { retention_days: 30 },
    })
    expect(changed.json()).toMatchObject({
      name: 'n',
      id_management: 'original',
      settings: { retention_days: 30 },
    })
    await server.send(trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }]))
    expect((await patch(token, { id_management: 'legacy' })).statusCode).toBe(409)
    expect((await patch(token, { id_management: 'original', name: 'm' })).statusCode).toBe(200)
    expect((await patch('unknown', {})).statusCode).toBe(404)
  })

  it('every setting can be set, and is shown', async () => {
    const settings = {
      track_stale_response: '0',
      retention_days: 30,
      string_limit_unit: 'bytes',
      region: 'eu',
      id_cluster_max: 5,
      canonical_policy: 'random:seed',
      anon_id_form: 'uuid4',
      identify_event_delay_s: 1,
      group_keys: ['company'],
      data_group_ids: ['-1405123841946871899'],
      export_days: 'project',
      import_geo_from_request: false,
      project_secret: 'reject',
      max_url_bytes: 8_192,
      ingestion_events_per_second: 1,
      ingestion_bytes_per_minute: 2,
      queries_per_hour: 3,
      exports_per_hour: 4,
      exports_per_second: 5,
      gdpr_requests_per_second: 5,
      hot_shard_limit: 6,
      identity_propagation_ms: 7,
      concurrent_queries: 6,
      concurrent_exports: 7,
      engage_query_resolves_members: true,
      api_endpoint: 'api-eu.mixpanel.com',
      lookup_replacements_per_day: 100,
    }
    const { token } = await server.createProject({ settings })
    const shown = (await server.send({ url: `/_twin/projects/${token}` })).json()
    expect(shown.settings).toEqual(settings)
    const back = await patch(token, { settings: { region: null, retention_days: null } })
    expect(back.json().settings).toEqual({ ...settings, region: null, retention_days: null })
  })

  it('a change is in force with the next event', async () => {
    const { token } = await server.createProject()
    const track = async () => {
      const properties = { token, distinct_id: 'u', time: NOW_S - 500_000 }
      return (await server.send(trackJson([{ event: 'E', properties }]))).body
    }
    expect(await track()).toBe('1')
    await patch(token, { settings: { track_stale_response: '0' } })
    expect(await track()).toBe('0')
  })

  it('reset forgets the events and keeps the project; DELETE forgets both', async () => {
    const project = await server.createProject()
    const other = await server.createProject()
    for (const { token } of [project, other]) {
      await server.send(trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }]))
    }
    const reset = await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    expect([reset.statusCode, reset.body]).toEqual([204, ''])
    expect(await server.readEvents(project.token)).toEqual([])
    expect(await server.readEvents(other.token)).toHaveLength(1)
    expect((await server.send(importJson(project.secret, [], '?strict=1'))).statusCode).toBe(400)
    const deleted = await server.send({ method: 'DELETE', url: `/_twin/projects/${project.project_id}` })
    expect(deleted.statusCode).toBe(204)
    expect((await server.send({ url: `/_twin/projects/${project.token}` })).statusCode).toBe(404)
    const late = await server.send(trackJson([{ event: 'E', properties: { token: project.token } }]))
    expect([late.body, late.headers['twinpanel-verdict']]).toEqual(['1', '1; token.unknown'])
    const account = await server.send({
      ...importJson('', []),
      headers: basic(project.service_account.username, project.service_account.secret),
      url: `/import?project_id=${other.project_id}`,
    })
    expect(account.json().error).toBe('Not a valid service account username')
  })

  it('credentials can be renewed: the old ones stop working', async () => {
    const project = await server.createProject()
    const renewed = await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/credentials` })
    expect(renewed.statusCode).toBe(201)
    const url = '/api/2.0/export?from_date=2026-01-01&to_date=2026-01-01'
    const status = async (secret: string) => (await server.send({ url, headers: basic(secret) })).statusCode
    expect(await status(project.secret)).toBe(401)
    expect(await status(renewed.json().secret)).toBe(200)
    const { username, secret } = renewed.json().service_account
    const byAccount = { url: `${url}&project_id=${project.project_id}`, headers: basic(username, secret) }
    expect((await server.send(byAccount)).statusCode).toBe(200)
  })
})

describe('events', () => {
  it('filters, pages and shows', async () => {
    const { token } = await server.createProject()
    const at = (s: number, id: string, event: string) => ({
      event,
      properties: { time: NOW_S - s, distinct_id: id, $insert_id: `i-${s}`, n: s },
    })
    await server.send(importJson(token, [at(10, 'u', 'A'), at(30, 'u', 'B'), at(20, 'v', 'A')]))
    const numbers = async (query: string) =>
      (await server.readEvents(token, query)).map((e) => e.properties['n'])
    expect(await numbers('')).toEqual([30, 20, 10])
    expect(await numbers('event=A')).toEqual([20, 10])
    expect(await numbers('distinct_id=u')).toEqual([30, 10])
    expect(await numbers(`from=${(NOW_S - 20) * 1_000}`)).toEqual([20, 10])
    expect(await numbers(`to=${new Date((NOW_S - 20) * 1_000).toISOString()}`)).toEqual([30])
    const seen = []
    let after = ''
    for (;;) {
      const page = (await server.send({ url: `/_twin/projects/${token}/events?limit=1${after}` })).json()
      seen.push(...page.events.map((e: { properties: { n: number } }) => e.properties.n))
      if (page.next === null) break
      after = `&after=${page.next}`
    }
    expect(seen).toEqual([30, 20, 10])
    expect((await server.readEvents(token))[2]).toEqual({
      event: 'A',
      distinct_id: 'u',
      original_distinct_id: 'u',
      time: (NOW_S - 10) * 1_000,
      insert_id: 'i-10',
      received_at: new Date(NOW_MS).toISOString(),
      properties: expect.objectContaining({ n: 10, $import: true, $user_id: 'u' }),
    })
  })

  it.each(['limit=0', 'limit=1001', 'limit=x', 'from=yesterday', 'to=x', 'after=x'])(
    'refuses %s',
    async (query) => {
      const { token } = await server.createProject()
      const answer = await server.send({ url: `/_twin/projects/${token}/events?${query}` })
      expect(answer.statusCode).toBe(400)
      expect(answer.json().detail).toContain(query.split('=')[0])
    },
  )

  it('knows no project that is not there', async () => {
    expect((await server.send({ url: '/_twin/projects/nobody/events' })).statusCode).toBe(404)
  })
})

describe('access', () => {
  it('with an admin token it must be shown; health is open (SEC-12)', async () => {
    const guarded = await startServer({ adminToken: 's3cret', loopbackOnly: false })
    const status = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization }
      return (await guarded.send({ url: '/_twin/projects', headers })).statusCode
    }
    expect(await status()).toBe(401)
    expect(await status('Bearer wrong')).toBe(401)
    expect(await status('Bearer s3cret')).toBe(200)
    expect((await guarded.send({ url: '/metrics' })).headers['www-authenticate']).toBe('Bearer')
    expect((await guarded.send({ url: '/_twin/health' })).statusCode).toBe(200)
    expect((await guarded.send({ url: '/_twin/ready' })).statusCode).toBe(200)
    await guarded.close()
  })

  it.each([
    ['a page elsewhere', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a name rebound to loopback', { host: 'evil.example:4100' }, 403],
    [
      'a page on another port',
      { 'sec-fetch-site': 'same-site', host: 'localhost:4100', origin: 'http://localhost:5173' },
      403,
    ],
    ['a page without an origin', { host: 'localhost:4100', origin: 'null' }, 403],
    [
      'our own page',
      { 'sec-fetch-site': 'same-origin', host: 'localhost:4100', origin: 'http://localhost:4100' },
      200,
    ],
    [
      'a link on this machine',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', host: 'localhost:4100' },
      200,
    ],
    [
      'a picture in a page on another port',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', host: 'localhost:4100' },
      403,
    ],
    ['a loopback address', { host: '127.0.0.1:4100' }, 200],
    ['IPv6 loopback', { host: '[::1]:4100' }, 200],
  ])('without one, %s gets %3$d (SEC-12)', async (_who, headers, status) => {
    expect((await server.send({ url: '/_twin/projects', headers })).statusCode).toBe(status)
  })

  it.each([
    ['::1', 200],
    ['::ffff:127.0.0.1', 200],
    ['192.0.2.1', 403],
    ['::ffff:192.0.2.1', 403],
  ])('without one, whoever connects from %s gets %i (SEC-12)', async (remoteAddress, status) => {
    const answer = await server.send({ url: '/metrics', remoteAddress })
    expect(answer.statusCode).toBe(status)
  })
})
