import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { createLogger } from '../../src/log.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { profilesJson } from '../support/profiles.ts'
import { importJson, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/*
 * What the sources leave open and the team has decided (DEC-05, DEC-08): unknown tokens, and what is answered
 * when the store is away, where a `1` would be a lie.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer({ unknownTokens: 'create' })
})
afterAll(() => server.close())

const record = (token: string) => ({
  event: 'E',
  properties: { token, distinct_id: 'u', time: NOW_S, $insert_id: 'i' },
})

describe('unknown tokens (DEC-05)', () => {
  it('create makes a simplified project of a new token, once, however many ask', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.send(trackJson([record('fresh')]))),
    )
    expect(answers.map((answer) => answer.body)).toEqual(Array.from({ length: 8 }, () => '1'))
    const project = (await server.send({ url: '/_twin/projects/fresh' })).json()
    expect(project).toMatchObject({ token: 'fresh', id_management: 'simplified' })
    expect(await server.readEvents('fresh')).toHaveLength(1)
  })

  it.each(['has space', 'x'.repeat(129), 'nul\u0000', 'é'])('create makes none of %j', async (token) => {
    const answer = await server.send(trackJson([record(token)]))
    expect([answer.body, answer.headers['twinpanel-verdict']]).toEqual(['1', '1; token.unknown'])
  })

  it('an unknown token is no credential for /import', async () => {
    expect((await server.send(importJson('never-seen', [record('x')]))).statusCode).toBe(401)
  })
})

describe('the store is away (DEC-08)', () => {
  it('503 with Retry-After, never 1', async () => {
    const db = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:9/none', maxConnections: 1 })
    const settings = { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true } as const
    const app = await buildApp({
      db,
      log: createLogger('silent'),
      clock: () => NOW_S * 1_000,
      newId: randomUUID,
      settings,
    })
    for (const request of [
      trackJson([record('t')]),
      trackJson([record('t')], '?verbose=1'),
      importJson('t', [record('t')]),
      profilesJson('/engage', [{ $token: 't', $distinct_id: 'u', $set: { a: 1 } }]),
      profilesJson('/groups', [{ $token: 't', $group_key: 'k', $group_id: 'g', $set: { a: 1 } }]),
      { url: `/track?data=${encodeURIComponent(JSON.stringify(record('t')))}&img=1` },
    ]) {
      const answer = await app.inject(request)
      expect(answer.statusCode).toBe(503)
      expect(answer.headers['retry-after']).toBe('2')
      expect(answer.body).toBe(
        '{"code":503,"error":"a temporary failure occurred","status":"Service Unavailable"}',
      )
    }
    const asked = await app.inject({ url: '/_twin/projects' })
    expect([asked.statusCode, asked.headers['content-type'], asked.headers['retry-after']]).toEqual([
      503,
      expect.stringMatching(/^application\/problem\+json/),
      '2',
    ])
    const ready = await app.inject({ url: '/_twin/ready' })
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      { status: 'not_ready', database: false, queue: true, stopping: false },
    ])
    await app.close()
    await closeDatabase(db)
  })
})
