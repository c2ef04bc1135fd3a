import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { distribute, hasWorkers } from './citus.ts'
import { createConcurrently } from './concurrent-index.ts'
import type { Db, Queryable } from './db.ts'
import { type MigrationFile, readMigrationFiles } from './migration-files.ts'

/** The first migration of the versions before 0.1.0; their tables cannot be migrated. */
const EARLIER_MIGRATION = '0001_projects_and_events'
const HAS_MIGRATIONS = `select to_regclass('migration') is not null as has_migrations`
const APPLIED_MIGRATIONS = 'select name from migration order by name'

/** How often to try to get the lock that another server holds, and to report a migration that takes long, in ms. */
const TRY_EVERY_MS = 200
const REPORT_EVERY_MS = 5_000

/** The lock of Kysely's Migrator, which earlier versions use. It belongs to the connection, not to a transaction. */
const TRY_LOCK = 'select pg_try_advisory_lock(3853314791062309107) as is_held'
const UNLOCK = 'select pg_advisory_unlock(3853314791062309107)'
/** An index of a large table takes longer than any statement that serves. Waiting for locks remains limited. */
const NO_TIME_LIMIT = 'set statement_timeout = 0; set idle_in_transaction_session_timeout = 0'
/** Without a transaction nothing waits behind a statement that waits for a lock. */
const NO_LOCK_LIMIT = 'set lock_timeout = 0'
const DEFAULT_LOCK_LIMIT = 'reset lock_timeout'
const CREATE_MIGRATIONS =
  'create table if not exists migration (name varchar(255) primary key, timestamp varchar(255) not null)'
const RECORD_MIGRATION = `
  insert into migration (name, timestamp)
  values ($1, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`

/** The first line of a migration that must not run in a transaction, such as one that creates an index concurrently. */
const NO_TRANSACTION = '-- no transaction\n'

/** Receives, every few seconds, the migration that is running and for how long, in s. */
export type MigrationProgress = (name: string, seconds: number) => void

/** True for a database created before version 0.1.0, which this version cannot use. Changes nothing. */
export async function isFromBeforeRelease(db: Db): Promise<boolean> {
  return (await findApplied(db.pool)).includes(EARLIER_MIGRATION)
}

/**
 * Brings the schema up to date. Any number of servers may call this at once: one migrates, the others wait. Migrations
 * run in one transaction, except those that say `-- no transaction`: they run by themselves, and can be run again after
 * they were interrupted. On a Citus coordinator, empty tables are then distributed over its workers. Throws if a migration
 * fails, if the database has migrations that this version does not know, or NotCoordinator.
 */
export async function migrateToLatest(
  db: Db,
  onProgress: MigrationProgress = () => undefined,
): Promise<void> {
  const files = await readMigrationFiles()
  const isCoordinator = await hasWorkers(db.pool)
  await migrate(db, files, onProgress)
  if (isCoordinator) await distributeTables(db, false)
}

/** How an attempt to distribute a database has ended. */
export type Distribution = 'done' | 'before' | 'no_workers' | 'in_use'

/**
 * Brings the schema up to date, and distributes the tables over the workers of Citus, with their rows. It takes as long as
 * copying them, and no server may be connected. Throws as migrateToLatest.
 */
export async function distributeDatabase(db: Db, onProgress?: MigrationProgress): Promise<Distribution> {
  if (!(await hasWorkers(db.pool))) return 'no_workers'
  if (await db.shared.isDistributed()) return 'before'
  if ((await db.pool.query(OTHERS_CONNECTED)).rowCount !== 0) return 'in_use'
  await migrateToLatest(db, onProgress)
  await distributeTables(db, true)
  return 'done'
}

const OTHERS_CONNECTED = `
  select from pg_stat_activity
  where application_name = 'twinpanel' and datname = current_database() and pid <> pg_backend_pid() limit 1`

async function distributeTables(db: Db, evenFilled: boolean): Promise<void> {
  await underLock(db, async (client) => void (await distribute(client, evenFilled)))
  db.shared.forgetLayout()
}

/** The same for given migrations, in their order. */
export async function migrate(
  db: Db,
  files: readonly MigrationFile[],
  onProgress: MigrationProgress,
): Promise<void> {
  if (findMissing(files, await findApplied(db.pool)).length === 0) return
  await underLock(db, async (client) => {
    await client.query(CREATE_MIGRATIONS)
    for (const group of groupOf(findMissing(files, await findApplied(client)))) {
      await runGroup(client, group, onProgress)
    }
  })
}

/** Runs what only one server may do at a time, on a connection without limits of time. */
async function underLock(db: Db, run: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await db.pool.connect()
  try {
    await client.query(NO_TIME_LIMIT)
    while (!(await isLocked(client))) await sleep(TRY_EVERY_MS)
    await run(client)
    await client.query(UNLOCK)
  } finally {
    // The connection has other limits than those of the pool.
    client.release(true)
  }
}

async function isLocked(client: pg.PoolClient): Promise<boolean> {
  return (await client.query<{ is_held: boolean }>(TRY_LOCK)).rows[0]?.is_held === true
}

/** The migrations to run. Throws if others were applied than those before them. */
function findMissing(files: readonly MigrationFile[], applied: readonly string[]): readonly MigrationFile[] {
  for (const [index, name] of applied.entries()) {
    if (files[index]?.name !== name) throw new Error(`the database has another migration: ${name}`)
  }
  return files.slice(applied.length)
}

function isAlone({ text }: MigrationFile): boolean {
  return text.startsWith(NO_TRANSACTION)
}

/** Migrations that run together: all in a row that may run in a transaction, or one that must not. */
function groupOf(files: readonly MigrationFile[]): readonly (readonly MigrationFile[])[] {
  const groups: MigrationFile[][] = []
  for (const file of files) {
    const last = groups.at(-1)
    if (last?.[0] === undefined || isAlone(last[0]) || isAlone(file)) groups.push([file])
    else last.push(file)
  }
  return groups
}

async function runGroup(
  client: pg.PoolClient,
  group: readonly MigrationFile[],
  onProgress: MigrationProgress,
): Promise<void> {
  const alone = group.some(isAlone)
  await client.query(alone ? NO_LOCK_LIMIT : 'begin')
  for (const file of group) {
    let seconds = 0
    const timer = setInterval(() => {
      seconds += REPORT_EVERY_MS / 1_000
      onProgress(file.name, seconds)
    }, REPORT_EVERY_MS)
    try {
      if (alone) await runAlone(client, file)
      else await client.query(file.text)
    } finally {
      clearInterval(timer)
    }
    await client.query(RECORD_MIGRATION, [file.name])
  }
  await client.query(alone ? DEFAULT_LOCK_LIMIT : 'commit')
}

/** Runs each statement by itself. */
async function runAlone(client: pg.PoolClient, { text }: MigrationFile): Promise<void> {
  for (const statement of text.split(/;[ \t]*(?:\n|$)/)) {
    const code = statement.replace(/^--.*$/gm, '').trim()
    if (code !== '' && !(await createConcurrently(client, code))) await client.query(statement)
  }
}

/** The names of the migrations that the database has, in their order. */
async function findApplied(on: Queryable): Promise<readonly string[]> {
  const tables = await on.query<{ has_migrations: boolean }>(HAS_MIGRATIONS)
  if (tables.rows[0]?.has_migrations !== true) return []
  const { rows } = await on.query<{ name: string }>(APPLIED_MIGRATIONS)
  return rows.map(({ name }) => name)
}
