import type { Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import {
  type Client,
  type ClientKey,
  joinClients,
  keyOfClient,
  MAX_CLIENTS,
  OTHERS,
} from '../core/clients/client.ts'
import type { Db } from './db.ts'
import type { Schema } from './schema.ts'

/** A client and the id of its project in the tables of records. */
export interface ProjectClient extends Client {
  readonly projectId: number
}

/** All clients of a project, the one seen last first. */
export async function listClients(db: Db, projectId: number): Promise<readonly Client[]> {
  const rows = await db.kysely
    .selectFrom('client')
    .selectAll()
    .where('project_id', '=', projectId)
    .orderBy('last_seen_ms', 'desc')
    .orderBy('requests', 'desc')
    .orderBy('lib')
    .execute()
  return rows.map(toClient)
}

/**
 * Adds sightings of clients to those that are known. Those of a project that is gone, or was reset, are left out; what a
 * project has no room for becomes one client. Two servers that find room at once may each take it.
 */
export async function addClients(db: Db, seen: readonly ProjectClient[]): Promise<void> {
  await db.kysely.transaction().execute(async (tx) => {
    const ids = [...new Set(seen.map(({ projectId }) => projectId))]
    const live = await tx
      .selectFrom('project')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forKeyShare()
      .execute()
    const known = await loadKeys(
      tx,
      live.map(({ id }) => id),
    )
    const rows = live.flatMap(({ id }) => {
      const own = seen.filter(({ projectId }) => projectId === id)
      return withinRoom(own, known.get(id) ?? new Set()).map((client) => toRow(id, client))
    })
    if (rows.length > 0) await upsert(tx, rows)
  })
}

async function loadKeys(
  tx: Transaction<Schema>,
  projectIds: readonly number[],
): Promise<ReadonlyMap<number, Set<string>>> {
  const known = new Map(projectIds.map((id) => [id, new Set<string>()]))
  if (projectIds.length === 0) return known
  const rows = await tx.selectFrom('client').selectAll().where('project_id', 'in', projectIds).execute()
  for (const row of rows) known.get(row.project_id)?.add(keyOfClient(toClient(row)))
  return known
}

/** Clients by key, those for whom there is no room as one. `known` learns the new ones. */
function withinRoom(seen: readonly Client[], known: Set<string>): readonly Client[] {
  const fitted = new Map<string, Client>()
  for (const client of seen) {
    const hasRoom = known.has(keyOfClient(client)) || known.size < MAX_CLIENTS
    const own: Client = hasRoom ? client : { ...client, ...OTHERS }
    const key = keyOfClient(own)
    known.add(key)
    const before = fitted.get(key)
    fitted.set(key, before === undefined ? own : joinClients(before, own))
  }
  return [...fitted.values()]
}

type Row = ReturnType<typeof toRow>

async function upsert(tx: Transaction<Schema>, rows: readonly Row[]): Promise<void> {
  // In the order of the primary key, so that two who do this cannot wait for each other.
  await sql`
    insert into client as known (project_id, lib, version, encoding, host, user_agent, endpoints,
                                 first_seen_ms, last_seen_ms, requests, records)
    select p, l, v, e, h, u, a, f, t, q, r
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as row (p integer, l text, v text, e text, h text, u text, a text[], f bigint, t bigint, q bigint, r bigint)
    order by p, l collate "C", v collate "C", e collate "C", h collate "C", u collate "C"
    on conflict (project_id, lib, version, encoding, host, user_agent) do update set
      endpoints = array(select distinct unnest(known.endpoints || excluded.endpoints) order by 1),
      first_seen_ms = least(known.first_seen_ms, excluded.first_seen_ms),
      last_seen_ms = greatest(known.last_seen_ms, excluded.last_seen_ms),
      requests = known.requests + excluded.requests,
      records = known.records + excluded.records`.execute(tx)
}

function toRow(projectId: number, client: Client) {
  const { lib, version, encoding, host, userAgent }: ClientKey = client
  const { endpoints, firstSeenMs, lastSeenMs, requests, records } = client
  return {
    p: projectId,
    l: lib,
    v: version,
    e: encoding,
    h: host,
    u: userAgent,
    a: endpoints,
    f: firstSeenMs,
    t: lastSeenMs,
    q: requests,
    r: records,
  }
}

function toClient(row: Selectable<Schema['client']>): Client {
  return {
    lib: row.lib,
    version: row.version,
    encoding: row.encoding,
    host: row.host,
    userAgent: row.user_agent,
    endpoints: row.endpoints,
    firstSeenMs: Number(row.first_seen_ms),
    lastSeenMs: Number(row.last_seen_ms),
    requests: Number(row.requests),
    records: Number(row.records),
  }
}
