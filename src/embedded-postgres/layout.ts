import { join, resolve } from 'node:path'

/** Where things lie in a data directory. All paths are absolute. */
export interface Layout {
  readonly dataDir: string
  /** Holds the cluster and its password, so that one rename makes both or neither. */
  readonly home: string
  /** What Postgres calls PGDATA. */
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

/** The same parts under another home: where a cluster is made before it is moved into place. */
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
