import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeSchema } from '../../docs/schema.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { migrateToLatest } from '../../src/store/migrate.ts'
import type { Schema } from '../../src/store/schema.ts'
import { CITUS_URL } from '../support/citus.ts'
import { cloneDatabase, createEmptyDatabase } from '../support/database.ts'

/*
 * The types used in queries match the tables that the migrations create: the compiler compares TABLES with the types,
 * and a test compares it with the database.
 */

type Tables = { readonly [T in keyof Schema]: { readonly [C in keyof Schema[T]]: string } }

const TABLES: Tables = {
  project: {
    id: 'integer',
    token: 'text',
    name: 'text',
    id_management: 'text',
    secret_hash: 'bytea',
    timezone: 'text',
    settings: 'jsonb',
    version: 'integer',
    public_id: 'integer',
    created_at: 'timestamp with time zone',
    clock_offset_ms: 'bigint',
    is_from_token: 'boolean',
    similar_to: 'integer, null',
    event_seq_at_start: 'bigint',
    verdict_seq_at_start: 'bigint',
  },
  new_token_quota: { used: 'double precision', used_at: 'timestamp with time zone', total: 'integer' },
  service_account: {
    username: 'text',
    secret_hash: 'bytea',
    expires_at: 'timestamp with time zone, null',
    created_at: 'timestamp with time zone',
  },
  project_member: { project_id: 'integer', username: 'text', role: 'text' },
  event: {
    project_id: 'integer',
    distinct_id: 'text',
    time_ms: 'bigint',
    seq: 'bigint',
    received_at_ms: 'bigint',
    event: 'text',
    insert_id: 'text',
    size_bytes: 'integer',
    is_imported: 'boolean',
    properties: 'jsonb',
  },
  event_column: {
    project_id: 'integer',
    column_id: 'integer',
    event: 'text',
    property: 'text',
    asked_at: 'timestamp with time zone',
    is_fit: 'boolean',
  },
  event_column_part: {
    project_id: 'integer',
    column_id: 'integer',
    from_ms: 'bigint',
    to_ms: 'bigint',
    seqs: 'ARRAY',
    contents: 'ARRAY',
  },
  identity: {
    project_id: 'integer',
    distinct_id: 'text',
    canonical: 'text',
    is_alias: 'boolean',
    is_identified: 'boolean',
    first_seen_seq: 'bigint',
    rekeyed_seq: 'bigint',
    linked_at_ms: 'bigint, null',
  },
  identity_pending: {
    project_id: 'integer',
    distinct_id: 'text',
    seq: 'bigint',
    canonical: 'text',
    rekeyed_seq: 'bigint',
    at_ms: 'bigint',
  },
  identity_link: {
    project_id: 'integer',
    from_id: 'text',
    seq: 'bigint',
    to_id: 'text',
    canonical: 'text',
    absorbed: 'text',
    event: 'text',
    insert_id: 'text',
    rule: 'text',
    at_ms: 'bigint',
  },
  profile: { project_id: 'integer', group_key: 'text', distinct_id: 'text', properties: 'jsonb' },
  flag: { project_id: 'integer', key: 'text', definition: 'jsonb' },
  annotation: { project_id: 'integer', id: 'bigint', date: 'text', description: 'text' },
  data_task: {
    project_id: 'integer',
    tracking_id: 'text',
    seq: 'bigint',
    kind: 'text',
    status: 'text',
    compliance_type: 'text',
    disclosure_type: 'text',
    distinct_ids: 'ARRAY',
    requested_at_ms: 'bigint',
  },
  query_session: {
    project_id: 'integer',
    session_id: 'text',
    page: 'integer',
    ids: 'ARRAY',
    total: 'integer',
    at_ms: 'bigint',
  },
  purge: { project_id: 'integer' },
  verdict: {
    project_id: 'integer',
    seq: 'bigint',
    received_at_ms: 'bigint',
    endpoint: 'text',
    outcome: 'text',
    code: 'text',
    severity: 'text',
    finding_values: 'jsonb',
    ids: 'ARRAY',
    record: 'text, null',
    record_index: 'integer, null',
    pending_device: 'text, null',
    sender: 'text, null',
  },
  lookup_table: {
    project_id: 'integer',
    id: 'text',
    name: 'text',
    version: 'bigint',
    columns: 'ARRAY',
    row_count: 'integer',
    replaced_at_ms: 'bigint, null',
  },
  lookup_row: {
    project_id: 'integer',
    version: 'bigint',
    row_index: 'integer',
    key: 'text',
    properties: 'jsonb',
  },
  client: {
    project_id: 'integer',
    lib: 'text',
    version: 'text',
    encoding: 'text',
    host: 'text',
    user_agent: 'text',
    endpoints: 'ARRAY',
    first_seen_ms: 'bigint',
    last_seen_ms: 'bigint',
    requests: 'bigint',
    records: 'bigint',
  },
}

/** The schema of a Citus database has objects of the extension, too; test/citus/layout.test.ts migrates one. */
const withoutExtension = it.skipIf(CITUS_URL !== undefined)

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 8 })
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

it('has the tables and columns of the types', async () => {
  const { rows } = await db.pool.query<{ table: string; column: string; type: string }>(`
    select table_name as "table", column_name as "column",
           data_type || case is_nullable when 'YES' then ', null' else '' end as type
    from information_schema.columns
    where table_schema = 'public' and table_name not in ('migration', 'migration_lock')
      and (select relkind <> 'v' and not relispartition from pg_class where oid = table_name::regclass)`)
  const found: Record<string, Record<string, string>> = {}
  for (const { table, column, type } of rows) found[table] = { ...found[table], [column]: type }
  expect(found).toEqual(TABLES)
})

const written = await readFile(new URL('../../docs/schema.sql', import.meta.url), 'utf8')

withoutExtension('is what docs/schema.sql shows: `node docs/schema.ts` writes it', async () => {
  expect(written).toBe(await writeSchema(db))
})

withoutExtension('is what docs/schema.sql creates', async () => {
  const empty = await createEmptyDatabase()
  const other = openDatabase({ connectionString: empty.connectionString, maxConnections: 1 })
  await other.pool.query(written)
  const withoutComments = (text: string) => text.replaceAll(/^ *-- .*\n/gm, '')
  expect(withoutComments(await writeSchema(other))).toBe(withoutComments(written))
  await closeDatabase(other)
  await empty.drop()
})

it('begins every key with project_id, except for project and service_account', async () => {
  const { rows } = await db.pool.query<{ table: string; columns: string }>(`
    select relation.relname as "table", pg_get_indexdef(indexrelid) as columns
    from pg_index join pg_class as relation on relation.oid = indrelid
    where relation.relnamespace = 'public'::regnamespace
      and relation.relname not in ('migration', 'migration_lock', 'project', 'service_account')`)
  expect(rows.length).toBeGreaterThan(0)
  for (const { columns } of rows) expect(columns).toMatch(/\(project_id[,)]/)
})

withoutExtension('is migrated by any number of servers at once', async () => {
  await db.pool.query('drop schema public cascade')
  await db.pool.query('create schema public')
  const servers = Array.from({ length: 6 }, () =>
    openDatabase({ connectionString: database.connectionString, maxConnections: 2 }),
  )
  await Promise.all(servers.map((server) => migrateToLatest(server)))
  await Promise.all(servers.map((server) => closeDatabase(server)))
  const { rows } = await db.pool.query<{ name: string }>('select name from migration order by name')
  const files = (await readdir('migrations')).sort()
  expect(rows.map((row) => `${row.name}.sql`)).toEqual(files)
  await migrateToLatest(db)
})

it('turns the severities of 0.1.0 into words', async () => {
  await db.pool.query(
    `insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids)
     select 0, 0, '/track', 'stored', 'code', letter, '{}', '{}' from unnest(array['E', 'W', 'I']) as letter`,
  )
  await db.pool.query(await readFile('migrations/0002_severity_words.sql', 'utf8'))
  const { rows } = await db.pool.query<{ severity: string }>('select severity from verdict order by seq')
  expect(rows.map(({ severity }) => severity)).toEqual(['error', 'warning', 'info'])
})
