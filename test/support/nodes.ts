import { Client, type QueryResult, type QueryResultRow } from 'pg'
import { inject } from 'vitest'
import type { Db } from '../../src/store/db.ts'
import { databaseOf } from './citus.ts'

/*
 * The servers that hold the rows of a test database: the one of its URL, or on Citus the workers, where each table is
 * several, its shards.
 */

/** Shows the shards among the tables, and lets them be changed one by one. */
const BY_SHARD = `
  set citus.enable_ddl_propagation = off;
  set citus.override_table_visibility = off;
  set citus.enable_manual_changes_to_shards = on`
const SHARDS_OF = `select relname as name from pg_class where relname ~ ('^' || $1 || '_[0-9]+$') and relkind in ('r', 'p')`

/** Runs a statement on each server that holds rows. Out: the rows of all. */
export async function onNodes<Row extends QueryResultRow>(
  db: Db,
  statement: string,
): Promise<readonly Row[]> {
  return await onEach(nodesOf(db), async (node) => {
    // Of several statements there are several results.
    const results: readonly QueryResult<Row>[] = [await node.query<Row>(statement)].flat()
    return results.flatMap(({ rows }) => rows)
  })
}

/** Runs a statement on each table that holds rows of the one with this name. */
export async function onTables(db: Db, name: string, make: (table: string) => string): Promise<void> {
  const isWhole = inject('testDatabases').workerUrls.length === 0
  await onEach(nodesOf(db), async (node) => {
    const shards = isWhole ? [{ name }] : (await node.query<{ name: string }>(SHARDS_OF, [name])).rows
    for (const shard of shards) await node.query(make(shard.name))
    return shards
  })
}

/** True if a connection waits for a lock, on whichever server. */
export async function isAnyWaiting(db: Db): Promise<boolean> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  const servers = new Set([urlOf(db), ...nodesOf(db)])
  return (await onEach([...servers], async (node) => (await node.query(waiting)).rows)).length > 0
}

const urlOf = (db: Db) => db.shared.raw.options.connectionString ?? ''

function nodesOf(db: Db): readonly string[] {
  const { workerUrls } = inject('testDatabases')
  const name = new URL(urlOf(db)).pathname.slice(1)
  return workerUrls.length === 0 ? [urlOf(db)] : workerUrls.map((url) => databaseOf(url, name))
}

async function onEach<Row>(
  urls: readonly string[],
  run: (node: Client) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const connectionString of urls) {
    const node = new Client({ connectionString })
    await node.connect()
    try {
      if (inject('testDatabases').workerUrls.length > 0) await node.query(BY_SHARD)
      rows.push(...(await run(node)))
    } finally {
      await node.end()
    }
  }
  return rows
}
