import { join, resolve } from 'node:path'

/** The paths in a data directory, all absolute. */
export interface Layout {
  readonly dataDir: string
  /** Contains the cluster and its password, so that one rename creates both or neither. */
  readonly home: string
  /** Postgres' PGDATA. */
  readonly cluster: string
  readonly passwordFile: string
  readonly versionFile: string
  readonly pidFile: string
}

/** The layout of a data directory, given as the user wrote it. */
export function layoutOf(dataDir: string): Layout {
  const root = resolve(dataDir)
  return { dataDir: root, ...homeLayout(join(root, 'postgres')) }
}

/** The same paths under another home: where a cluster is created before it is moved into place. */
export function homeLayout(home: string): Omit<Layout, 'dataDir'> {
  const cluster = join(home, 'cluster')
  return {
    home,
    cluster,
    passwordFile: join(home, 'password'),
    versionFile: join(cluster, 'PG_VERSION'),
    pidFile: join(cluster, 'postmaster.pid'),
  }
}
