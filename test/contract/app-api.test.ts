import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { basic, startServer, type TestProject, type TestServer } from '../support/server.ts'

/* What tools ask for besides data: annotations, workspaces, group keys, definitions, statistics of profiles. */

let server: TestServer
let project: TestProject
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  project = await server.createProject({ settings: { group_keys: ['company', 'team'] } })
})

const account = () => basic(project.service_account.username, project.service_account.secret)

async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object | string) {
  const url = path.startsWith('/api/') ? path : `/api/app/projects/${project.project_id}${path}`
  const answer = await server.send({ method, url, headers: account(), ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.json() }
}

const RELEASE = { date: '2026-08-20 12:00:00', description: 'Release 2.0 😀' }

describe('annotations', () => {
  it('are created, listed by date, read, changed and deleted (QRY-24)', async () => {
    expect(await ask('GET', '/annotations')).toEqual({ status: 200, body: { status: 'ok', results: [] } })
    const made = await ask('POST', '/annotations/', { ...RELEASE, tags: [7] })
    const { id } = made.body.results
    const shown = { id, project_id: project.project_id, ...RELEASE, tags: [] }
    expect(made).toEqual({ status: 201, body: { status: 'ok', results: shown } })
    const earlier = (
      await ask('POST', '/annotations', { date: '2026-08-19 23:59:59', description: 'Before' })
    ).body.results
    expect((await ask('GET', '/annotations')).body.results).toEqual([earlier, shown])
    expect((await ask('GET', `/annotations/${id}/`)).body.results).toEqual(shown)
    const changed = await ask('PATCH', `/annotations/${id}`, { description: 'Release 2.1' })
    expect(changed.body.results).toEqual({ ...shown, description: 'Release 2.1' })
    expect((await ask('PATCH', `/annotations/${id}`, { tags: [1] })).body).toEqual(changed.body)
    expect(await ask('DELETE', `/annotations/${id}`)).toEqual({
      status: 200,
      body: { status: 'ok', results: { id } },
    })
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await ask(method, `/annotations/${id}`)).status).toBe(404)
    }
    expect((await ask('PATCH', '/annotations/none', { description: 'x' })).status).toBe(404)
    expect((await ask('GET', '/annotations/tags')).body).toEqual([])
  })

  it('are limited to days, both inclusive, and in the older form (QRY-24)', async () => {
    const dates = ['2026-08-18 00:00:00', '2026-08-19 23:59:59', '2026-08-20 00:00:00']
    for (const date of dates) await ask('POST', '/annotations', { date, description: date })
    const newer = await ask('GET', '/annotations?fromDate=2026-08-19&toDate=2026-08-19')
    expect(newer.body.results.map(({ date }: { date: string }) => date)).toEqual([dates[1]])
    const query = `/api/2.0/annotations?project_id=${project.project_id}`
    const older = (await ask('GET', `${query}&from_date=2026-08-19&to_date=2026-08-20`)).body
    expect(older.annotations.map(({ date }: { date: string }) => date)).toEqual(dates.slice(1))
    expect((await ask('GET', query)).body.annotations).toHaveLength(3)
    expect((await ask('GET', `${query}&from_date=2026-08-19`)).status).toBe(400)
  })

  it.each([
    [{ description: 'x' }, 'date must have the form "YYYY-MM-DD HH:mm:ss"'],
    [{ ...RELEASE, date: '2026-02-30 12:00:00' }, 'date must have the form "YYYY-MM-DD HH:mm:ss"'],
    [{ ...RELEASE, date: '2026-08-20' }, 'date must have the form "YYYY-MM-DD HH:mm:ss"'],
    [{ date: RELEASE.date }, 'description must be text of 1 to 512 characters'],
    [{ ...RELEASE, description: 'x'.repeat(513) }, 'description must be text of 1 to 512 characters'],
    [{ ...RELEASE, description: 'a\u0000' }, 'description must be text of 1 to 512 characters'],
    [[], 'the body must be a JSON object with date and description'],
    ['{', 'the body must be JSON'],
  ])('%j is refused with what is wrong (QRY-24)', async (body, error) => {
    expect(await ask('POST', '/annotations', body)).toEqual({ status: 400, body: { status: 'error', error } })
  })

  it('outlive a reset, and not their project; those of others are not found (QRY-24)', async () => {
    const { id } = (await ask('POST', '/annotations', RELEASE)).body.results
    await server.send({ method: 'POST', url: `/_twin/projects/${project.project_id}/reset` })
    expect((await ask('GET', '/annotations')).body.results).toHaveLength(1)
    const first = project
    project = await server.createProject()
    expect((await ask('GET', `/annotations/${id}`)).status).toBe(404)
    expect((await ask('GET', `/api/app/projects/${first.project_id}/annotations`)).status).toBe(401)
    await server.send({ method: 'DELETE', url: `/_twin/projects/${first.project_id}` })
    const { rows } = await server.db.pool.query('select id from annotation where project_id = $1', [
      first.project_id,
    ])
    expect(rows).toEqual([])
  })
})

it('workspaces and group keys are listed for a service account only (QRY-25)', async () => {
  const id = project.project_id
  expect((await ask('GET', '/workspaces/public')).body.results).toMatchObject([
    { id, project_id: id, name: 'All Project Data', is_default: true },
  ])
  expect((await ask('GET', '/data-groups/')).body.results).toMatchObject([
    { data_group_id: '1', property_name: 'company' },
    { data_group_id: '2', property_name: 'team' },
  ])
  for (const headers of [{}, basic(project.secret), basic(project.token)]) {
    const url = `/api/app/projects/${id}/data-groups`
    const answer = await server.send({ url, headers })
    expect([answer.statusCode, answer.json()]).toEqual([401, { status: 'error', error: expect.any(String) }])
  }
})

it('a definition is answered with an id, the same for the same name (QRY-26)', async () => {
  const path = '/data-definitions/events'
  const sent = { name: 'plan', isScd: true, hidden: true }
  const first = await ask('PATCH', path, sent)
  expect(first).toEqual({
    status: 200,
    body: { status: 'ok', results: { ...sent, id: expect.any(Number) } },
  })
  expect((await ask('PATCH', path, { name: 'plan' })).body.results.id).toBe(first.body.results.id)
  expect((await ask('PATCH', '/data-definitions/properties', { name: 'plan' })).body.results.id).not.toBe(
    first.body.results.id,
  )
  expect((await ask('PATCH', path, { isScd: true })).status).toBe(400)
})

describe('a lookup table by API (LKP-03)', () => {
  const tables = '/data-definitions/lookup-tables/'
  const csv = (url: string, payload: string, headers = {}) => {
    const { pathname, search } = new URL(url)
    const type = { 'content-type': 'text/csv', ...headers }
    return server.send({ method: 'PUT', url: pathname + search, headers: type, payload })
  }
  const register = async (fields: Record<string, string>) => {
    const headers = { ...account(), 'content-type': 'application/x-www-form-urlencoded' }
    const url = `/api/app/projects/${project.project_id}${tables}`
    const payload = new URLSearchParams(fields).toString()
    const answer = await server.send({ method: 'POST', url, headers, payload })
    return { status: answer.statusCode, body: answer.json() }
  }

  it('is uploaded without credentials, gets its name, and is then like any other', async () => {
    const { url, path, key } = (await ask('GET', `${tables}upload-url/?content-type=text/csv`)).body.results
    expect((await register({ name: 'Plans', path, key })).status).toBe(400)
    expect((await csv(url, 'id\n1\n')).statusCode).toBe(400)
    expect((await csv(url, 'id,name\n1,foo\n2,bar\n')).statusCode).toBe(200)
    expect((await ask('GET', tables)).body.results).toEqual([])
    const made = await register({ name: 'Plans', path, key })
    const table = { id: expect.any(Number), name: 'Plans', token: path }
    expect(made).toEqual({ status: 200, body: { status: 'ok', results: table } })
    expect((await ask('GET', tables)).body.results).toEqual([made.body.results])
    const listed = `/lookup-tables?project_id=${project.project_id}`
    const own = await server.send({ url: listed, headers: account() })
    expect(own.json().results).toEqual([{ id: path, name: 'Plans' }])
    const rows = await server.send({ url: `/_twin/projects/${project.project_id}/lookup-tables/${path}` })
    expect(rows.json()).toMatchObject({ name: 'Plans', row_count: 2 })
  })

  it('takes no more uploads without credentials, and no second name', async () => {
    const { url, path, key } = (await ask('GET', `${tables}upload-url`)).body.results
    await csv(url, 'id,name\n1,foo\n')
    await register({ name: 'Plans', path, key })
    expect((await csv(url, 'id,name\n9,evil\n')).statusCode).toBe(401)
    expect((await csv(url, 'id,name\n3,baz\n', account())).statusCode).toBe(200)
    expect((await register({ name: 'Other', path, key })).status).toBe(400)
  })

  it('is deleted if it has no name and ten newer ones have none (LKP-03)', async () => {
    const uploads: { readonly url: string; readonly path: string; readonly key: string }[] = []
    for (let n = 0; n < 11; n++) {
      server.clock.nowMs += 1
      uploads.push((await ask('GET', `${tables}upload-url`)).body.results)
    }
    const statuses = []
    for (const { url } of uploads) statuses.push((await csv(url, 'id,name\n1,foo\n')).statusCode)
    expect(statuses).toEqual([401, ...Array.from({ length: 10 }, () => 200)])
    const { path = '', key = '' } = uploads[1] ?? {}
    expect((await register({ name: 'Plans', path, key })).status).toBe(200)
  })

  it.each([
    [{ path: 'p' }, 'name must be text of 1 to 255 characters'],
    [
      { name: 'P', path: 'none' },
      'path must be that of upload-url, and a table must have been uploaded to it',
    ],
    [
      { name: 'P', path: 'none', 'data-group-id': '7' },
      expect.stringContaining('data-group-id is not supported'),
    ],
  ])('%j is refused with what is wrong', async (fields, error) => {
    expect(await register(fields as Record<string, string>)).toEqual({
      status: 400,
      body: { status: 'error', error },
    })
  })
})

describe('statistics of profiles', () => {
  beforeEach(async () => {
    const charge = (amount: unknown, time: string) => ({
      $append: { $transactions: { $amount: amount, $time: time } },
    })
    const updates = [
      ['a', { $set: { plan: 'pro' } }],
      ['a', charge(10, '2026-08-19T23:00:00')],
      ['a', charge(5.5, '2026-08-20T01:00:00')],
      ['b', charge(-2, '2026-08-20T02:00:00')],
      ['b', charge('9', '2026-08-21T02:00:00')],
      ['c', { $set: { $transactions: 'none' } }],
    ] as const
    for (const [id, update] of updates) {
      const payload = [{ $token: project.token, $distinct_id: id, $ip: '0', ...update }]
      const headers = { 'content-type': 'application/json' }
      await server.send({ method: 'POST', url: '/engage', headers, payload: JSON.stringify(payload) })
    }
  })
  const query = (name: string, more = '') =>
    `/api/query/engage/${name}?project_id=${project.project_id}${more}`

  it('engage/stats counts those that match (QRY-27)', async () => {
    expect((await ask('GET', query('stats'))).body).toMatchObject({ status: 'ok', results: 3 })
    const selector = encodeURIComponent('properties["plan"] == "pro"')
    expect((await ask('POST', query('stats', `&action=count()&selector=${selector}`))).body.results).toBe(1)
    const action = encodeURIComponent('extremes(properties["n"])')
    expect((await ask('GET', query('stats', `&action=${action}`))).status).toBe(400)
  })

  it('engage/revenue adds up charges by day, every day listed (QRY-27)', async () => {
    const { body } = await ask('GET', query('revenue', '&unit=day&from_date=2026-08-18&to_date=2026-08-21'))
    expect(body).toEqual({
      computed_at: expect.any(String),
      results: {
        $overall: { amount: 13.5, count: 3, paid_count: 2 },
        '2026-08-18': { amount: 0, count: 3, paid_count: 0 },
        '2026-08-19': { amount: 10, count: 3, paid_count: 1 },
        '2026-08-20': { amount: 3.5, count: 3, paid_count: 2 },
        '2026-08-21': { amount: 0, count: 3, paid_count: 1 },
      },
      status: 'ok',
    })
    for (const wrong of [
      '',
      '&from_date=2026-08-20&to_date=2026-08-19',
      '&from_date=1000-01-01&to_date=2026-01-01',
    ]) {
      expect((await ask('GET', query('revenue', wrong))).status).toBe(400)
    }
  })
})

it('the fault 402 is what a plan without API calls is answered (QRY-23)', async () => {
  const url = `/_twin/projects/${project.project_id}/faults`
  const faults = [{ path: '/api/query/*', status: 402 }]
  expect((await server.send({ method: 'PUT', url, payload: { faults } })).statusCode).toBe(200)
  expect(await ask('GET', `/api/query/events/names?project_id=${project.project_id}`)).toEqual({
    status: 402,
    body: { error: 'Your plan does not allow API calls. Upgrade at mixpanel.com/pricing' },
  })
})
