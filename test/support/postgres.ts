import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/start.ts'
import { CITUS_URL, findNodes } from './citus.ts'

/** The Postgres of a test run. */
export interface TestPostgres {
  /** The URL of a database from which others can be created and dropped. */
  readonly adminUrl: string
  /** The same of each worker, if it is a Citus coordinator. */
  readonly workerUrls?: readonly string[]
  /** Stops and removes everything that was started for the run. */
  stop(): Promise<void>
}

/** Settings of a Postgres whose data may be lost. */
const throwaway = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }

/**
 * Provides a Postgres for the run: the coordinator of `TEST_CITUS_URL`, the one of `TEST_DATABASE_URL` (its user must be allowed to create databases), a
 * container with `TEST_POSTGRES=testcontainers`, otherwise an embedded one in a temporary directory.
 */
export async function startTestPostgres(): Promise<TestPostgres> {
  if (CITUS_URL !== undefined) {
    const { coordinator, workers } = await findNodes(CITUS_URL)
    return { adminUrl: coordinator, workerUrls: workers, stop: () => Promise.resolve() }
  }
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { adminUrl: given, stop: () => Promise.resolve() }
  const kind = process.env['TEST_POSTGRES'] || 'embedded'
  if (kind === 'testcontainers') return await startContainer()
  if (kind === 'embedded') return await startEmbedded()
  throw new Error(`TEST_POSTGRES is ${JSON.stringify(kind)}: it must be testcontainers, embedded or unset`)
}

/** Creates a directory for a test, accessible to the user that runs Postgres even if we are root. */
export function makeTestDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'twinpanel-test-'))
  chmodSync(directory, 0o755)
  return directory
}

async function startEmbedded(): Promise<TestPostgres> {
  const dataDir = makeTestDirectory()
  const log = {
    debug: () => undefined,
    warn: () => undefined,
    error: (line: string) => process.stderr.write(line),
  }
  const settings = throwaway
  // If the run is interrupted or killed, nothing is left either.
  const started = await startEmbeddedPostgres({ dataDir, log, settings, isEphemeral: true, forTests: true })
  if (!started.ok) throw new Error(started.error.message)
  const postgres = started.value
  return {
    adminUrl: postgres.connectionString,
    stop: async () => {
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function startContainer(): Promise<TestPostgres> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = 'twinpanel'
  const flags = Object.entries(throwaway).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const container = await new GenericContainer('postgres:17-alpine')
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withCommand(['postgres', ...flags])
    .withExposedPorts(5432)
    // The image starts Postgres twice: first only to initialise it.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`
  return {
    adminUrl: `postgres://postgres:${password}@${address}/postgres`,
    stop: async () => {
      await container.stop()
    },
  }
}
