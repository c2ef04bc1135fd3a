import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { migrateToLatest } from '../../src/store/migrate.ts'
import { CITUS_URL, databaseOf } from '../support/citus.ts'
import { createEmptyDatabase } from '../support/database.ts'

/* What a server does with the database of a Citus coordinator, and with that of a worker. */

describe.skipIf(CITUS_URL === undefined)('on Citus', () => {
  let database: Awaited<ReturnType<typeof createEmptyDatabase>>
  let db: Db
  beforeAll(async () => {
    database = await createEmptyDatabase()
    db = openDatabase({ connectionString: database.connectionString, maxConnections: 2 })
  })
  afterAll(async () => {
    await closeDatabase(db)
    await database.drop()
  })

  it('two servers that migrate an empty database at once distribute what grows with a project, once', async () => {
    const other = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
    await Promise.all([db, other].map((server) => migrateToLatest(server)))
    await closeDatabase(other)
    const { rows } = await db.pool.query<{ name: string; colocation: number; column: string }>(
      `select table_name::text as name, colocation_id as colocation, distribution_column as column
       from citus_tables order by 1`,
    )
    expect(rows.map(({ name, column }) => `${name} by ${column}`)).toEqual([
      'event by distinct_id',
      'event_earliest by distinct_id',
      'identity by distinct_id',
      'identity_link by from_id',
      'identity_pending by distinct_id',
      'profile by distinct_id',
    ])
    expect(new Set(rows.map(({ colocation }) => colocation)).size).toBe(1)
    expect(await db.shared.isDistributed()).toBe(true)
  })

  it('numbers events in the order in which the coordinator gets them', async () => {
    const text = `
      insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                         properties)
      select 1, 'id' || place, 1, 1, 'a', '', 1, false, '{}' from generate_series($1::integer, $2::integer) as place`
    for (const start of [1, 11]) await db.pool.query(text, [start, start + 9])
    const { rows } = await db.pool.query<{ distinct_id: string }>(
      'select distinct_id from event order by seq',
    )
    expect(rows.map(({ distinct_id: id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, at) => `id${at + 1}`),
    )
  })

  it('a server does not start on a worker', async () => {
    const [worker = ''] = inject('testDatabases').workerUrls
    const name = new URL(database.connectionString).pathname.slice(1)
    const connectionString = databaseOf(worker, name)
    const onWorker = openDatabase({ connectionString, maxConnections: 1 })
    await expect(migrateToLatest(onWorker)).rejects.toThrow('Citus worker')
    await closeDatabase(onWorker)
    const client = new pg.Client({ connectionString })
    await client.connect()
    expect((await client.query(`select to_regclass('migration')::text as found`)).rows).toEqual([
      { found: null },
    ])
    await client.end()
  })
})
