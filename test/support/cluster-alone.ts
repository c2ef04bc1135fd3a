import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { chooseAccount } from '../../src/embedded-postgres/account.ts'
import { findBinaries } from '../../src/embedded-postgres/binaries.ts'
import type { Context } from '../../src/embedded-postgres/context.ts'
import { layoutOf } from '../../src/embedded-postgres/layout.ts'
import { readPidFile } from '../../src/embedded-postgres/pid-file.ts'
import { type Postmaster, spawnPostmaster } from '../../src/embedded-postgres/postmaster.ts'
import { defaultSettings } from '../../src/embedded-postgres/settings.ts'
import { until } from './server-process.ts'

/** The URL of a data directory's Postgres for one of its roles, with the password in its password file. */
export async function urlFor(role: string, dataDir: string, port?: number): Promise<string> {
  const layout = layoutOf(dataDir)
  const password = (await readFile(layout.passwordFile, 'utf8')).trim()
  return `postgres://${role}:${password}@127.0.0.1:${port ?? (await readPidFile(layout))?.port}/postgres`
}

/** The context for running Postgres on a data directory without a server. */
export async function contextFor(dataDir: string): Promise<Context> {
  const layout = layoutOf(dataDir)
  const [binaries, account] = await Promise.all([findBinaries(), chooseAccount(layout)])
  if (!binaries.ok || !account.ok) throw new Error('there are no binaries, or no account to run them')
  return {
    layout,
    binaries: binaries.value,
    account: account.value,
    handsOverDirectories: false,
    settings: defaultSettings,
    forTests: false,
    forTemplate: false,
    watcher: { watch: () => undefined, dismiss: () => Promise.resolve() },
    log: { debug: () => undefined, warn: () => undefined, error: () => undefined },
    onWaiting: undefined,
    signal: undefined,
  }
}

/** A Postgres that runs on a data directory without our server. */
export interface ClusterAlone {
  readonly postmaster: Postmaster
  /** For the requested role. */
  readonly url: string
}

/** The clusters that a test file runs without a server; `stop` stops those that still run. */
export class ClustersAlone {
  readonly #postmasters: Postmaster[] = []

  /** Runs Postgres on a data directory, and waits until a role can log in. */
  async start(dataDir: string, role: string): Promise<ClusterAlone> {
    const postmaster = await spawnPostmaster(await contextFor(dataDir))
    this.#postmasters.push(postmaster)
    const url = await urlFor(role, dataDir, postmaster.port)
    await until('Postgres', () => canConnect(url))
    return { postmaster, url }
  }

  async stop(): Promise<void> {
    for (const postmaster of this.#postmasters.splice(0)) await postmaster.stop()
  }
}

/** True if a Postgres accepts connections. */
export async function canConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
