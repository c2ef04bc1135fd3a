import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { profilesJson } from '../support/profiles.ts'
import { basic, NOW_S, startServer, type TestProject, type TestServer, toBase64 } from '../support/server.ts'

/*
 * The header Twinpanel-Project gives the records of a request to one project, whichever token they name: the proxy of
 * a test sends it, so that an app keeps its real token, and tests of one app that run in parallel do not meet.
 */

/** The token in the app. */
const REAL = '5d8f1c0a9b7e4f2385d1c6a0e7b94f21'

let server: TestServer
let project: TestProject
beforeAll(async () => {
  server = await startServer({ unknownTokens: 'create' })
})
beforeEach(async () => {
  project = await server.createProject()
})
afterAll(() => server.close())

const event = (token: string | undefined = REAL) => ({
  event: 'E',
  properties: { token, distinct_id: 'u', time: NOW_S, $insert_id: 'i' },
})
const send = (request: InjectOptions, token = project.token) =>
  server.send({ ...request, headers: { ...request.headers, 'twinpanel-project': token } })
const json = JSON.stringify([event()])
const form = (data: string): InjectOptions => ({
  method: 'POST',
  url: '/track?verbose=1',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  payload: `data=${encodeURIComponent(data)}`,
})
const knowsReal = async () => (await server.send({ url: `/_twin/projects/${REAL}` })).statusCode === 200

describe('the header Twinpanel-Project', () => {
  it.each<readonly [string, () => InjectOptions]>([
    ['JSON in a form', () => form(json)],
    ['base64 in a form', () => form(Buffer.from(json).toString('base64'))],
    ['a query', () => ({ url: `/track?data=${encodeURIComponent(toBase64([event()]))}` })],
    ['a beacon', () => ({ ...form(json), headers: { 'content-type': 'text/plain;charset=UTF-8' } })],
    [
      'gzip',
      () => ({
        method: 'POST',
        url: '/track',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        payload: gzipSync(json),
      }),
    ],
  ])(
    'gives the events of %s to its project, and none to that of their token (DEC-05)',
    async (_, request) => {
      expect((await send(request())).statusCode).toBe(200)
      expect(await server.readEvents(project.token)).toMatchObject([{ event: 'E', distinct_id: 'u' }])
      expect(await knowsReal()).toBe(false)
    },
  )

  it('gives profile updates to its project (ENG-01)', async () => {
    await send(profilesJson('/engage', [{ $token: REAL, $distinct_id: 'u', $set: { plan: 'pro' } }]))
    const user = await server.send({ url: `/_twin/projects/${project.token}/users/u` })
    expect(user.json().profile).toMatchObject({ plan: 'pro' })
    expect(await knowsReal()).toBe(false)
  })

  it('does not replace a missing token: such a record is refused as without it (TRK-18)', async () => {
    const answer = await send({ ...form(JSON.stringify([{ event: 'E', properties: {} }])) })
    expect(answer.json()).toEqual({ status: 0, error: expect.stringContaining('token') })
    expect(await server.readEvents(project.token)).toEqual([])
  })

  it('keeps each request to its own project (DEC-06)', async () => {
    const projects = await Promise.all(Array.from({ length: 20 }, () => server.createProject()))
    await Promise.all(projects.map(({ token }) => send(form(json), token)))
    const counts = await Promise.all(
      projects.map(async ({ token }) => (await server.readEvents(token)).length),
    )
    expect(counts).toEqual(projects.map(() => 1))
  })

  it('answers with the flags of its project (FLG-01)', async () => {
    const flags = [
      {
        key: 'new',
        ruleset: { variants: [{ key: 'on', value: true }], rollout: [{ rollout_percentage: 1 }] },
      },
    ]
    const put = await server.send({
      method: 'PUT',
      url: `/_twin/projects/${project.token}/flags`,
      payload: { flags },
    })
    expect(put.statusCode).toBe(200)
    const context = encodeURIComponent(JSON.stringify({ distinct_id: 'u' }))
    const asked = [
      { url: `/flags?context=${context}`, headers: basic(REAL) },
      { url: `/flags?context=${context}&token=${REAL}` },
      { method: 'POST', url: '/flags', payload: { token: REAL, context: { distinct_id: 'u' } } },
    ] as const
    for (const request of asked) {
      const answer = await send(request)
      expect([answer.statusCode, answer.json().flags]).toEqual([200, { new: expect.objectContaining({}) }])
    }
    expect((await send({ url: `/flags?context=${context}` })).statusCode).toBe(401)
  })

  it('opens nothing that needs credentials (IMP-04)', async () => {
    const request = { method: 'POST', url: '/import?strict=1', payload: [event()] } as const
    expect((await send(request)).statusCode).toBe(401)
    expect((await send({ ...request, headers: basic('wrong') })).statusCode).toBe(401)
    expect((await send({ url: '/api/2.0/export?from_date=2026-01-01&to_date=2026-12-31' })).statusCode).toBe(
      401,
    )
  })
})
