import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { distributeDatabase, migrateToLatest } from '../../src/store/migrate.ts'
import { CITUS_URL, joinDatabases } from '../support/citus.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

/* A database that was filled on one server, and gets workers. */

const INSERT = `
  insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                     properties)
  select 1, 'id' || place, place, 1, 'a', place::text, 1, false, '{}'
  from generate_series($1::integer, $2::integer) as place`

describe.skipIf(CITUS_URL === undefined)('a filled database', () => {
  let database: TestDatabase
  let db: Db
  const open = () => openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  const count = async () => (await db.pool.query('select seq from event order by seq')).rows.length
  beforeAll(async () => {
    const { adminUrl, workerUrls } = inject('testDatabases')
    database = await createDatabase(adminUrl, 'template0', { workerUrls })
    db = open()
    await migrateToLatest(db)
    await db.pool.query(INSERT, [1, 1_000])
    expect(await distributeDatabase(db)).toBe('no_workers')
    const name = new URL(database.connectionString).pathname.slice(1)
    await joinDatabases({ coordinator: adminUrl, workers: workerUrls }, name)
  })
  afterAll(async () => {
    await closeDatabase(db)
    await database.drop()
  })

  it('stays as it is when a server starts', async () => {
    await migrateToLatest(db)
    expect(await db.shared.isDistributed()).toBe(false)
    expect(await count()).toBe(1_000)
  })

  it('is not moved while servers are connected', async () => {
    const server = open()
    await server.pool.query('select 1')
    expect(await distributeDatabase(db)).toBe('in_use')
    await closeDatabase(server)
  })

  it('is moved with its rows, and the numbers go on', async () => {
    await expect.poll(() => distributeDatabase(db)).toBe('done')
    expect(await db.shared.isDistributed()).toBe(true)
    expect(await distributeDatabase(db)).toBe('before')
    await db.pool.query(INSERT, [1_001, 1_002])
    const { rows } = await db.pool.query<{ seq: string }>('select seq from event order by seq')
    expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 1_002 }, (_, at) => at + 1))
    const left = await db.pool.query<{ bytes: string }>(`select pg_relation_size('event') as bytes`)
    expect(left.rows).toEqual([{ bytes: '0' }])
  })
})
