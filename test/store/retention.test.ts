import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MS_PER_DAY } from '../../src/core/normalise/time.ts'
import { Expiry } from '../../src/maintenance/expiry.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { insertProject } from '../../src/store/projects.ts'
import { cloneDatabase } from '../support/database.ts'

const NOW_MS = Date.UTC(2026, 0, 31)

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 4 })
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

/** A project with a thousand events on each of the 30 days before now. */
async function makeProject(token: string, retentionDays: number | null): Promise<number> {
  const settings = { retention_days: retentionDays }
  const added = { token, name: token, idManagement: 'simplified', timezone: 'UTC', settings } as const
  const account = { username: token, secretHash: Buffer.from(token) }
  const project = await insertProject(db, { ...added, secretHash: Buffer.from(token) }, account)
  if (project === undefined) throw new Error('the token is taken')
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select $1, 'u' || n % 7, $2::bigint - 1 - n % 30 * $3::bigint, 0, 'e', n::text, 10, false, '{}' from generate_series(1, 30000) as n`,
    [project.id, NOW_MS, MS_PER_DAY],
  )
  return project.id
}

async function daysOf(projectId: number): Promise<number> {
  const { rows } = await db.pool.query<{ events: number; days: number }>(
    `select count(*)::integer as events, count(distinct time_ms)::integer as days from event where project_id = $1`,
    [projectId],
  )
  const [row] = rows
  expect(row?.events).toBe((row?.days ?? 0) * 1_000)
  return row?.days ?? 0
}

it('deletes what is older than the retention of its project, and nothing else, whoever looks (IMP-21)', async () => {
  const projects = [await makeProject('a', 12), await makeProject('b', null), await makeProject('c', 365)]
  const errors: unknown[] = []
  const options = { db, clock: () => NOW_MS, everyMs: 20, onError: (error: unknown) => errors.push(error) }
  const servers = [new Expiry(options), new Expiry(options)]
  for (const server of servers) server.start()
  await expect.poll(async () => await daysOf(projects[0] ?? 0), { timeout: 20_000 }).toBe(12)
  await sleep(100)
  await Promise.all(servers.map((server) => server.stop()))
  expect(await Promise.all(projects.map(daysOf))).toEqual([12, 30, 30])
  expect(errors).toEqual([])
})

it('is postponed by a stop, and by an error that is told (IMP-21)', async () => {
  const project = await makeProject('d', 1)
  const gone = openDatabase({
    connectionString: database.connectionString.replace(/\/[^/]*$/, '/none'),
    maxConnections: 1,
  })
  const errors: unknown[] = []
  const expiry = new Expiry({
    db: gone,
    clock: () => NOW_MS,
    everyMs: 20,
    onError: (error) => errors.push(error),
  })
  expiry.start()
  await expect.poll(() => errors.length).toBeGreaterThan(0)
  await expiry.stop()
  await closeDatabase(gone)
  expect(await daysOf(project)).toBe(30)
})
