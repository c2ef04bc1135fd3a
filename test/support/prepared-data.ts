import { execFile } from 'node:child_process'
import { access, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { cloneDatabase } from './database.ts'
import { type ServerProcess, ServerProcesses } from './server-process.ts'

/* Most tests of a process are not about its first start, which takes twice as long as others. */

/**
 * A data directory as a server leaves it, with all tables and no rows. The first caller of a run makes the one that is
 * copied; if two do at once, the later one is not used.
 */
export async function initialisedDataDir(processes: ServerProcesses): Promise<string> {
  const { preparedDataDir } = inject('testDatabases')
  if (!(await exists(preparedDataDir))) await makePrepared(preparedDataDir)
  const dataDir = processes.newDataDir()
  // As cp -a: Postgres looks at owners and modes.
  await promisify(execFile)('cp', ['-a', preparedDataDir, dataDir])
  return dataDir
}

/** Starts a server on a new database of the run's Postgres. Unknown tokens create projects, as with the embedded one. */
export async function startOnDatabase(
  processes: ServerProcesses,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const { connectionString, drop } = await cloneDatabase()
  processes.onClean(drop)
  return processes.start({
    DATABASE_URL: connectionString,
    TWINPANEL_UNKNOWN_TOKENS: 'create',
    TWINPANEL_DATA_DIR: processes.newDataDir(),
    ...env,
  })
}

async function makePrepared(path: string): Promise<void> {
  const processes = new ServerProcesses()
  try {
    const dataDir = processes.newDataDir()
    const server = processes.start({ TWINPANEL_DATA_DIR: dataDir })
    await server.url()
    server.child.kill('SIGTERM')
    await server.ended
    const draft = join(dirname(path), `draft-${process.pid}`)
    await promisify(execFile)('cp', ['-a', dataDir, draft])
    await rename(draft, path).catch(() => rm(draft, { recursive: true }))
  } finally {
    await processes.clean()
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
