import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import { parseExposition, type Sample } from '../support/exposition.ts'
import { importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/* GET /metrics: what a server counts about itself. */

const OUTCOMES = ['stored', 'changed', 'no_effect', 'dropped', 'rejected']

async function scrape(server: TestServer) {
  const answer = await server.send({ url: '/metrics' })
  expect(answer.statusCode).toBe(200)
  return parseExposition(answer.body)
}

/** The samples of a name as `label,label value`. */
function seriesOf(samples: readonly Sample[], name: string): readonly string[] {
  const own = samples.filter((sample) => sample.name === name)
  return own.map(({ labels, value }) => `${Object.values(labels).join(',')} ${value}`).sort()
}

function numberOf(samples: readonly Sample[], name: string, labels: object = {}): number | undefined {
  const found = samples.filter((sample) => {
    return sample.name === name && Object.entries(labels).every(([key, own]) => sample.labels[key] === own)
  })
  expect(found.length).toBeLessThan(2)
  return found[0]?.value
}

const event = (token: string, more: object = {}, name = 'E') => {
  const properties = { token, distinct_id: 'u', time: NOW_S, $insert_id: `i${++made}`, ...more }
  return { event: name, properties }
}
let made = 0

describe('the numbers', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ isEmbedded: true })
  })
  afterAll(() => server.close())

  it('count each record once, by endpoint, by what became of it, and by the verdict that says so', async () => {
    const { token } = await server.createProject()
    const old = NOW_S - 9 * 86_400
    await server.send(
      trackJson([
        event(token),
        event(token),
        event(token, { time: old }),
        event(token, { $ignore: true }),
        event('nobody-knows-it'),
        event(token, { distinct_id: 'u', alias: 'a' }, '$create_alias'),
        { event: '', properties: { token } },
        'no record',
      ]),
    )
    await server.send(importJson(token, [event(token), event(token, { time: old }), { event: 'no time' }]))
    const profile = (update: object) => ({ $token: token, $distinct_id: 'u', ...update })
    await server.send({
      method: 'POST',
      url: '/engage',
      headers: { 'content-type': 'application/json' },
      payload: [
        profile({ $set: { plan: 'pro' } }),
        profile({ $add: { plan: 1 } }),
        { ...profile({ $set: { a: 1 } }), $distinct_id: '' },
      ],
    })
    await server.send({
      method: 'POST',
      url: '/groups',
      headers: { 'content-type': 'application/json' },
      payload: [{ $token: token, $group_key: 'company', $group_id: 'c', $set: { a: 1 } }],
    })

    const { samples } = await scrape(server)
    expect(seriesOf(samples, 'twinpanel_records_total')).toEqual([
      '/engage,no_effect,profile.type_mismatch 1',
      '/engage,rejected,record.invalid 1',
      '/engage,stored, 1',
      '/groups,stored,group.key_undeclared 1',
      '/import,rejected,record.invalid 1',
      '/import,stored, 2',
      '/track,dropped,event.ignored 1',
      '/track,dropped,time.too_old_for_track 1',
      '/track,dropped,token.unknown 1',
      '/track,no_effect,identity.alias_noop_simplified 1',
      '/track,rejected,record.invalid 2',
      '/track,stored, 2',
    ])
    const total = samples.filter(({ name }) => name === 'twinpanel_records_total')
    expect(total.reduce((sum, { value }) => sum + value, 0)).toBe(15)
    expect(seriesOf(samples, 'twinpanel_verdicts_total')).toEqual([
      '/engage,batch.partial 1',
      '/engage,profile.type_mismatch 1',
      '/engage,record.invalid 1',
      '/groups,group.key_undeclared 1',
      '/import,import.400_is_partial 1',
      '/import,record.invalid 1',
      '/track,batch.partial 2',
      '/track,event.ignored 1',
      '/track,identity.alias_noop_simplified 1',
      '/track,record.invalid 2',
      '/track,time.too_old_for_track 1',
      '/track,token.unknown 1',
    ])
  })

  it('count answers by the path of their route and by status', async () => {
    const own = await startServer()
    const { token } = await own.createProject()
    await own.send(trackJson([event(token)]))
    await own.send(trackJson([event(token)], '?verbose=1'))
    await own.send({ method: 'PUT', url: '/track/' })
    await own.send({ url: `/_twin/projects/${token}/events` })
    await own.send({ url: '/_twin/projects/nobody/events' })
    const { samples } = await scrape(own)
    expect(seriesOf(samples, 'twinpanel_requests_total')).toEqual([
      '/_twin/projects,201 1',
      '/_twin/projects/:project/events,200 1',
      '/_twin/projects/:project/events,404 1',
      '/track,200 2',
      '/track,405 1',
    ])
    expect(numberOf((await scrape(own)).samples, 'twinpanel_requests_total', { endpoint: '/metrics' })).toBe(
      1,
    )
    await own.close()
  })

  it('measure commits by queue, and show what waits', async () => {
    const own = await startServer({ isEmbedded: true })
    const { token } = await own.createProject()
    for (let sent = 0; sent < 3; sent++) await own.send(trackJson([event(token)]))
    await own.send(trackJson([event(token, { $device_id: 'D', $user_id: 'U' })]))
    const waiting = own.send({ url: `/_twin/projects/${token}/wait?event=Later&timeout_ms=10000` })
    await expect.poll(async () => numberOf((await scrape(own)).samples, 'twinpanel_waits')).toBe(1)
    const { samples, types } = await scrape(own)
    const commits = (queue: string, what: string) => numberOf(samples, `twinpanel_commit_${what}`, { queue })
    expect(commits('steady', 'seconds_count')).toBe(3)
    expect(commits('steady', 'requests_sum')).toBe(3)
    expect(commits('identity', 'seconds_count')).toBe(1)
    expect(commits('steady', 'seconds_sum')).toBeGreaterThan(0)
    for (const queue of ['steady', 'identity', 'profiles']) {
      expect(commits(queue, 'retries_total')).toBe(0)
      expect(commits(queue, 'failures_total')).toBe(0)
      expect(numberOf(samples, 'twinpanel_queue_bytes', { queue })).toBe(0)
      expect(numberOf(samples, 'twinpanel_queue_requests', { queue })).toBe(0)
    }
    for (const pool of ['ingest', 'query', 'twin', 'lookup']) {
      const connections = numberOf(samples, 'twinpanel_pool_connections', { pool })
      expect(connections).toBeGreaterThanOrEqual(pool === 'ingest' || pool === 'lookup' ? 1 : 0)
      expect(numberOf(samples, 'twinpanel_pool_idle_connections', { pool })).toBeLessThanOrEqual(
        connections ?? 0,
      )
      expect(numberOf(samples, 'twinpanel_pool_waiting', { pool })).toBe(0)
    }
    expect(numberOf(samples, 'twinpanel_reads')).toBe(0)
    expect(numberOf(samples, 'twinpanel_info', { database: 'embedded' })).toBe(1)
    expect(numberOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect(types.get('nodejs_eventloop_lag_p99_seconds')).toBe('gauge')
    await own.send(trackJson([event(token, {}, 'Later')]))
    expect((await waiting).statusCode).toBe(200)
    expect(numberOf((await scrape(own)).samples, 'twinpanel_waits')).toBe(0)
    await own.close()
  })

  it('count a commit that fails, and no record of it', async () => {
    const own = await startServer()
    const { token } = await own.createProject()
    await own.send(trackJson([event(token)]))
    await own.db.pool.query('alter table event rename to event_away')
    expect((await own.send(trackJson([event(token)]))).statusCode).toBe(500)
    const { samples } = await scrape(own)
    expect(numberOf(samples, 'twinpanel_commit_failures_total', { queue: 'steady' })).toBe(1)
    expect(seriesOf(samples, 'twinpanel_records_total')).toEqual(['/track,stored, 1'])
    expect(numberOf(samples, 'twinpanel_requests_total', { endpoint: '/track', status: '500' })).toBe(1)
    await own.close()
  })

  it('show the exports that are under way', async () => {
    const own = await startServer()
    const { token, secret } = await own.createProject()
    await own.send(trackJson([event(token)]))
    const address = await own.app.listen({ host: '127.0.0.1', port: 0 })
    // The table is locked, so that the export cannot end before we have looked.
    const client = await own.db.pool.connect()
    await client.query('begin')
    await client.query('lock table event in access exclusive mode')
    const headers = { authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` }
    const answer = fetch(`${address}/api/2.0/export?from_date=2026-08-20&to_date=2026-08-20`, { headers })
    const reads = async () => numberOf((await scrape(own)).samples, 'twinpanel_reads')
    await expect.poll(reads).toBe(1)
    await client.query('commit')
    client.release()
    expect(await (await answer).text()).toContain('"E"')
    await expect.poll(reads).toBe(0)
    await own.close()
  })

  it('stay a bounded set of series, whatever is sent', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    const hostile = '"}\n\\ evil\n# TYPE x counter\nx 1\n'
    for (let round = 0; round < 20; round++) {
      const name = `${hostile}${round}`
      await own.send(trackJson([event(name, { mp_lib: name, distinct_id: name }, name)], `?verbose=${round}`))
      await own.send({ url: `/${encodeURIComponent(name)}` })
      await own.send({ url: `/_twin/projects/${encodeURIComponent(name)}/events` })
      await own.send({ url: `/track${round}`, method: 'POST', payload: name })
      await own.send({ url: `/import?api_key=${round}`, method: 'POST', payload: name })
      await own.send({ url: '/track', method: 'PROPFIND' as 'GET' })
    }
    const { samples } = await scrape(own)
    const ours = samples.filter(({ name }) => name.startsWith('twinpanel_'))
    expect(ours.length).toBeLessThan(200)
    const text = JSON.stringify(samples.map(({ labels }) => labels))
    expect(text).not.toContain('evil')
    for (const { labels } of ours) {
      expect(['', undefined, ...Object.keys(CATALOGUE)]).toContain(labels['code'])
      expect([undefined, ...OUTCOMES]).toContain(labels['outcome'])
      expect(labels['status'] ?? '200').toMatch(/^[1-5]\d\d$/)
      const { endpoint = 'other' } = labels
      expect(endpoint === 'other' || endpoint.startsWith('/')).toBe(true)
    }
    await own.close()
  })

  it('are all in docs/operations.md', async () => {
    const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const { types } = await scrape(server)
    const ours = [...types.keys()].filter((name) => name.startsWith('twinpanel_'))
    expect(ours.length).toBeGreaterThan(10)
    // Of names that share their beginning the page has the end only.
    const isNamed = (name: string) => page.includes(name) || page.includes(name.replace('twinpanel_pool', ''))
    expect(ours.filter((name) => !isNamed(name))).toEqual([])
  })

  it('are of their own server, though two may share a process', async () => {
    const [one, other] = [await startServer(), await startServer()]
    const { token } = await one.createProject()
    await one.send(trackJson([event(token)]))
    const recordsOf = async (own: TestServer) =>
      seriesOf((await scrape(own)).samples, 'twinpanel_records_total')
    expect(await recordsOf(one)).toEqual(['/track,stored, 1'])
    expect(await recordsOf(other)).toEqual([])
    await Promise.all([one.close(), other.close()])
  })
})

describe('who may read them', () => {
  it('this machine, on a server of its own', async () => {
    const own = await startServer()
    const answer = await own.send({ url: '/metrics' })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const refused = [{ 'sec-fetch-site': 'cross-site' }, { host: 'evil.example:4100' }]
    for (const headers of refused) {
      expect((await own.send({ url: '/metrics', headers })).statusCode).toBe(403)
    }
    expect((await own.send({ method: 'POST', url: '/metrics' })).statusCode).toBe(405)
    await own.close()
  })

  it('who has the admin token, as Prometheus sends it, where there is one', async () => {
    const own = await startServer({ adminToken: 's3cret-admin-token', loopbackOnly: false })
    const statusFor = async (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization }
      return (await own.send({ url: '/metrics', headers })).statusCode
    }
    expect(await statusFor()).toBe(401)
    expect(await statusFor('Bearer wrong')).toBe(401)
    expect(await statusFor('Bearer s3cret-admin-token')).toBe(200)
    await own.close()
  })
})
