import type { IdentityRules, IdManagement } from '../core/identity/model.ts'
import { MANY_DEVICES } from '../core/identity/simplified.ts'
import type { IdentityDifference, LoadedCluster, LoadedId, LoadedIdentity } from '../core/identity/state.ts'
import { byIndex } from './by-index.ts'
import type { Queryable } from './db.ts'
import type { IdentityTx } from './locks.ts'
import { writePending } from './pending.ts'

const MS_PER_HOUR = 3_600_000
/** Earlier events are counted up to here: it is told that there are some. */
const MAX_EARLIER_EVENTS = 1_000

/** Which project to look in, by what rules, and when: ms since the epoch. */
export interface IdentityScope {
  readonly projectId: number
  readonly mode: IdManagement
  readonly rules: IdentityRules
  readonly nowMs: number
}

interface Row {
  readonly distinct_id: string
  readonly canonical: string
  readonly is_alias: boolean | null
  readonly is_identified: boolean | null
  readonly size?: number
  readonly identified?: readonly string[]
  /** A bigint, as text. */
  readonly seen?: string | null
  readonly recent_links?: number
  readonly earlier_events?: number
  readonly profile?: readonly string[] | null
}

const ASKED = `
  with asked as materialized (
    select a.distinct_id, coalesce(i.canonical, a.distinct_id) as canonical, i.is_alias, i.is_identified
    from unnest($2::text[]) as a (distinct_id)
    left join identity i on i.project_id = $1 and i.distinct_id = a.distinct_id
  )
  select asked.*, (
    select array(select jsonb_object_keys(p.properties)) from profile p
    where p.project_id = $1 and p.group_key = '' and p.distinct_id = asked.canonical
  ) as profile`

const MEMBERS = byIndex('m.canonical', 'asked.canonical')
const EVENTS = byIndex('e.distinct_id', 'asked.canonical')

/**
 * What each identity system asks beside the rows of the ids. Every count ends at a bound, so that the very
 * users that a limit is for cost no more than others. One statement: one view of the data.
 */
const LOAD: Readonly<Record<IdManagement, { readonly name: string; readonly text: string }>> = {
  simplified: {
    name: 'load_simplified',
    text: `${ASKED},
      1 + ((
        select 1 from identity m where m.project_id = $1 and ${MEMBERS} limit 1
      ) is not null or (
        select 1 from event e where e.project_id = $1 and ${EVENTS} limit 1
      ) is not null)::integer as size,
      (select count(*) from (
        select from identity m where m.project_id = $1 and m.linked_at_ms > $4 and ${MEMBERS} limit $3
      ) as recent)::integer as recent_links
      from asked`,
  },
  original: {
    name: 'load_original',
    text: `${ASKED},
      (select count(*) from (
        select from identity m where m.project_id = $1 and ${MEMBERS} limit $3
      ) as members)::integer as size,
      array(
        select m.distinct_id from identity m
        where m.project_id = $1 and m.is_identified and ${MEMBERS} limit $3
      ) as identified,
      (select c.seen_seq from identity c where c.project_id = $1 and c.distinct_id = asked.canonical) as seen,
      $4::bigint as now_ms
      from asked`,
  },
  legacy: {
    name: 'load_legacy',
    text: `${ASKED},
      (select count(*) from (
        select from event e
        where e.project_id = $1 and e.event not in ('$identify', '$create_alias', '$merge') and ${EVENTS}
        limit $3
      ) as earlier)::integer as earlier_events,
      $4::bigint as now_ms
      from asked`,
  },
}

/**
 * What is known about ids, each named once. Outside an identity transaction the answer is good for finding that
 * nothing needs to change: what is linked stays linked, and what was refused stays refused.
 */
export async function loadIdentity(
  db: Queryable,
  { projectId, mode, rules, nowMs }: IdentityScope,
  distinctIds: readonly string[],
): Promise<LoadedIdentity> {
  if (distinctIds.length === 0) return { ids: [], clusters: [] }
  const bounds = {
    simplified: MANY_DEVICES,
    original: rules.id_cluster_max + 1,
    legacy: MAX_EARLIER_EVENTS,
  }
  const values = [projectId, distinctIds, bounds[mode], nowMs - MS_PER_HOUR]
  const { rows } = await db.query<Row>({ ...LOAD[mode], values })
  const clusters = new Map(rows.map((row) => [row.canonical, toCluster(row)]))
  return { ids: rows.map(toId), clusters: [...clusters.values()] }
}

function toId(row: Row): LoadedId {
  return {
    distinctId: row.distinct_id,
    canonical: row.canonical,
    isAlias: row.is_alias ?? false,
    isIdentified: row.is_identified ?? false,
  }
}

function toCluster(row: Row): LoadedCluster {
  return {
    canonical: row.canonical,
    // An id that was never received has no row yet, and is one all the same.
    size: Math.max(row.size ?? 1, 1),
    recentLinks: row.recent_links ?? 0,
    earlierEvents: row.earlier_events ?? 0,
    ...(row.profile && { profile: { keptUnder: row.canonical, names: row.profile } }),
    ...(row.identified && { identified: row.identified }),
    ...(row.seen && { seen: Number(row.seen) }),
  }
}

const MOVE_CLUSTERS = `
  update identity i set canonical = m.to_id, rekeyed_seq = $4, linked_at_ms = coalesce(i.linked_at_ms, $5)
  from unnest($2::text[], $3::text[]) as m (from_id, to_id)
  where i.project_id = $1 and i.canonical = m.from_id`

const WRITE_IDS = `
  insert into identity (project_id, distinct_id, canonical, is_alias, is_identified, seen_seq, rekeyed_seq,
                        linked_at_ms)
  select $1, r.d, r.c, r.a, r.i, nextval('identity_seen_seq'), $3, $4
  from jsonb_to_recordset($2::jsonb) as r (d text, c text, a boolean, i boolean)
  order by r.d
  on conflict (project_id, distinct_id) do update set
    canonical = excluded.canonical, is_alias = excluded.is_alias, is_identified = excluded.is_identified,
    rekeyed_seq = case when identity.canonical = excluded.canonical
      then identity.rekeyed_seq else excluded.rekeyed_seq end,
    linked_at_ms = coalesce(identity.linked_at_ms, excluded.linked_at_ms)`

const WRITE_LINKS = `
  insert into identity_link (project_id, from_id, to_id, canonical, absorbed, event, insert_id, rule, at_ms)
  select $1, r.f, r.t, r.c, r.b, r.e, r.i, r.r, r.m
  from jsonb_to_recordset($2::jsonb)
    as r (f text, t text, c text, b text, e text, i text, r text, m bigint)`

/** IDO-24: a profile goes with its user to the canonical id, unless that has one of its own. */
const MOVE_PROFILES = `
  update profile p set distinct_id = m.to_id
  from unnest($2::text[], $3::text[]) as m (from_id, to_id)
  where p.project_id = $1 and p.group_key = '' and p.distinct_id = m.from_id`

/** Where a difference is written, and when: ms since the epoch. `asOfMs`: what queries show, where not all at once. */
export interface WriteScope {
  readonly projectId: number
  readonly nowMs: number
  readonly asOfMs: number | undefined
}

/** Writes what a decision has changed. Events are not touched, however many belong to the ids. */
export async function writeIdentity(
  tx: IdentityTx,
  { projectId, nowMs, asOfMs }: WriteScope,
  { moved, ids, links, profiles }: IdentityDifference,
): Promise<void> {
  const { rows } = await tx.query<{ seq: string }>(`select nextval('event_seq_seq') as seq`)
  const [marker] = rows
  if (asOfMs !== undefined && marker !== undefined) {
    await writePending(tx, { projectId, nowMs, asOfMs }, marker.seq, { moved, ids })
  }
  if (moved.length > 0) {
    const from = moved.map((move) => move.from)
    const to = moved.map((move) => move.to)
    await tx.query(MOVE_CLUSTERS, [projectId, from, to, marker?.seq, nowMs])
  }
  const idRows = ids.map((id) => ({ d: id.distinctId, c: id.canonical, a: id.isAlias, i: id.isIdentified }))
  if (ids.length > 0) await tx.query(WRITE_IDS, [projectId, JSON.stringify(idRows), marker?.seq, nowMs])
  if (profiles.length > 0) {
    const [from, to] = [profiles.map((move) => move.from), profiles.map((move) => move.to)]
    await tx.query(MOVE_PROFILES, [projectId, from, to])
  }
  if (links.length === 0) return
  const linkRows = links.map((link) => {
    const { from, to, canonical, absorbed, event, insertId, rule, atMs } = link
    return { f: from, t: to, c: canonical, b: absorbed, e: event, i: insertId, r: rule, m: atMs }
  })
  await tx.query(WRITE_LINKS, [projectId, JSON.stringify(linkRows)])
}

/** Records ids that an original project receives for the first time, in order, before anything is decided. */
export async function writeFirstSeenIds(
  tx: IdentityTx,
  projectId: number,
  distinctIds: readonly string[],
): Promise<void> {
  if (distinctIds.length === 0) return
  await tx.query(WRITE_FIRST_SEEN, [projectId, distinctIds])
}

const WRITE_FIRST_SEEN = `
  with sighted as materialized (
    select d, nextval('identity_seen_seq') as n from (
      select d from unnest($2::text[]) with ordinality as sight (d, at)
      where not exists (select from identity where project_id = $1 and distinct_id = d)
      order by at
    ) as fresh
  )
  insert into identity (project_id, distinct_id, canonical, seen_seq)
  select $1, d, d, n from sighted order by d
  on conflict do nothing`
