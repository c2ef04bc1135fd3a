import type pg from 'pg'
import type { Db } from './db.ts'
import type { NewProject } from './projects.ts'
import { inTransaction } from './tx.ts'

/** How many projects may be made of tokens that nobody has: in a minute, and in all. */
export interface TokenBounds {
  readonly perMinute: number
  readonly inAll: number
}

/** Which of the bounds was reached. */
export type ReachedBound = keyof TokenBounds

/**
 * Makes projects of tokens that were new a moment ago, in the order given, as far as the bounds go: across all servers
 * on the database, for the row that counts is locked meanwhile. Those that another request has just made are left
 * alone. Out: the bound that was reached, undefined where all were made.
 */
export async function makeProjectsOfTokens(
  db: Db,
  added: readonly NewProject[],
  bounds: TokenBounds,
): Promise<ReachedBound | undefined> {
  return await inTransaction(db, async (tx) => {
    const { rows } = await tx.query<{ used: number; in_all: number }>(LOCK, [bounds.perMinute])
    const used = rows[0]?.used ?? 0
    let inAll = rows[0]?.in_all ?? 0
    if (inAll + added.length > bounds.inAll) {
      // Some may be deleted by now.
      inAll = (await tx.query<{ count: number }>(COUNT)).rows[0]?.count ?? 0
    }
    const left = { perMinute: Math.floor(bounds.perMinute - used), inAll: bounds.inAll - inAll }
    const reached = left.inAll <= left.perMinute ? 'inAll' : 'perMinute'
    const may = added.slice(0, Math.max(left[reached], 0))
    const made = may.length === 0 ? 0 : await insertMissing(tx, may)
    await tx.query(USE, [used + made, inAll + made])
    return may.length < added.length ? reached : undefined
  })
}

/** Of one table, so that all of it is as it is once the lock is held. A clock that was set back gives nothing back. */
const LOCK = `
  select greatest(
           used - greatest(extract(epoch from clock_timestamp() - used_at), 0)::double precision
                * $1::double precision / 60, 0) as used,
         in_all
  from new_token for update`
const COUNT = 'select count(*)::integer as count from project where is_from_token'
const USE = 'update new_token set used = $1, used_at = clock_timestamp(), in_all = $2'

/** Leaves alone those that another request has just made. Out: how many were made. */
async function insertMissing(
  tx: Pick<pg.PoolClient, 'query'>,
  added: readonly NewProject[],
): Promise<number> {
  const rows = added.map((own) => ({
    t: own.token,
    n: own.name,
    m: own.idManagement,
    z: own.timezone,
    s: own.settings,
    h: Buffer.from(own.secretHash).toString('base64'),
  }))
  const { rowCount } = await tx.query(INSERT, [JSON.stringify(rows)])
  return rowCount ?? 0
}

/** In one order everywhere, so that two servers cannot wait for each other. */
const INSERT = `
  insert into project (token, name, id_management, timezone, settings, secret_hash, is_from_token)
  select t, n, m, z, s, decode(h, 'base64'), true
  from jsonb_to_recordset($1::jsonb) as row (t text, n text, m text, z text, s jsonb, h text)
  order by t collate "C"
  on conflict (token) do nothing`
