import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * Who may import (IMP-03 to IMP-08, SEC-02 to SEC-05): the forms of credentials that the SDKs send, and the
 * words of each refusal, which people search for.
 */

let server: TestServer
let p: TestProject
let other: TestProject
beforeAll(async () => {
  server = await startServer({ adminToken: 'admin-token' })
  p = await server.createProject()
  other = await server.createProject()
})
afterAll(() => server.close())

const record = () => ({ event: 'E', properties: { time: NOW_S - 60, distinct_id: 'u', $insert_id: 'a' } })

function attempt(authorization: string | undefined, query = '') {
  const request = importJson('', [record()], `?strict=1${query}`)
  const headers = {
    'content-type': 'application/json',
    ...(authorization !== undefined && { authorization }),
  }
  return server.send({ ...request, headers })
}

const INVALID_SECRET =
  'Unauthorized, invalid project secret. See docs for more information: ' +
  'https://developer.mixpanel.com/reference/authentication#project-secret'
const noColon = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const MISMATCH = 'Credentials in request did not match project_id URL parameter'

describe('accepted', () => {
  it.each([
    [
      '1',
      () => [
        basic(p.service_account.username, p.service_account.secret).authorization,
        `&project_id=${p.project_id}`,
      ],
    ],
    ['2', () => [basic(p.secret).authorization, '']],
    ['2', () => [basic(p.secret).authorization, `&project_id=${p.project_id}`]],
    ['3', () => [basic(p.token).authorization, '']],
    ['3', () => [basic(p.token).authorization, `&project_id=${p.project_id}`]],
    ['4', () => ['Bearer admin-token', `&project_id=${p.project_id}`]],
    [
      'IMP-05, clear text',
      () => [
        `Basic ${p.service_account.username}:${p.service_account.secret}`,
        `&project_id=${p.project_id}`,
      ],
    ],
    ['scheme in lower case', () => [basic(p.token).authorization.replace('Basic', 'basic'), '']],
  ] as const)('credentials in the form %s are taken (IMP-04, SEC-02)', async (_form, credentials) => {
    const [authorization, query] = credentials()
    const answer = await attempt(authorization, query)
    expect([answer.statusCode, answer.json().num_records_imported]).toEqual([200, 1])
  })

  it('the secret is on its way out (SEC-04)', async () => {
    expect((await attempt(basic(p.secret).authorization)).headers['twinpanel-verdict']).toBe(
      '1; auth.project_secret_deprecated',
    )
  })

  it.each([
    ['allow', 200, undefined],
    ['warn', 200, '1; auth.project_secret_deprecated'],
    ['reject', 401, '1; auth.refused'],
  ])('with project_secret %s (SEC-04)', async (project_secret, status, verdict) => {
    const { secret, token } = await server.createProject({ settings: { project_secret } })
    const imported = await attempt(basic(secret).authorization)
    expect([imported.statusCode, imported.headers['twinpanel-verdict']]).toEqual([status, verdict])
    if (status === 401) expect(imported.json().error).toBe(INVALID_SECRET)
    const days = 'from_date=2026-01-01&to_date=2026-01-01'
    for (const url of [
      `/api/2.0/export?${days}`,
      '/api/query/engage',
      '/flags?context={"distinct_id":"u"}',
    ]) {
      expect((await server.send({ url, headers: basic(secret) })).statusCode).toBe(status)
    }
    // Only the secret is retired.
    expect((await attempt(basic(token).authorization)).statusCode).toBe(200)
  })
})

describe('refused', () => {
  const account = () => p.service_account
  it.each([
    ['no header', () => [undefined, ''], 'Unauthorized'],
    ['another scheme', () => ['Digest x', ''], 'Unauthorized'],
    ['unknown secret or token', () => [basic('nothing').authorization, ''], INVALID_SECRET],
    [
      'account without project_id',
      () => [basic(account().username, account().secret).authorization, ''],
      INVALID_SECRET,
    ],
    [
      'unknown account',
      () => [basic('x.mp-service-account', 'y').authorization, `&project_id=${p.project_id}`],
      'Not a valid service account username',
    ],
    [
      'wrong account secret',
      () => [basic(account().username, 'wrong').authorization, `&project_id=${p.project_id}`],
      'Invalid credentials',
    ],
    [
      'account of another project',
      () => [basic(account().username, account().secret).authorization, `&project_id=${other.project_id}`],
      'service account is not a project member',
    ],
    [
      'account, unknown project',
      () => [basic(account().username, account().secret).authorization, '&project_id=999999999999'],
      'service account is not a project member',
    ],
    [
      'token of another project',
      () => [basic(p.token).authorization, `&project_id=${other.project_id}`],
      MISMATCH,
    ],
    [
      'secret of another project',
      () => [basic(p.secret).authorization, `&project_id=${other.project_id}`],
      MISMATCH,
    ],
    ['unknown bearer', () => ['Bearer nope', `&project_id=${p.project_id}`], 'Invalid credentials'],
    ['bearer without project', () => ['Bearer admin-token', ''], 'Invalid credentials'],
    ['token without a colon', () => [noColon(p.token), ''], 'Invalid credentials'],
    ['secret without a colon', () => [noColon(p.secret), ''], 'Invalid credentials'],
    ['token in clear text', () => ['Basic a3f0e1d2c3b4a5968778695a4b3c2d1e', ''], 'Invalid credentials'],
    [
      'account without its secret',
      () => [noColon(account().username), `&project_id=${p.project_id}`],
      'Invalid credentials',
    ],
  ] as const)('%s (IMP-06)', async (_case, credentials, error) => {
    const [authorization, query] = credentials()
    const answer = await attempt(authorization, query)
    expect(answer.statusCode).toBe(401)
    expect(answer.body).toBe(JSON.stringify({ code: 401, error, status: 'Unauthorized' }))
  })

  it.each([
    ['analyst', 401],
    ['consumer', 401],
    ['admin', 200],
  ])('an account that is %s gets %d, and may export either way (IMP-07)', async (role, status) => {
    const { service_account, project_id } = await server.createProject()
    const { username, secret } = service_account
    await server.db.pool.query('update project_member set role = $1 where username = $2', [role, username])
    const { authorization } = basic(username, secret)
    const answer = await attempt(authorization, `&project_id=${project_id}`)
    expect(answer.statusCode).toBe(status)
    if (status === 401) expect(answer.json().error).toBe('service account must be Owner or Admin')
    const url = `/api/2.0/export?from_date=2026-01-01&to_date=2026-01-01&project_id=${project_id}`
    expect((await server.send({ url, headers: { authorization } })).statusCode).toBe(200)
  })

  it('an expired account gets 401 (SEC-05)', async () => {
    const { service_account, project_id } = await server.createProject()
    const { username, secret } = service_account
    const expire = (at: number) =>
      server.db.pool.query('update service_account set expires_at = to_timestamp($1) where username = $2', [
        at,
        username,
      ])
    const { authorization } = basic(username, secret)
    await expire(NOW_S - 1)
    const answer = await attempt(authorization, `&project_id=${project_id}`)
    expect([answer.statusCode, answer.json().error]).toEqual([401, 'Invalid credentials'])
    await expire(NOW_S + 60)
    expect((await attempt(authorization, `&project_id=${project_id}`)).statusCode).toBe(200)
  })

  it('secrets that are wrong in one way or another are answered alike, to the byte (SEC-08)', async () => {
    const days = 'from_date=2026-01-01&to_date=2026-01-01'
    const { username, secret } = account()
    const flip = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0')
    // A secret that differs in its end, in its length, in everything.
    const alike = [
      [flip(p.secret), p.secret.slice(1), 'x'].map((wrong) => basic(wrong)),
      [flip(secret), secret.slice(1), 'x'].map((wrong) => basic(username, wrong)),
      [flip(username), username.slice(1), 'x.mp-service-account'].map((wrong) => basic(wrong, secret)),
    ]
    const id = `project_id=${p.project_id}`
    for (const url of [`/api/2.0/export?${days}&${id}`, `/api/query/engage?${id}`, `/lookup-tables?${id}`]) {
      for (const wrong of alike) {
        const answers = []
        for (const headers of wrong) {
          const { statusCode, body, headers: told } = await server.send({ url, headers })
          answers.push([statusCode, body, told['www-authenticate'], told['twinpanel-verdict']])
        }
        expect(answers).toEqual(Array(3).fill(answers[0]))
        expect(answers[0]?.[0]).toBe(401)
      }
    }
  })

  it('an account without project_id is told what is missing (IMP-06)', async () => {
    const answer = await attempt(basic(account().username, account().secret).authorization)
    expect(answer.headers['twinpanel-verdict']).toBe('1; auth.service_account_without_project_id')
  })

  it('a missing colon is named, and matters nowhere that takes no credentials (IMP-04, TRK-42)', async () => {
    const authorization = noColon(p.token)
    expect((await attempt(authorization)).headers['twinpanel-verdict']).toBe('1; auth.no_colon')
    const properties = { token: p.token, distinct_id: 'u' }
    const request = trackJson([{ event: 'E', properties }])
    const tracked = await server.send({ ...request, headers: { ...request.headers, authorization } })
    expect([tracked.statusCode, tracked.body]).toEqual([200, '1'])
  })

  it('Airbyte and Singer read without the colon (IMP-04, SEC-03)', async () => {
    const headers = { authorization: noColon(p.secret) }
    for (const url of ['/api/2.0/export?from_date=2026-01-01&to_date=2026-01-01', '/api/query/engage']) {
      expect((await server.send({ url, headers })).statusCode).toBe(200)
    }
  })

  it.each([
    ['eu', 'api.mixpanel.com', 401],
    ['eu', 'api-in.mixpanel.com', 401],
    ['eu', 'api-eu.mixpanel.com', 200],
    ['us', 'api-eu.mixpanel.com', 401],
    ['in', 'api-in.mixpanel.com', 200],
    [null, 'api-eu.mixpanel.com', 200],
  ])('a project in %s, imported into by %s: %d (SEC-07)', async (region, host, status) => {
    const { token, service_account, project_id } = await server.createProject({ settings: { region } })
    const { username, secret } = service_account
    for (const [strict, { authorization }, query] of [
      ['1', basic(token), ''],
      ['0', basic(username, secret), `&project_id=${project_id}`],
    ] as const) {
      const request = importJson('', [record()], `?strict=${strict}${query}`)
      const headers = { 'content-type': 'application/json', authorization, host }
      const answer = await server.send({ ...request, headers })
      expect(answer.statusCode).toBe(status)
      if (status === 200) continue
      expect(answer.json()).toEqual({ code: 401, error: 'Invalid credentials', status: 'Unauthorized' })
      expect(answer.headers['twinpanel-verdict']).toBe('1; region.mismatch')
    }
    expect(await server.readEvents(token)).toHaveLength(status === 200 ? 1 : 0)
    const url = `/_twin/projects/${token}/verdicts?code=region.mismatch`
    const admin = { authorization: 'Bearer admin-token' }
    expect((await server.send({ url, headers: admin })).json().verdicts).toHaveLength(status === 200 ? 0 : 2)
  })

  const routes = () => {
    const days = 'from_date=2026-01-01&to_date=2026-01-01'
    const id = `project_id=${p.project_id}`
    return [`/api/2.0/export?${days}&${id}`, `/api/query/events/names?type=general&${id}`, `/flags?${id}`]
  }
  const credentialsOf = (own: TestProject) => own.service_account
  const reasonOf = async (url: string, headers: object, method: 'GET' | 'POST' | 'PUT' = 'GET') => {
    await server.db.pool.query('delete from verdict')
    const answer = await server.send({ method, url, headers: { ...headers } })
    const [verdict] = (
      await server.send({
        url: '/_twin/verdicts/unrouted?order=newest',
        headers: { authorization: 'Bearer admin-token' },
      })
    ).json().verdicts
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([401, `1; ${verdict.code}`])
    return verdict.message
  }

  it.each<[string, () => object, RegExp]>([
    ['no credentials', () => ({}), /has no Basic or Bearer credentials/],
    ['another scheme', () => ({ authorization: 'Digest x' }), /has no Basic or Bearer credentials/],
    ['nothing in them', () => basic(''), /username and password are empty/],
    ['the secret as the password', () => basic('', p.secret), /username is empty, and the password is not/],
    ['token and secret together', () => basic(p.token, p.secret), /does not end in \.mp-service-account/],
    ['an unknown account', () => basic('x.mp-service-account', 'x'), /no service account has this username/],
    ['a wrong secret', () => basic(account().username, 'x'), /the secret of the service account is wrong/],
    ['a line end after the secret', () => basic(account().username, `${account().secret}\n`), /white space/],
    ['no secret', () => basic(account().username, ''), /came without its secret/],
    [
      'the account of another project',
      () => basic(credentialsOf(other).username, credentialsOf(other).secret),
      /is not a member/,
    ],
    ['the secret of another project', () => basic(other.secret), /belongs to another project/],
    ['a wrong secret of a project', () => basic('nothing'), /no project has this secret/],
    ['another bearer token', () => ({ authorization: 'Bearer x' }), /is not TWINPANEL_ADMIN_TOKEN/],
  ])(
    '%s: the reason is told on every route that reads, as on /import (DIA-119, SEC-08)',
    async (_what, headers, reason) => {
      for (const url of routes())
        expect([url, await reasonOf(url, headers())]).toEqual([url, expect.stringMatching(reason)])
      const url = `/import?project_id=${p.project_id}`
      expect(await reasonOf(url, headers(), 'POST')).toMatch(reason)
    },
  )

  it.each([{}, basic(''), { authorization: 'Bearer x' }, basic('a', 'b')])(
    'what /import and flags take is the token, which is told: %j (DIA-119)',
    async (headers) => {
      for (const [method, url] of [
        ['POST', '/import'],
        ['GET', '/flags?context=%7B%7D'],
      ] as const) {
        await server.send({ method, url, headers })
        const { verdicts } = (
          await server.send({
            url: '/_twin/verdicts/unrouted?order=newest&limit=1',
            headers: { authorization: 'Bearer admin-token' },
          })
        ).json()
        expect([url, verdicts[0].advice]).toEqual([url, expect.stringContaining('curl -u "TOKEN:"')])
      }
    },
  )

  it('an account without project_id is told so where it reads; one of a POST that is not read is not (DIA-67)', async () => {
    const right = basic(account().username, account().secret)
    for (const url of ['/api/2.0/export', '/api/query/engage', '/lookup-tables']) {
      expect(await reasonOf(url, right)).toMatch(/were sent without project_id/)
    }
    const payload = `project_id=${p.project_id}`
    const headers = {
      ...basic(account().username, 'wrong'),
      'content-type': 'application/x-www-form-urlencoded',
    }
    const answer = await server.send({ method: 'POST', url: '/api/query/engage', headers, payload })
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([401, '1; auth.refused'])
  })

  it('a token is named where it is not enough (DIA-119, QRY-01)', async () => {
    for (const url of ['/api/2.0/export', '/api/query/engage']) {
      expect(await reasonOf(url, basic(p.token))).toMatch(/is a project token/)
    }
    expect(await reasonOf('/lookup-tables/x', basic(p.token), 'PUT')).toMatch(/is a project token/)
    expect(await reasonOf('/lookup-tables', basic(p.secret))).toMatch(/takes service accounts only/)
  })

  it('/api/app/me and data tasks tell what they take (DIA-119, QRY-20, GDP-01)', async () => {
    const unknown = await reasonOf('/api/app/me', basic('x.mp-service-account', 'x'))
    expect(await reasonOf('/api/app/me', basic(account().username, 'x'))).toBe(unknown)
    expect(await reasonOf('/api/app/me', {})).toMatch(/no Basic or Bearer/)
    const tasks = '/api/app/data-deletions/v3.0'
    expect(await reasonOf(tasks, basic(p.secret))).toMatch(/takes a bearer token only/)
    expect(await reasonOf(tasks, { authorization: 'Bearer x' })).toMatch(/is not TWINPANEL_ADMIN_TOKEN/)
  })

  it('no verdict holds a secret (SEC-01)', async () => {
    await server.db.pool.query('delete from verdict')
    const wrong = [
      basic('', p.secret),
      basic(p.token, p.secret),
      basic(account().secret),
      basic('x', `${p.secret} `),
    ]
    for (const headers of wrong)
      for (const url of [...routes(), '/lookup-tables']) await server.send({ url, headers })
    const { rows } = await server.db.pool.query('select v::text as text from verdict v')
    expect(rows.length).toBeGreaterThan(10)
    const all = rows.map(({ text }) => text).join()
    expect([p.secret, account().secret].filter((secret) => all.includes(secret.slice(0, 8)))).toEqual([])
  })

  it('an api_key is no credential (IMP-08)', async () => {
    const answer = await server.send({
      method: 'POST',
      url: '/import',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `data=${encodeURIComponent(JSON.stringify(record()))}&api_key=k&verbose=1`,
    })
    expect(answer.statusCode).toBe(401)
    expect(answer.body).toBe('{"code":401,"error":"Unauthorized","status":"Unauthorized"}')
    expect(answer.headers['twinpanel-verdict']).toBe('1; auth.api_key_only')
  })

  it('credentials are checked before the payload (IMP-34)', async () => {
    const answer = await server.send({ ...importJson('nobody', []), payload: '{broken' })
    expect(answer.statusCode).toBe(401)
  })

  it('no CORS headers here (SEC-10)', async () => {
    const request = importJson(p.token, [record()])
    const answer = await server.send({
      ...request,
      headers: { ...request.headers, origin: 'https://a.test' },
    })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })
})
