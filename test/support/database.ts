import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'

/** What the run's set-up gives to every test file. */
interface TestDatabases {
  readonly adminUrl: string
  /** Name of a database with the latest schema and no rows. */
  readonly template: string
}

declare module 'vitest' {
  interface ProvidedContext {
    testDatabases: TestDatabases
  }
}

/** A database of one test file's own. */
export interface TestDatabase {
  readonly connectionString: string
  /** Drops it, connections or not. */
  drop(): Promise<void>
}

/** Makes a database with the latest schema and no rows. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = inject('testDatabases')
  return await createDatabase(adminUrl, template)
}

/** Makes a database without any schema. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return await createDatabase(inject('testDatabases').adminUrl, 'template0')
}

/** Makes a database as a copy of another on the server of `adminUrl`. */
export async function createDatabase(
  adminUrl: string,
  template: string,
  name = `twinpanel_test_${randomBytes(6).toString('hex')}`,
): Promise<TestDatabase> {
  // Measured without fsync: 20 ms, where writing the pages to the log takes 300.
  await runAsAdmin(adminUrl, `create database ${name} template ${template} strategy file_copy`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return { connectionString: url.href, drop: () => dropDatabase(adminUrl, name) }
}

/** Drops a database. Throws before touching one whose name is not of our making. */
async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  if (!/^\w*_test_\w*$/.test(name)) throw new Error(`${name} is not a test database: its name lacks _test_`)
  await runAsAdmin(adminUrl, `drop database if exists ${name} with (force)`)
}

async function runAsAdmin(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
