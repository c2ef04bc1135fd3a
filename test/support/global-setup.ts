import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { migrateToLatest } from '../../src/store/migrate.ts'
import { createDatabase } from './database.ts'
import { startTestPostgres } from './postgres.ts'

/** Starts a Postgres once per run, with a migrated database that every test file copies. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres()
  try {
    const template = `twinpanel_test_template_${randomBytes(6).toString('hex')}`
    const { connectionString, drop } = await createDatabase(postgres.adminUrl, 'template0', template)
    const db = openDatabase({ connectionString, maxConnections: 1 })
    await migrateToLatest(db).finally(() => closeDatabase(db))
    project.provide('testDatabases', { adminUrl: postgres.adminUrl, template })
    return async () => {
      await drop().finally(() => postgres.stop())
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}
