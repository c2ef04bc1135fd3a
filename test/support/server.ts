import { randomUUID } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { type AppSettings, buildApp } from '../../src/app.ts'
import { createLogger } from '../../src/log.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { type AnswerCheck, checkAnswers, readDocument } from './check-answers.ts'
import { cloneDatabase } from './database.ts'

/** The frozen clock of the tests: 2026-08-20T12:00:00.123Z. */
export const NOW_MS = 1_787_227_200_123
export const NOW_S = Math.floor(NOW_MS / 1_000)

/** A project as returned by `POST /_twin/projects`. */
export interface TestProject {
  readonly project_id: number
  /** The `project_id` in the tables of records, until the next reset. */
  readonly records_id: number
  readonly token: string
  readonly secret: string
  readonly service_account: { readonly username: string; readonly secret: string }
}

/** An event as returned by our own API. */
export interface ShownEvent {
  readonly event: string
  readonly distinct_id: string
  readonly original_distinct_id: string
  readonly time: number
  readonly insert_id: string
  readonly received_at: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** A server on a separate database, with methods to use it as a client does. */
export interface TestServer {
  readonly app: FastifyInstance
  /** The database, for setup that no route can do. */
  readonly db: Db
  /** The server's clock; assign to it to move it. */
  readonly clock: { nowMs: number }
  readonly send: (request: InjectOptions) => Promise<LightMyRequestResponse>
  readonly createProject: (body?: object) => Promise<TestProject>
  /** All stored events of a project, oldest first, read through our own API. */
  readonly readEvents: (project: string | number, query?: string) => Promise<readonly ShownEvent[]>
  readonly close: () => Promise<void>
}

/** Starts a server; close it when done. */
export async function startServer(
  settings: Partial<AppSettings> = {},
  { connections = 5, readConnections = 4, maxWaitMs = 30_000 } = {},
): Promise<TestServer> {
  const database = await cloneDatabase()
  const { connectionString } = database
  const db = openDatabase({ connectionString, maxConnections: connections, maxWaitMs })
  const sharing = { connectionString, maxWaitMs, maxPerReader: 2, spareConnections: 1 }
  const lookupDb = openDatabase({ ...sharing, maxConnections: 3 })
  // Tests that lock a table hold it for as long as a slow machine takes.
  const reads = {
    ...sharing,
    maxConnections: readConnections,
    cancelBy: lookupDb,
    lockTimeoutMs: 50_000,
  }
  const readDbs = { lookupDb, queryDb: openDatabase(reads), twinDb: openDatabase(reads) }
  const clock = { nowMs: NOW_MS }
  const app = await buildApp({
    db,
    ...readDbs,
    log: createLogger('silent'),
    clock: () => clock.nowMs,
    newId: randomUUID,
    settings: { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true, ...settings },
  })
  const send = documentedSend(app, settings)
  return {
    app,
    db,
    clock,
    send,
    createProject: async (body = {}) => {
      const answer = await send({
        method: 'POST',
        url: '/_twin/projects',
        payload: body,
        headers: authorize(settings),
      })
      if (answer.statusCode !== 201) throw new Error(`no project: ${answer.body}`)
      return await withRecordsId(answer.json(), db)
    },
    readEvents: async (project, query = '') => {
      const url = `/_twin/projects/${encodeURIComponent(project)}/events?limit=1000&${query}`
      const answer = await send({ url, headers: authorize(settings) })
      if (answer.statusCode !== 200) throw new Error(`no events: ${answer.body}`)
      return answer.json<{ events: readonly ShownEvent[] }>().events
    },
    close: async () => {
      await app.close()
      await Promise.all([db, ...Object.values(readDbs)].map((opened) => closeDatabase(opened)))
      await database.drop()
    },
  }
}

/** Sends requests, and checks each answer of our own API against its OpenAPI document. */
function documentedSend(app: FastifyInstance, settings: Partial<AppSettings>): TestServer['send'] {
  return async (request) => {
    const answer = await app.inject(request)
    if (!/^\/(_twin|metrics)/.test(String(request.url)) || request.method === 'HEAD') return answer
    const check = await checkFor(settings.adminToken)
    const errors = check(request, answer)
    if (errors.length > 0) throw new Error(`differs from GET /_twin/openapi.json: ${errors.join('; ')}`)
    return answer
  }
}

const checks = new Map<string | undefined, Promise<AnswerCheck>>()

/** The check for servers with this admin token. Its document is read from a separate app, to leave their metrics alone. */
function checkFor(adminToken: string | undefined): Promise<AnswerCheck> {
  const known = checks.get(adminToken)
  if (known !== undefined) return known
  const made = makeCheck(adminToken)
  checks.set(adminToken, made)
  return made
}

async function makeCheck(adminToken: string | undefined): Promise<AnswerCheck> {
  const db = openDatabase({ connectionString: 'postgres://nobody@127.0.0.1:9/none', maxConnections: 1 })
  const settings = { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true, adminToken } as const
  const app = await buildApp({
    db,
    log: createLogger('silent'),
    clock: Date.now,
    newId: randomUUID,
    settings,
  })
  const check = checkAnswers(await readDocument(app, authorize(settings)))
  await app.close()
  await closeDatabase(db)
  return check
}

async function withRecordsId(project: Omit<TestProject, 'records_id'>, db: Db): Promise<TestProject> {
  const text = 'select id from project where public_id = $1'
  const { rows } = await db.pool.query<{ id: number }>(text, [project.project_id])
  const [found] = rows
  if (found === undefined) throw new Error('the project is not stored')
  return { ...project, records_id: found.id }
}

/** Several servers on one database, each with its own connections. */
export interface SharedServers {
  readonly apps: readonly FastifyInstance[]
  readonly db: Db
  readonly createProject: (body?: object) => Promise<TestProject>
  readonly close: () => Promise<void>
}

/** Starts servers that share a database; close them when done. */
export async function startSharedServers(
  count: number,
  settings: Partial<AppSettings> = {},
): Promise<SharedServers> {
  const database = await cloneDatabase()
  const parts = await Promise.all(
    Array.from({ length: count }, async () => {
      const db = openDatabase({ connectionString: database.connectionString, maxConnections: 5 })
      const app = await buildApp({
        db,
        log: createLogger('silent'),
        clock: () => NOW_MS,
        newId: randomUUID,
        settings: { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true, ...settings },
      })
      return { app, db }
    }),
  )
  const [first] = parts
  if (first === undefined) throw new Error('one server at least')
  return {
    apps: parts.map(({ app }) => app),
    db: first.db,
    createProject: async (body = {}) => {
      const answer = await first.app.inject({
        method: 'POST',
        url: '/_twin/projects',
        payload: body,
        headers: authorize(settings),
      })
      if (answer.statusCode !== 201) throw new Error(`no project: ${answer.body}`)
      return await withRecordsId(answer.json(), first.db)
    },
    close: async () => {
      await Promise.all(parts.map(({ app }) => app.close()))
      await Promise.all(parts.map(({ db }) => closeDatabase(db)))
      await database.drop()
    },
  }
}

function authorize(settings: Partial<AppSettings>): Record<string, string> {
  return settings.adminToken === undefined ? {} : { authorization: `Bearer ${settings.adminToken}` }
}

/** The header for Basic authentication. */
export function basic(username: string, password = ''): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

/** A value as JSON in standard base64. */
export function toBase64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64')
}

/** A request to /track with a JSON body. */
export function trackJson(records: unknown, query = ''): InjectOptions {
  return {
    method: 'POST',
    url: `/track${query}`,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(records),
  }
}

/** A request to /import with a JSON body and the token as the Basic username. */
export function importJson(token: string, records: unknown, query = '?strict=1'): InjectOptions {
  return {
    method: 'POST',
    url: `/import${query}`,
    headers: { 'content-type': 'application/json', ...basic(token) },
    payload: JSON.stringify(records),
  }
}
