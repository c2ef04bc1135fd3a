import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Db } from './db.ts'
import { readMigrationFiles } from './migration-files.ts'

/** The first migration of the versions before 0.1.0; their tables cannot be migrated. */
const EARLIER_MIGRATION = '0001_projects_and_events'
const HAS_MIGRATIONS = `select to_regclass('migration') is not null as has_migrations`
const APPLIED_MIGRATIONS = 'select name from migration order by name'

/** True for a database created before version 0.1.0, which this version cannot use. Changes nothing. */
export async function isFromBeforeRelease(db: Db): Promise<boolean> {
  return (await findApplied(db)).includes(EARLIER_MIGRATION)
}

/**
 * Brings the schema up to date. Kysely's Migrator takes a lock and runs all missing migrations in one transaction, so
 * any number of servers may call this at once. Throws if a migration fails, or if the database has migrations that this
 * version does not know.
 */
export async function migrateToLatest(db: Db): Promise<void> {
  const migrations = await readMigrations()
  // Kysely looks at every table of the database first.
  if (isDeepStrictEqual(await findApplied(db), Object.keys(migrations))) return
  const migrator = new Migrator({
    db: db.kysely,
    provider: { getMigrations: async () => migrations },
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error(String(error))
}

/** The names of the migrations that the database has, in their order. */
async function findApplied({ pool }: Db): Promise<readonly string[]> {
  const tables = await pool.query<{ has_migrations: boolean }>(HAS_MIGRATIONS)
  if (tables.rows[0]?.has_migrations !== true) return []
  const { rows } = await pool.query<{ name: string }>(APPLIED_MIGRATIONS)
  return rows.map(({ name }) => name)
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const files = await readMigrationFiles()
  const migrations = files.map(({ name, text }): [string, Migration] => [
    name,
    { up: async (db) => void (await sql.raw(text).execute(db)) },
  ])
  return Object.fromEntries(migrations)
}
