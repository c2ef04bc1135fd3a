import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { emptyDeadPartitions } from '../../src/store/empty-partitions.ts'
import { distributeDatabase, migrateToLatest } from '../../src/store/migrate.ts'
import { type EventPartition, listPartitions } from '../../src/store/partitions.ts'
import { insertProject } from '../../src/store/projects.ts'
import { splitWhenDue } from '../../src/store/split-partition.ts'
import { CITUS_URL, joinDatabases } from '../support/citus.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

/* A database that was filled on one server, and gets workers. */

const INSERT = `
  insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                     properties)
  select 1, 'id' || place, place * 86400000::bigint * 30, 1, 'a', place::text, 1, false, '{}'
  from generate_series($1::integer, $2::integer) as place`

const shapeOf = ({ name, fromMs, toMs }: EventPartition) => [name, fromMs, toMs]

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
    for (const year of [2026, 2030]) {
      expect(await splitWhenDue(db, Date.UTC(year, 5), { openBytes: 0 })).toBe(true)
    }
    expect(await distributeDatabase(db)).toBe('no_workers')
    await db.pool.query('create extension citus')
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

  it('is moved with its partitions and their rows, and the numbers go on', async () => {
    const before = await listPartitions(db.pool)
    expect(before).toHaveLength(3)
    await expect.poll(() => distributeDatabase(db)).toBe('done')
    expect(await db.shared.isDistributed()).toBe(true)
    expect(await distributeDatabase(db)).toBe('before')
    await db.pool.query(INSERT, [1_001, 1_002])
    const { rows } = await db.pool.query<{ seq: string }>('select seq from event order by seq')
    expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 1_002 }, (_, at) => at + 1))
    const after = await listPartitions(db.pool)
    expect(after.map(shapeOf)).toEqual(before.map(shapeOf))
    for (const { name } of after) {
      const text = `select pg_relation_size('${name}')::integer as left, (select count(*)::integer from ${name}) as held`
      const found = (await db.pool.query<{ left: number; held: number }>(text)).rows[0]
      expect(found?.left).toBe(0)
      expect(found?.held).toBeGreaterThan(40)
    }
  })

  it('that was moved is split further, and a partition whose events expired is emptied (IMP-21)', async () => {
    const settings = { retention_days: 30 }
    const added = { token: 't', name: 't', idManagement: 'simplified', timezone: 'UTC', settings } as const
    const account = { username: 't', secretHash: Buffer.from('t') }
    const { id } = (await insertProject(db, { ...added, secretHash: Buffer.from('t') }, account)) ?? {}
    expect(id).toBe(1)
    expect(await splitWhenDue(db, Date.UTC(2040, 5), { openBytes: 0 })).toBe(true)
    expect(await listPartitions(db.pool)).toHaveLength(4)
    expect(await emptyDeadPartitions(db, Date.UTC(2040, 5), { minBytes: 0 })).toBe(2)
    expect(await count()).toBeLessThan(1_002)
  })
})
