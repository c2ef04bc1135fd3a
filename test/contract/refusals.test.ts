import { randomUUID } from 'node:crypto'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createLogger } from '../../src/log.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { readDocument } from '../support/check-answers.ts'
import { basic, NOW_MS, startServer, type TestServer } from '../support/server.ts'

/*
 * The headers of refusals, on every route: Allow beside a 405, WWW-Authenticate where credentials are missing,
 * Retry-After beside a 503, and a Content-Type that fits the body.
 */

const ADMIN = 'the-admin-token'
const BEARER = { authorization: `Bearer ${ADMIN}` }

let server: TestServer
beforeAll(async () => {
  server = await startServer({ adminToken: ADMIN })
})
afterAll(() => server.close())

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** Every path of the server, with its parameters filled in. */
async function pathsOf(): Promise<readonly string[]> {
  const { paths } = await readDocument(server.app, BEARER)
  return Object.keys(paths).map((path) => path.replace(/\{\w+\}/g, 'x'))
}

/** The form that a refusal of a path has. */
function typeOf(path: string): string {
  if (path.startsWith('/_twin')) return 'application/problem+json; charset=utf-8'
  return 'application/json'
}

describe('405', () => {
  it('names in Allow the methods that the path has and no others, on every path (TRK-01)', async () => {
    const paths = await pathsOf()
    expect(paths.length).toBeGreaterThan(60)
    for (const url of paths) {
      const answers = await Promise.all(
        METHODS.map(async (method) => ({
          method,
          answer: await server.app.inject({ method, url, headers: BEARER }),
        })),
      )
      const refused = answers.filter(({ answer }) => answer.statusCode === 405)
      const served = METHODS.filter((method) => !refused.some((own) => own.method === method))
      expect([url, refused.length], 'some method is refused on each path').not.toEqual([url, 0])
      for (const { method, answer } of refused) {
        expect([method, url, String(answer.headers.allow).split(', ').sort()]).toEqual([
          method,
          url,
          [...served].sort(),
        ])
        expect([method, url, answer.headers['content-type']]).toEqual([method, url, typeOf(url)])
      }
    }
  })

  it('a deletion that cannot be cancelled can be asked after (GDP-04)', async () => {
    const { token } = await server.createProject()
    const url = `/api/app/data-deletions/v3.0/x?token=${token}`
    const answer = await server.send({ method: 'DELETE', url, headers: BEARER })
    expect([answer.statusCode, answer.headers.allow, answer.headers['content-type']]).toEqual([
      405,
      'GET',
      'application/json',
    ])
  })
})

describe('401', () => {
  it('says on every path of our own API, and on no other, that a bearer token opens it (SEC-03)', async () => {
    const { token } = await server.createProject()
    for (const url of await pathsOf()) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
        const request: InjectOptions = { method, url: `${url}?token=${token}`, headers: { accept: '*/*' } }
        const answer = await server.app.inject(request)
        if (answer.statusCode !== 401) continue
        const isOurs = url.startsWith('/_twin') || url === '/metrics'
        expect([method, url, answer.headers['www-authenticate']]).toEqual([
          method,
          url,
          isOurs ? 'Bearer' : undefined,
        ])
      }
    }
  })
})

describe('503', () => {
  it.each<[string, InjectOptions]>([
    ['queries', { url: '/api/query/engage' }],
    ['queries of the older path', { url: '/api/2.0/events/names?type=general' }],
    ['the export', { url: '/api/2.0/export?from_date=2026-08-20&to_date=2026-08-20' }],
    ['the projects of an account', { url: '/api/app/me', headers: basic('a.mp-service-account', 's') }],
    ['lookup tables', { url: '/lookup-tables?project_id=1', headers: BEARER }],
    [
      'a lookup table',
      {
        method: 'PUT',
        url: '/lookup-tables/x',
        headers: { 'content-type': 'text/csv' },
        payload: 'a,b\n1,2',
      },
    ],
    ['flags', { url: '/flags?context=%7B%22distinct_id%22%3A%22u%22%7D' }],
    ['definitions of flags', { url: '/flags/definitions' }],
    ['data retrievals', { url: '/api/app/data-retrievals/v3.0?token=t', headers: BEARER }],
    ['data deletions', { url: '/api/app/data-deletions/v3.0?token=t', headers: BEARER }],
    ['projects', { url: '/_twin/projects', headers: BEARER }],
    ['verdicts', { url: '/_twin/verdicts/unrouted', headers: BEARER }],
    ['a user', { url: '/_twin/projects/t/users/u', headers: BEARER }],
  ])('says when to come again, where the store is away: %s (DEC-08)', async (_name, request) => {
    const db = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:9/none', maxConnections: 1 })
    const settings = {
      unknownTokens: 'drop',
      trustProxy: false,
      loopbackOnly: true,
      adminToken: ADMIN,
    } as const
    const app = await buildApp({
      db,
      log: createLogger('silent'),
      clock: () => NOW_MS,
      newId: randomUUID,
      settings,
    })
    const answer = await app.inject({ ...request, headers: { ...basic('secret'), ...request.headers } })
    await app.close()
    await closeDatabase(db)
    expect([answer.statusCode, answer.headers['retry-after'], answer.body]).toEqual([
      503,
      '2',
      expect.any(String),
    ])
  })
})
