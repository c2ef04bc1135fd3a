import { type RawBuilder, sql, type Transaction } from 'kysely'
import { nowOf } from '../core/clock.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import type { IdentityDifference } from '../core/identity/state.ts'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import type { IdentityTx } from './locks.ts'
import type { Schema } from './schema.ts'

/*
 * Merges that queries do not show yet (IDS-32). For each id that a merge moves, a row keeps the user to whom the id
 * belonged before. As of a given time, an id belongs to the user in its first row after that time; without such a row,
 * to its current user. Both seq and at_ms order the rows by merge, so that all ids are shown as of the same time.
 */

/** Deletes the merges that queries already show. In: `project.id`, and the time as of which queries show identities. */
const FORGET_SHOWN_MERGES = 'delete from identity_pending where project_id = $1 and at_ms <= $2'

/** No merge gets an earlier at_ms than the merges before it, even if the clocks of servers differ. */
const keepMergesOf = (known: string) => `
  insert into identity_pending (project_id, distinct_id, seq, canonical, rekeyed_seq, at_ms)
  select $1, before.distinct_id, $2::bigint, before.canonical, before.rekeyed_seq,
         greatest($3::bigint, (select max(at_ms) from identity_pending where project_id = $1))
  from (
    select distinct_id, canonical, rekeyed_seq from identity
    where project_id = $1 and canonical = any($4::text[])
    union
    select after.distinct_id, coalesce(known.canonical, after.distinct_id), coalesce(known.rekeyed_seq, 0)
    from unnest($5::text[], $6::text[]) as after (distinct_id, canonical)
    left join ${known} as known on known.project_id = $1 and known.distinct_id = after.distinct_id
    where coalesce(known.canonical, after.distinct_id) <> after.canonical
  ) as before`
const KEEP_MERGES = {
  text: keepMergesOf('identity'),
  distributed: keepMergesOf(
    '(select * from identity where project_id = $1 and distinct_id = any($5::text[]) offset 0)',
  ),
}

/** The time of a merge, and the time as of which queries show identities: ms since the epoch, by the project's clock. */
export interface PendingScope {
  readonly projectId: number
  readonly nowMs: number
  readonly asOfMs: number
}

/** Stores the users of ids before a merge changes them, while queries still show them. In: `seq` orders the merges. */
export async function writePending(
  tx: IdentityTx,
  { projectId, nowMs, asOfMs }: PendingScope,
  seq: string,
  { moved, ids }: Pick<IdentityDifference, 'moved' | 'ids'>,
): Promise<void> {
  await tx.query(FORGET_SHOWN_MERGES, [projectId, asOfMs])
  const from = moved.map((move) => move.from)
  const [names, canonicals] = [ids.map((id) => id.distinctId), ids.map((id) => id.canonical)]
  await tx.query({ ...KEEP_MERGES, values: [projectId, seq, nowMs, from, names, canonicals] })
}

/**
 * Ensures that queries still show the merges that they have shown, after a change of the project's clock or delay.
 * Without a delay they show all merges. In: the transaction of the change, the project before and after it, and the
 * server's time.
 */
export async function keepShown(
  tx: Transaction<Schema>,
  before: Project,
  after: Project,
  serverNowMs: number,
): Promise<void> {
  const shownMs = shownAsOf(before, nowOf(before, serverNowMs))
  if (shownMs === undefined) return
  const nowMs = nowOf(after, serverNowMs)
  const isDelayed = shownAsOf(after, nowMs) !== undefined
  let shown = tx.deleteFrom('identity_pending').where('project_id', '=', after.id)
  if (isDelayed) shown = shown.where('at_ms', '<=', String(shownMs))
  await shown.execute()
  // After a clock was set back, no merge takes longer to appear than the delay.
  await tx
    .updateTable('identity_pending')
    .set({ at_ms: nowMs })
    .where('project_id', '=', after.id)
    .where('at_ms', '>', String(nowMs))
    .execute()
}

/** A column of an id's first row after a time, as SQL. In: the alias of the id's row of `identity`. */
function firstPending(
  alias: string,
  column: 'canonical' | 'rekeyed_seq',
  asOfMs: number,
): RawBuilder<unknown> {
  const row = sql.ref(alias)
  return sql`(
    select pending.${sql.ref(column)} from identity_pending as pending
    where pending.project_id = ${row}.project_id and pending.distinct_id = ${row}.distinct_id
      and pending.at_ms > ${asOfMs}
    order by pending.seq limit 1
  )`
}

/** The canonical id shown for a row of `identity`, as SQL. In: the row's alias; a time, or undefined for now. */
export function shownCanonical(alias: string, asOfMs: number | undefined): RawBuilder<string> {
  const canonical = sql<string>`${sql.ref(alias)}.canonical`
  return asOfMs === undefined
    ? canonical
    : sql`coalesce(${firstPending(alias, 'canonical', asOfMs)}, ${canonical})`
}

/** The row of `identity` of an event's id as of a time, as an SQL subquery. */
export function shownIdentity(asOfMs: number): RawBuilder<Schema['identity']> {
  return sql`(
    select linked.project_id, linked.distinct_id, ${shownCanonical('linked', asOfMs)} as canonical,
           linked.is_alias, linked.is_identified, linked.first_seen_seq, linked.linked_at_ms,
           coalesce(${firstPending('linked', 'rekeyed_seq', asOfMs)}, linked.rekeyed_seq) as rekeyed_seq
    from identity as linked
    where linked.project_id = event.project_id and linked.distinct_id = event.distinct_id
  )`
}

/** The rows of `identity` of a project as of a time, as an SQL subquery, which need not be joined laterally. */
export function shownIdentities(projectId: number, asOfMs: number): RawBuilder<Schema['identity']> {
  return sql`(
    select linked.project_id, linked.distinct_id, coalesce(pending.canonical, linked.canonical) as canonical,
           linked.is_alias, linked.is_identified, linked.first_seen_seq, linked.linked_at_ms,
           coalesce(pending.rekeyed_seq, linked.rekeyed_seq) as rekeyed_seq
    from identity as linked
    left join (
      select project_id, distinct_id, (array_agg(canonical order by seq))[1] as canonical,
             (array_agg(rekeyed_seq order by seq))[1] as rekeyed_seq
      from identity_pending where project_id = ${projectId} and at_ms > ${asOfMs} group by project_id, distinct_id
    ) as pending on pending.project_id = linked.project_id and pending.distinct_id = linked.distinct_id
    where linked.project_id = ${projectId}
  )`
}

/** The canonical ids shown for distinct_ids; ids that are canonical themselves are left out. */
export async function resolveShownIds(
  db: Db,
  projectId: number,
  distinctIds: readonly string[],
  asOfMs: number,
): Promise<ReadonlyMap<string, string>> {
  const shown = shownCanonical('linked', asOfMs)
  const { rows } = await sql<{ distinct_id: string; canonical: string }>`
    select linked.distinct_id, ${shown} as canonical from identity as linked
    where linked.project_id = ${projectId} and linked.distinct_id = any(${distinctIds}::text[])
      and ${shown} <> linked.distinct_id`.execute(db.kysely)
  return new Map(rows.map((row) => [row.distinct_id, row.canonical]))
}

/** A merge that is not shown yet, for one id. */
export interface PendingRow {
  readonly distinctId: string
  /** The user under which it is shown until then. */
  readonly canonical: string
  /** Ms since the epoch, by the project's clock. */
  readonly atMs: number
}

/** The merges of users' ids that are not shown yet, in order. In: the current canonical ids of the users. */
export async function readPending(
  db: Db,
  projectId: number,
  canonicals: readonly string[],
  asOfMs: number | undefined,
): Promise<readonly (PendingRow & { readonly user: string })[]> {
  if (asOfMs === undefined) return []
  const rows = await db.kysely
    .selectFrom('identity_pending as pending')
    .innerJoin('identity', (join) =>
      join
        .onRef('identity.project_id', '=', 'pending.project_id')
        .onRef('identity.distinct_id', '=', 'pending.distinct_id'),
    )
    .select(['pending.distinct_id', 'pending.canonical', 'pending.at_ms', 'identity.canonical as user'])
    .where('pending.project_id', '=', projectId)
    .where('pending.at_ms', '>', String(asOfMs))
    .where('identity.canonical', '=', sql<string>`any(${canonicals}::text[])`)
    .orderBy('pending.seq')
    .execute()
  return rows.map((row) => {
    return { distinctId: row.distinct_id, canonical: row.canonical, atMs: Number(row.at_ms), user: row.user }
  })
}
