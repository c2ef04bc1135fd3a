import { Client } from 'pg'

/** The coordinator of TEST_CITUS_URL, and its workers: the URL of one database of each. */
export interface CitusNodes {
  readonly coordinator: string
  readonly workers: readonly string[]
}

/** The URL of a Citus coordinator whose database has the extension and knows its workers; undefined without one. */
export const CITUS_URL: string | undefined = process.env['TEST_CITUS_URL'] || undefined

/** The nodes that the database of a coordinator knows. */
export async function findNodes(coordinator: string): Promise<CitusNodes> {
  const rows = await runOn(coordinator, 'select nodename, nodeport from pg_dist_node where groupid <> 0')
  const workers = rows.map(({ nodename, nodeport }) => {
    const url = new URL(coordinator)
    url.hostname = String(nodename)
    url.port = String(nodeport)
    return url.href
  })
  if (workers.length === 0) throw new Error('the coordinator of TEST_CITUS_URL has no workers')
  return { coordinator, workers }
}

/** The URL of another database of the same node. */
export function databaseOf(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

/** Makes databases of one name, one on each node, a cluster: the extension and the nodes belong to a database. */
export async function joinDatabases({ coordinator, workers }: CitusNodes, name: string): Promise<void> {
  for (const url of [coordinator, ...workers]) {
    await runOn(databaseOf(url, name), 'create extension if not exists citus')
  }
  const { hostname, port } = new URL(coordinator)
  const add = workers.map((url) => `citus_add_node('${new URL(url).hostname}', ${new URL(url).port || 5432})`)
  await runOn(
    databaseOf(coordinator, name),
    `select citus_set_coordinator_host('${hostname}', ${port || 5432}); select ${add.join(', ')}`,
  )
}

/** Makes a database fit to be copied: nothing stays connected, and the daemons of Citus do not come back. */
export async function closeTemplate({ coordinator, workers }: CitusNodes, name: string): Promise<void> {
  for (const url of [coordinator, ...workers]) {
    await runOn(url, `alter database ${name} allow_connections false`)
    await runOn(
      url,
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`,
    )
  }
}

async function runOn(url: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
