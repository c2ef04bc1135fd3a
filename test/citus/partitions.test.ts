import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { classifyStoreError } from '../../src/store/errors.ts'
import { listPartitions } from '../../src/store/partitions.ts'
import { splitWhenDue } from '../../src/store/split-partition.ts'
import { CITUS_URL, databaseOf } from '../support/citus.ts'
import { cloneDatabase } from '../support/database.ts'

/* What is particular to the partitions of a distributed table; test/store/partitions.test.ts holds the rest for both. */

const NOW = Date.UTC(2026, 10, 30)
const AT_ONCE = { openBytes: 0 }

describe.skipIf(CITUS_URL === undefined)('a split on workers', () => {
  let database: Awaited<ReturnType<typeof cloneDatabase>>
  let db: Db
  let worker: Client
  beforeAll(async () => {
    database = await cloneDatabase()
    db = openDatabase({ connectionString: database.connectionString, maxConnections: 2 })
    const name = new URL(database.connectionString).pathname.slice(1)
    worker = new Client({ connectionString: databaseOf(inject('testDatabases').workerUrls[0] ?? '', name) })
    await worker.connect()
    // By default Citus hides shards.
    await worker.query('set citus.override_table_visibility to off')
  })
  afterAll(async () => {
    await worker.end()
    await closeDatabase(db)
    await database.drop()
  })

  /** The shards of a partition on the first worker, with their options. */
  async function shardsOf(partition: string) {
    const { rows } = await worker.query<{ name: string; options: readonly string[] | null; indexes: number }>(
      `select relname as name, reloptions as options,
              (select count(*)::integer from pg_index where indrelid = pg_class.oid and indisvalid) as indexes
       from pg_class where relkind = 'r' and relname ~ $1 order by 1`,
      [`^${partition}_\\d{6,}$`],
    )
    return rows
  }

  it('that a worker does not allow in seconds is given up, and nothing has changed', async () => {
    const [shard] = await shardsOf('event_earliest')
    await worker.query(`begin; select from ${shard?.name} limit 1`)
    const split = splitWhenDue(db, NOW, AT_ONCE).catch((error) => classifyStoreError(error))
    expect(await split).toBe('conflict')
    await worker.query('rollback')
    expect(await listPartitions(db.pool)).toHaveLength(1)
    expect(await shardsOf('event_from_\\d+')).toEqual([])
  })

  it('gives every shard the indexes and the settings of those before', async () => {
    expect(await splitWhenDue(db, NOW, AT_ONCE)).toBe(true)
    const [before, after] = [await shardsOf('event_earliest'), await shardsOf('event_from_20270101')]
    expect(after.length).toBe(before.length)
    expect(before.length).toBeGreaterThan(0)
    for (const { options, indexes } of [...before, ...after]) {
      expect(options).toEqual(['autovacuum_vacuum_insert_scale_factor=0.02'])
      expect(indexes).toBe(4)
    }
  })
})
