import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { migrateToLatest } from '../../src/store/migrate.ts'
import { closeTemplate, joinDatabases } from './citus.ts'
import { createDatabase, type TestDatabases } from './database.ts'
import { makeTestDirectory, startTestPostgres } from './postgres.ts'

/** The Postgres of a run, for the projects that use it. */
interface Shared {
  users: number
  readonly started: Promise<{ readonly databases: TestDatabases; stop(): Promise<void> }>
}

/** Each project of a run loads this module anew. */
const place: { twinpanelTests?: Shared | undefined } = globalThis as object

/** Starts a Postgres once per run, with a migrated database that every test file copies. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = place.twinpanelTests ?? { users: 0, started: start() }
  place.twinpanelTests = shared
  shared.users += 1
  const { databases, stop } = await shared.started
  project.provide('testDatabases', databases)
  return async () => {
    shared.users -= 1
    if (shared.users > 0) return
    place.twinpanelTests = undefined
    await stop()
  }
}

async function start() {
  const postgres = await startTestPostgres()
  try {
    const template = `twinpanel_test_template_${randomBytes(6).toString('hex')}`
    const { adminUrl, workerUrls = [] } = postgres
    const nodes = { coordinator: adminUrl, workers: workerUrls }
    const place = { name: template, workerUrls }
    const { connectionString, drop } = await createDatabase(adminUrl, 'template0', place)
    if (workerUrls.length > 0) await joinDatabases(nodes, template)
    const db = openDatabase({ connectionString, maxConnections: 1 })
    await migrateToLatest(db).finally(() => closeDatabase(db))
    if (workerUrls.length > 0) await closeTemplate(nodes, template)
    const directory = makeTestDirectory()
    const databases = { adminUrl, workerUrls, template, preparedDataDir: join(directory, 'data') }
    const stop = async () => {
      await drop().finally(() => postgres.stop())
      await rm(directory, { recursive: true, force: true })
    }
    return { databases, stop }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}
