import { CITUS_PROGRAMS, CitusCluster } from '../support/citus-cluster.ts'
import { killIfThere, OwnPostgres } from '../support/own-postgres.ts'
import { ServerProcesses } from '../support/server-process.ts'
import { KeptServer } from './kept-server.ts'

/** What a fault happens to. */
export interface Stand {
  readonly servers: readonly KeptServer[]
  /** Where the embedded Postgres keeps its data; undefined if there is none. */
  readonly dataDir: string | undefined
  /** The Postgres of the servers, if it is not embedded. Throws if it is. */
  readonly postgres: OwnPostgres
  /** The cluster of the servers. Throws if they have one Postgres. */
  readonly citus: CitusCluster
  close(): Promise<void>
}

/** How a stand is made up. */
export interface StandOptions {
  /** By default one. */
  readonly servers?: number
  readonly isEmbedded?: boolean
  /** A coordinator of Citus with two workers, in place of one Postgres. */
  readonly hasCitus?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** For Node, such as --trace-gc. */
  readonly nodeFlags?: readonly string[]
  /** Where the data of an embedded Postgres go; by default to a directory of the stand. */
  readonly dataDir?: string
}

/** Starts servers, on a Postgres that they share or on the embedded one. */
export async function openStand(options: StandOptions = {}): Promise<Stand> {
  const processes = new ServerProcesses()
  const dataDir = options.dataDir ?? processes.newDataDir()
  const servers: KeptServer[] = []
  let postgres: OwnPostgres | undefined
  let citus: CitusCluster | undefined
  // Whatever ends this process, nothing is left running.
  const kill = () => {
    for (const server of servers) killIfThere(server.pid, 'SIGKILL')
    if (postgres !== undefined) killIfThere(postgres.pid, 'SIGQUIT')
    citus?.kill()
  }
  process.once('exit', kill)
  const close = async () => {
    for (const server of servers) await server.stop()
    await postgres?.stop('fast')
    await citus?.remove()
    await processes.clean()
    process.off('exit', kill)
  }
  try {
    if (options.hasCitus === true) citus = await CitusCluster.create(CITUS_PROGRAMS ?? '', 2)
    else if (options.isEmbedded !== true) postgres = await OwnPostgres.create(dataDir)
    const url = citus?.coordinator.url ?? postgres?.url
    const database = url === undefined ? { TWINPANEL_DATA_DIR: dataDir } : { DATABASE_URL: url }
    for (let count = 0; count < (options.servers ?? 1); count++) {
      servers.push(await KeptServer.start(processes, { ...database, ...options.env }, options.nodeFlags))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    servers,
    dataDir: postgres === undefined && citus === undefined ? dataDir : undefined,
    get postgres() {
      if (postgres === undefined)
        throw new Error('the Postgres of this stand is the embedded one, or a cluster')
      return postgres
    },
    get citus() {
      if (citus === undefined) throw new Error('this stand has no cluster')
      return citus
    },
    close,
  }
}

/** For commands: a signal ends the process, and with it its stands. */
export function endOnSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))
}
