import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MS_PER_DAY } from '../../src/core/normalise/time.ts'
import { Expiry } from '../../src/maintenance/expiry.ts'
import { Purger } from '../../src/maintenance/purger.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { listPartitions } from '../../src/store/partitions.ts'
import { deleteProject, insertProject, resetProject } from '../../src/store/projects.ts'
import { splitWhenDue } from '../../src/store/split-partition.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/* What servers do with a large partition: they truncate it, if nothing in it is to be kept, and else delete by key. */

const NOW = Date.UTC(2026, 11, 28)
const LATER = Date.UTC(2027, 2, 1)
const IN_2026 = Date.UTC(2026, 5, 1)
const IN_2027 = Date.UTC(2027, 1, 28)

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
const errors: unknown[] = []
const onError = (error: unknown) => errors.push(error)
beforeEach(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 4 })
  expect(await splitWhenDue(db, NOW, { openBytes: 0 })).toBe(true)
})
afterEach(async () => {
  await closeDatabase(db)
  await database.drop()
  expect(errors).toEqual([])
})

async function addProject(token: string, days: number | null, times: readonly number[]) {
  const settings = { retention_days: days }
  const added = { token, name: token, idManagement: 'simplified', timezone: 'UTC', settings } as const
  const account = { username: token, secretHash: Buffer.from(token) }
  const project = await insertProject(db, { ...added, secretHash: Buffer.from(token) }, account)
  if (project === undefined) throw new Error('the token is taken')
  for (const time of times) {
    await db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
       select $1, 'u', $2, 0, 'e', n, 1, true, jsonb_build_object('text', $3::text) from generate_series(1, 70) as n`,
      [project.id, time, MEGABYTE],
    )
  }
  return project
}

const MB = 2 ** 20
/** It cannot be compressed. */
const MEGABYTE = randomBytes((MB * 3) / 4).toString('base64')

/** Whether each of the two partitions is empty on the disk, and how many events of it were deleted by key. */
async function found() {
  // Each connection reports its deletions when it is used the next time, at most once a second.
  await Promise.all([1, 2, 3, 4].map(() => db.pool.query('select pg_stat_force_next_flush()')))
  const partitions = await listPartitions(db.pool)
  return await Promise.all(partitions.map(async ({ name, bytes }) => [bytes < MB, await deletedOf(name)]))
}

async function deletedOf(partition: string): Promise<number | undefined> {
  const of = (table: string) =>
    `select n_tup_del::integer from pg_stat_user_tables where relid = ${table}::regclass`
  const ofShards = `select result::integer as n_tup_del from run_command_on_shards('${partition}', $$${of("'%s'")}$$)`
  const counts = CITUS_URL === undefined ? of(`'${partition}'`) : ofShards
  const text = `select sum(n_tup_del)::integer as deleted from (${counts}) as counted`
  return (await db.pool.query<{ deleted: number }>(text)).rows[0]?.deleted
}

async function countEvents(): Promise<number> {
  return (await db.pool.query<{ count: number }>('select count(*)::integer from event')).rows[0]?.count ?? -1
}

it.each([
  ['reset', resetProject],
  ['deletion', deleteProject],
])('a %s frees the partitions that have nothing else, and deletes by key elsewhere', async (_what, end) => {
  const gone = await addProject('gone', null, [IN_2026, IN_2027])
  await addProject('other', null, [IN_2027])
  await end(db, gone.publicId)
  const purger = new Purger(db, { everyMs: 1e6, onError })
  purger.start()
  await expect.poll(countEvents, { timeout: 20_000 }).toBe(70)
  await purger.stop()
  await expect.poll(found, { timeout: 20_000 }).toEqual([
    [true, 0],
    [false, 70],
  ])
})

it('retention frees the partitions in which all is expired, and deletes by key elsewhere (IMP-21)', async () => {
  await addProject('expiring', 30, [IN_2026, IN_2027, IN_2027 - 40 * MS_PER_DAY])
  await addProject('other', 100, [IN_2026])
  const expiry = new Expiry({ db, clock: () => LATER, everyMs: 20, onError })
  expiry.start()
  await expect.poll(countEvents, { timeout: 20_000 }).toBe(70)
  await expiry.stop()
  await expect.poll(found, { timeout: 20_000 }).toEqual([
    [true, 0],
    [false, 70],
  ])
})
