import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { migrate, migrateToLatest } from '../../src/store/migrate.ts'
import { readMigrationFiles } from '../../src/store/migration-files.ts'
import { CITUS_URL } from '../support/citus.ts'
import { createEmptyDatabase } from '../support/database.ts'

/* A database of an earlier version, with events, gets partitions: at once, however large it is. */

const ROWS = 20_000

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
let db: Db
beforeAll(async () => {
  database = await createEmptyDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
  const files = await readMigrationFiles()
  const before = files.filter(({ name }) => name < '0010')
  await migrate(db, before, () => undefined)
  await addEvents()
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

async function addEvents(): Promise<void> {
  await db.pool.query(
    `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
     select n % 3, 'u' || n % 7, (n - 5000) * 86400000::bigint, n, 'e' || n % 5, n, 1, false, '{"a":1}'
     from generate_series(1, ${ROWS}) as n`,
  )
}

/** The files of the table and of its indexes, and how often the table was read from its beginning to its end. */
async function filesOf(
  table: string,
): Promise<{ readonly files: readonly string[]; readonly reads: string }> {
  await db.pool.query('select pg_stat_force_next_flush()')
  const { rows } = await db.pool.query<{ files: readonly string[]; reads: string }>(
    `select (select array_agg(pg_relation_filepath(relation) order by relation) from (
               select $1::regclass as relation union all select indexrelid from pg_index where indrelid = $1::regclass
             ) as part) as files,
            (select seq_scan from pg_stat_user_tables where relid = $1::regclass) as reads`,
    [table],
  )
  return rows[0] ?? { files: [], reads: '' }
}

async function checksum(): Promise<unknown> {
  const { rows } = await db.pool.query(
    'select count(*), max(seq) as last, md5(string_agg(event::text, chr(10) order by seq)) from event',
  )
  return rows[0]
}

it('events of an earlier version are in a partition, and neither copied, read nor indexed again', async () => {
  const sum = await checksum()
  const before = await filesOf('event')
  expect(before.files).toHaveLength(5)
  await migrateToLatest(db)
  // Of a coordinator, one row tells that the table is not empty.
  const reads = String(Number(before.reads) + (CITUS_URL === undefined ? 0 : 1))
  expect(await filesOf('event_earliest')).toEqual({ ...before, reads })
  expect(await checksum()).toEqual(sum)
  const { rows } = await db.pool.query(
    `select indexrelid::regclass::text as name, indisvalid as valid,
            (select count(*)::integer from pg_inherits where inhparent = indexrelid) as parts
     from pg_index where indrelid = 'event'::regclass order by 1`,
  )
  const names = ['event_by_arrival', 'event_by_name', 'event_by_time', 'event_pkey']
  expect(rows).toEqual(names.map((name) => ({ name, valid: true, parts: 1 })))
})

it('numbers go on after those of the earlier version', async () => {
  await addEvents()
  const { rows } = await db.pool.query<{ first: string; last: string }>(
    `select min(seq) as first, max(seq) as last from (select seq from event order by seq desc limit ${ROWS}) as added`,
  )
  expect(rows).toEqual([{ first: String(ROWS + 1), last: String(2 * ROWS) }])
})
