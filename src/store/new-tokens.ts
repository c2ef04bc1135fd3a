import type pg from 'pg'
import type { TokenOfProject } from '../core/token-hints.ts'
import type { Db } from './db.ts'
import type { NewProject } from './projects.ts'
import { inTransaction } from './tx.ts'

/** How many projects may be created for unknown tokens: per minute, and in total. */
export interface TokenBounds {
  readonly perMinute: number
  readonly inAll: number
}

export type ReachedBound = keyof TokenBounds

/** A project to create for an unknown token. */
export interface ProjectOfToken extends NewProject {
  /** The public id of the project whose token is nearly the same. */
  readonly similarTo: number | undefined
}

/**
 * Creates projects for unknown tokens, in the order given and up to the bounds. The row of the counts is locked
 * meanwhile, so that the bounds hold across all servers on the database. Projects that another request has just created
 * are left unchanged. Out: the bound that was reached; undefined if there is a project for every token.
 */
export async function makeProjectsOfTokens(
  db: Db,
  added: readonly ProjectOfToken[],
  bounds: TokenBounds,
): Promise<ReachedBound | undefined> {
  return await inTransaction(db, async (tx) => {
    const { rows } = await tx.query<{ used: number; total: number }>(LOCK_QUOTA, [bounds.perMinute])
    const used = rows[0]?.used ?? 0
    let inAll = rows[0]?.total ?? 0
    if (inAll + added.length > bounds.inAll) {
      // Some may have been deleted since.
      inAll = (await tx.query<{ count: number }>(COUNT_PROJECTS_OF_TOKENS)).rows[0]?.count ?? 0
    }
    const left = { perMinute: Math.floor(bounds.perMinute - used), inAll: bounds.inAll - inAll }
    const reached = left.inAll <= left.perMinute ? 'inAll' : 'perMinute'
    const allowed = added.slice(0, Math.max(left[reached], 0))
    const made = allowed.length === 0 ? 0 : await insertMissing(tx, allowed)
    await tx.query(WRITE_QUOTA, [used + made, inAll + made])
    return allowed.length < added.length ? reached : undefined
  })
}

/**
 * Reads a single table, so that all values are as of the time at which the lock was obtained. A clock that was set back
 * does not increase what is left.
 */
const LOCK_QUOTA = `
  select greatest(
           used - greatest(extract(epoch from clock_timestamp() - used_at), 0)::double precision
                * $1::double precision / 60, 0) as used,
         total
  from new_token_quota for update`
const COUNT_PROJECTS_OF_TOKENS = 'select count(*)::integer as count from project where is_from_token'
const WRITE_QUOTA = 'update new_token_quota set used = $1, used_at = clock_timestamp(), total = $2'

/** Inserts the projects whose token is still unknown. Out: their number. */
async function insertMissing(
  tx: Pick<pg.PoolClient, 'query'>,
  added: readonly ProjectOfToken[],
): Promise<number> {
  const rows = added.map((project) => ({
    token: project.token,
    name: project.name,
    id_management: project.idManagement,
    timezone: project.timezone,
    settings: project.settings,
    secret_hash: Buffer.from(project.secretHash).toString('base64'),
    similar_to: project.similarTo ?? null,
  }))
  const { rowCount } = await tx.query(INSERT_MISSING_PROJECTS, [JSON.stringify(rows)])
  return rowCount ?? 0
}

/** In the order of tokens, so that two servers cannot deadlock. */
const INSERT_MISSING_PROJECTS = `
  insert into project (token, name, id_management, timezone, settings, secret_hash, is_from_token, similar_to)
  select token, name, id_management, timezone, settings, decode(secret_hash, 'base64'), true, similar_to
  from jsonb_to_recordset($1::jsonb) as sent (
    token text, name text, id_management text, timezone text, settings jsonb, secret_hash text, similar_to integer
  )
  order by token collate "C"
  on conflict (token) do nothing`

/** Tokens that an unknown one is compared with: of projects that somebody has created, then the newest others. */
export async function readTokensToCompare(db: Db): Promise<readonly TokenOfProject[]> {
  const { rows } = await db.pool.query<{ public_id: number; token: string }>(READ_TOKENS_TO_COMPARE)
  return rows.map((row) => ({ publicId: row.public_id, token: row.token }))
}

const READ_TOKENS_TO_COMPARE =
  'select public_id, token from project order by is_from_token, public_id desc limit 1000'

/** Those of the hashes that are of the API secret of a project or of the secret of a service account. */
export async function findSecretHashes(
  db: Db,
  hashes: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const { rows } = await db.pool.query<{ secret_hash: Uint8Array }>(FIND_SECRET_HASHES, [hashes])
  return rows.map((row) => row.secret_hash)
}

const FIND_SECRET_HASHES = `
  select secret_hash from project where secret_hash = any($1::bytea[])
  union all
  select secret_hash from service_account where secret_hash = any($1::bytea[])`
