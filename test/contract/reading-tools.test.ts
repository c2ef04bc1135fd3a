import { gunzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { profilesJson } from '../support/profiles.ts'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
} from '../support/server.ts'

/*
 * Tools that copy a project out of Mixpanel can copy one out of Twinpanel: their requests, as their sources send them,
 * and what they need of each answer.
 */

const EVENTS = 2_500
const PROFILES = 2_300

let server: TestServer
let project: TestProject
beforeAll(async () => {
  server = await startServer()
  project = await server.createProject()
  const events = Array.from({ length: EVENTS }, (_, n) => {
    const own = { time: NOW_S - 86_400 + n, $insert_id: `insert-${n}`, distinct_id: `u${n}`, plan: 'pro' }
    return { event: 'view', properties: own }
  })
  const profiles = Array.from({ length: PROFILES }, (_, n) => {
    return { $token: project.token, $distinct_id: `u${n}`, $set: n === 7 ? { old: 1, n } : { n } }
  })
  for (const [from, to] of [
    [0, 2_000],
    [2_000, 4_000],
  ] as const) {
    expect((await server.send(importJson(project.token, events.slice(from, to)))).statusCode).toBe(200)
    expect((await server.send(profilesJson('/engage', profiles.slice(from, to)))).body).toBe('1')
  }
})
afterAll(() => server.close())

interface Page {
  readonly page: number
  readonly page_size: number
  readonly session_id: string
  readonly total: number
  readonly results: readonly { readonly $distinct_id: string; readonly $properties: object }[]
}

async function ok(request: InjectOptions) {
  const answer = await server.send(request)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer
}

const query = (params: Readonly<Record<string, string | number>>) =>
  new URLSearchParams(
    Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()

describe('Airbyte', () => {
  /** The secret without a colon after it. */
  const headers = () => ({ authorization: `Basic ${Buffer.from(project.secret).toString('base64')}` })

  it('its check is a list of cohorts, its columns come from the properties that there are (SEC-03, QRY-18)', async () => {
    expect((await ok({ url: '/api/2.0/cohorts/list?project_id=', headers: headers() })).json()).toEqual([])
    expect((await ok({ url: '/api/2.0/funnels/list', headers: headers() })).json()).toEqual([])
    const events = (await ok({ url: '/api/2.0/events/properties/top', headers: headers() })).json()
    expect(Object.keys(events)).toEqual(['$user_id', 'plan'])
    const profiles = (await ok({ url: '/api/2.0/engage/properties', headers: headers() })).json()
    expect(profiles.results).toMatchObject({ n: { type: 'number' }, $last_seen: { type: 'datetime' } })
  })

  it('its export goes on from the second where the last one ended (QRY-15, PRP-03)', async () => {
    const where = `properties["$time"]>=datetime(${NOW_S - 86_400 + EVENTS - 3})`
    const days = { from_date: '2026-08-19', to_date: '2026-08-20' }
    const answer = await ok({ url: `/api/2.0/export?${query({ ...days, where })}`, headers: headers() })
    const lines = answer.body.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).properties.distinct_id)).toEqual(['u2497', 'u2498', 'u2499'])
  })

  it('its engage ends where the total does (QRY-12)', async () => {
    const ids: string[] = []
    let next = query({ page_size: 1_000 })
    for (let asked = 0; asked < 5; asked++) {
      const page: Page = (await ok({ url: `/api/2.0/engage?${next}`, headers: headers() })).json()
      ids.push(...page.results.map((own) => own.$distinct_id))
      if (page.total <= 1_000 * (page.page + 1)) break
      next = query({ page_size: 1_000, session_id: page.session_id, page: page.page + 1 })
    }
    expect([ids.length, new Set(ids).size]).toEqual([PROFILES, PROFILES])
  })
})

describe('Singer', () => {
  it('its engage, in pages of 250 that are 1,000, ends at a page without results (QRY-12)', async () => {
    const headers = { authorization: `Basic ${Buffer.from(project.secret).toString('base64url')}` }
    const ids: string[] = []
    let [offset, total, session, page] = [0, 0, 'initial' as string | null, 0]
    while (offset <= total && session !== null) {
      const params = page === 0 ? { page_size: 250 } : { page_size: 250, session_id: session, page }
      const own: Page = (await ok({ url: `/api/2.0/engage?${query(params)}`, headers })).json()
      ids.push(...own.results.map((one) => one.$distinct_id))
      if (page === 0) total = own.total
      session = own.results.length > 0 ? own.session_id : null
      offset += 250
      page += 1
    }
    expect([ids.length, new Set(ids).size]).toEqual([PROFILES, PROFILES])
  })
})

describe('mixpanel-utils', () => {
  it('its export is gzip, its engage GET, its filter a selector (QRY-06, QRY-12, QRY-15)', async () => {
    const headers = { ...basic(project.secret), 'accept-encoding': 'gzip' }
    const days = { from_date: '2026-08-19', to_date: '2026-08-19', event: '["view"]' }
    const answer = await ok({ url: `/api/2.0/export?${query(days)}`, headers })
    expect(answer.headers['content-encoding']).toBe('gzip')
    const lines = gunzipSync(answer.rawPayload).toString().trimEnd().split('\n')
    expect(lines).toHaveLength(EVENTS)
    const params = { selector: '(defined (properties["old"]))' }
    const page: Page = (
      await ok({ url: `/api/2.0/engage?${query(params)}`, headers: basic(project.secret) })
    ).json()
    expect(page.results).toMatchObject([{ $distinct_id: 'u7', $properties: { old: 1 } }])
  })
})

describe('mixpanel-headless', () => {
  it('its profiles are asked in JSON, with the query’s origin beside (QRY-10, QRY-15)', async () => {
    const { username, secret } = project.service_account
    const where = 'properties["n"] >= 5 and not properties["n"] > 6 and defined(properties["$last_seen"])'
    const url = `/api/query/engage?${query({ project_id: project.project_id, query_origin: 'mixpanel-headless' })}`
    const payload = JSON.stringify({ where, output_properties: ['n'], page: 0 })
    const headers = { 'content-type': 'application/json', ...basic(username, secret) }
    const page: Page = (await ok({ method: 'POST', url, headers, payload })).json()
    expect(page.results).toEqual([
      { $distinct_id: 'u5', $properties: { n: 5 } },
      { $distinct_id: 'u6', $properties: { n: 6 } },
    ])
  })
})
