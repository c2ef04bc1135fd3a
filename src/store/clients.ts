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
import { shareProjects } from './locks.ts'
import type { Schema } from './schema.ts'
import { inKyselyTransaction } from './tx.ts'

/** A client and the `project.id` of its project. */
export interface ProjectClient extends Client {
  readonly projectId: number
}

/** All clients of a project, most recently seen first. */
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
 * Adds recent requests of clients to their rows. Clients of a project that was deleted or reset are left out; those
 * beyond MAX_CLIENTS of a project are counted as one client. Two servers at once may exceed that limit.
 */
export async function addClients(db: Db, seen: readonly ProjectClient[]): Promise<void> {
  await inKyselyTransaction(db, async (tx) => {
    const ids = [...new Set(seen.map(({ projectId }) => projectId))]
    const live = await shareProjects(tx, ids)
    const known = await loadKeys(tx, live)
    const rows = live.flatMap((id) => {
      const ofProject = seen.filter(({ projectId }) => projectId === id)
      return limitClients(ofProject, known.get(id) ?? new Set()).map((client) => toRow(id, client))
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

/** Merges clients with equal keys, and those beyond the limit into one. Adds the new keys to `known`. */
function limitClients(seen: readonly Client[], known: Set<string>): readonly Client[] {
  const fitted = new Map<string, Client>()
  for (const client of seen) {
    const hasRoom = known.has(keyOfClient(client)) || known.size < MAX_CLIENTS
    const shown: Client = hasRoom ? client : { ...client, ...OTHERS }
    const key = keyOfClient(shown)
    known.add(key)
    const before = fitted.get(key)
    fitted.set(key, before === undefined ? shown : joinClients(before, shown))
  }
  return [...fitted.values()]
}

type Row = ReturnType<typeof toRow>

async function upsert(tx: Transaction<Schema>, rows: readonly Row[]): Promise<void> {
  // In the order of the primary key, so that two transactions cannot deadlock.
  await sql`
    insert into client as known (project_id, lib, version, encoding, host, user_agent, endpoints,
                                 first_seen_ms, last_seen_ms, requests, records)
    select seen.*
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as seen (
      project_id integer, lib text, version text, encoding text, host text, user_agent text, endpoints text[],
      first_seen_ms bigint, last_seen_ms bigint, requests bigint, records bigint
    )
    order by project_id, lib collate "C", version collate "C", encoding collate "C", host collate "C",
             user_agent collate "C"
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
    project_id: projectId,
    lib,
    version,
    encoding,
    host,
    user_agent: userAgent,
    endpoints,
    first_seen_ms: firstSeenMs,
    last_seen_ms: lastSeenMs,
    requests,
    records,
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
