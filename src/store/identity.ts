import { type IdentityRules, type IdManagement, MANY_ALIASES } from '../core/identity/model.ts'
import { MANY_DEVICES } from '../core/identity/simplified.ts'
import type { IdentityDifference, LoadedCluster, LoadedId, LoadedIdentity } from '../core/identity/state.ts'
import { byIndex } from './by-index.ts'
import type { Queryable } from './db.ts'
import type { Statement } from './forms.ts'
import type { IdentityTx } from './locks.ts'
import { writePending } from './pending-merges.ts'

const MS_PER_HOUR = 3_600_000
/** Earlier events are counted up to this; the verdict only needs to know whether there are any. */
const MAX_EARLIER_EVENTS = 1_000

/** A project, its rules, and the time in ms since the epoch. */
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
  readonly aliases?: readonly string[]
  /** A bigint, as text. */
  readonly first_seen_seq?: string | null
  readonly recent_links?: number
  readonly earlier_events?: number
  readonly profile?: readonly string[] | null
}

const ASKED = `
  with asked as materialized (
    select named.distinct_id, coalesce(identity.canonical, named.distinct_id) as canonical, identity.is_alias,
           identity.is_identified
    from unnest($2::text[]) as named (distinct_id)
    left join identity on identity.project_id = $1 and identity.distinct_id = named.distinct_id
  )
  select asked.*, (
    select array(select jsonb_object_keys(profile.properties)) from profile
    where profile.project_id = $1 and profile.group_key = '' and profile.distinct_id = asked.canonical
  ) as profile`

const MEMBERS = byIndex('member.canonical', 'asked.canonical')
const EVENTS = byIndex('event.distinct_id', 'asked.canonical')

/** The same parts for distributed tables: each is asked for all ids at once, except events, of which one id may have many. */
const ASKED_OF_WORKERS = `
  with known as materialized (
    select distinct_id, canonical, is_alias, is_identified from identity
    where project_id = $1 and distinct_id = any($2::text[])
  ),
  asked as materialized (
    select named.distinct_id, coalesce(known.canonical, named.distinct_id) as canonical, known.is_alias,
           known.is_identified
    from unnest($2::text[]) as named (distinct_id) left join known using (distinct_id)
  ),
  members as materialized (
    select canonical, count(*) as size, count(*) filter (where linked_at_ms > $4) as recent_links,
           array_agg(distinct_id) filter (where is_identified) as identified,
           array_agg(distinct_id) filter (where is_alias) as aliases,
           array_agg(distinct_id) filter (where distinct_id <> canonical) as others,
           min(first_seen_seq) filter (where distinct_id = canonical) as first_seen_seq
    from identity where project_id = $1 and canonical in (select canonical from asked) group by canonical
  ),
  profiles as materialized (
    select distinct_id, array(select jsonb_object_keys(properties)) as names from profile
    where project_id = $1 and group_key = '' and distinct_id in (select canonical from asked)
  )`
/** The number of events under each canonical id, up to a bound. */
const storedOf = (condition: string, bound: string) => `,
  stored as materialized (
    select * from for_each_id($statement$
      select $2, count(*) from (
        select 1 from event where project_id = $1 and distinct_id = $2 ${condition} limit $3
      ) as stored
    $statement$, $1, array(select distinct canonical from asked), ${bound}) as counted (canonical text, stored bigint)
  )`
const OF_CLUSTERS = `
  left join members using (canonical) left join profiles on profiles.distinct_id = asked.canonical`

/**
 * What each identity system loads in addition to the rows of the ids. Every count stops at a bound, so that the users
 * that a limit applies to cost no more than others. One statement, so that all of it is from one snapshot.
 */
const LOAD: Readonly<Record<IdManagement, Statement>> = {
  simplified: {
    name: 'load_simplified',
    text: `${ASKED},
      1 + ((
        select 1 from identity as member where member.project_id = $1 and ${MEMBERS} limit 1
      ) is not null or (
        select 1 from event where event.project_id = $1 and ${EVENTS} limit 1
      ) is not null)::integer as size,
      (select count(*) from (
        select from identity as member
        where member.project_id = $1 and member.linked_at_ms > $4 and ${MEMBERS} limit $3
      ) as recent)::integer as recent_links
      from asked`,
    distributed: `${ASKED_OF_WORKERS} ${storedOf('', '1')}
      select asked.*, profiles.names as profile,
             1 + (members.size is not null or stored.stored > 0)::integer as size,
             least(coalesce(members.recent_links, 0), $3)::integer as recent_links
      from asked left join stored using (canonical) ${OF_CLUSTERS}`,
  },
  original: {
    name: 'load_original',
    text: `${ASKED},
      (select count(*) from (
        select from identity as member where member.project_id = $1 and ${MEMBERS} limit $3
      ) as members)::integer as size,
      array(
        select member.distinct_id from identity as member
        where member.project_id = $1 and member.is_identified and ${MEMBERS} limit $3
      ) as identified,
      array(
        select member.distinct_id from identity as member
        where member.project_id = $1 and member.is_alias and ${MEMBERS} limit ${MANY_ALIASES}
      ) as aliases,
      (
        select first_seen_seq from identity as head
        where head.project_id = $1 and head.distinct_id = asked.canonical
      ) as first_seen_seq,
      $4::bigint as now_ms
      from asked`,
    distributed: `${ASKED_OF_WORKERS}
      select asked.*, profiles.names as profile, least(coalesce(members.size, 0), $3)::integer as size,
             coalesce(members.identified[1:$3], '{}') as identified,
             coalesce(members.aliases[1:${MANY_ALIASES}], '{}') as aliases, members.first_seen_seq
      from asked ${OF_CLUSTERS}`,
  },
  legacy: {
    name: 'load_legacy',
    text: `${ASKED},
      (select count(*) from (
        select from event
        where event.project_id = $1 and event.event not in ('$identify', '$create_alias', '$merge') and ${EVENTS}
        limit $3
      ) as earlier)::integer as earlier_events,
      array(
        select member.distinct_id from identity as member
        where member.project_id = $1 and member.distinct_id <> member.canonical and ${MEMBERS}
        limit ${MANY_ALIASES}
      ) as aliases,
      $4::bigint as now_ms
      from asked`,
    distributed: `${ASKED_OF_WORKERS} ${storedOf("and event not in ('$identify', '$create_alias', '$merge')", '$3')}
      select asked.*, profiles.names as profile, stored.stored::integer as earlier_events,
             coalesce(members.others[1:${MANY_ALIASES}], '{}') as aliases
      from asked left join stored using (canonical) ${OF_CLUSTERS}`,
  },
}

/**
 * Loads the identities of ids. In: each id once. Outside an identity transaction the result can only show that nothing
 * needs to change: links are never undone, and what was refused stays refused.
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
    // An id that was never received has no row, but counts.
    size: Math.max(row.size ?? 1, 1),
    recentLinks: row.recent_links ?? 0,
    earlierEvents: row.earlier_events ?? 0,
    ...(row.profile && { profile: { keptUnder: row.canonical, names: row.profile } }),
    ...(row.identified && { identified: row.identified }),
    ...(row.aliases && { aliases: row.aliases }),
    ...(row.first_seen_seq && { seen: Number(row.first_seen_seq) }),
  }
}

const NEXT_EVENT_SEQ = `select nextval('event_seq_seq') as seq`

const MOVE_CLUSTERS = `
  update identity
  set canonical = move.to_id, rekeyed_seq = $4, linked_at_ms = coalesce(identity.linked_at_ms, $5)
  from unnest($2::text[], $3::text[]) as move (from_id, to_id)
  where identity.project_id = $1 and identity.canonical = move.from_id`

const WRITE_IDS = `
  insert into identity (project_id, distinct_id, canonical, is_alias, is_identified, first_seen_seq, rekeyed_seq,
                        linked_at_ms)
  select $1, sent.distinct_id, sent.canonical, sent.is_alias, sent.is_identified,
         nextval('identity_first_seen_seq'), $3, $4
  from jsonb_to_recordset($2::jsonb)
    as sent (distinct_id text, canonical text, is_alias boolean, is_identified boolean)
  order by sent.distinct_id
  on conflict (project_id, distinct_id) do update set
    canonical = excluded.canonical, is_alias = excluded.is_alias, is_identified = excluded.is_identified,
    rekeyed_seq = case when identity.canonical = excluded.canonical
      then identity.rekeyed_seq else excluded.rekeyed_seq end,
    linked_at_ms = coalesce(identity.linked_at_ms, excluded.linked_at_ms)`

const WRITE_LINKS = `
  insert into identity_link (project_id, from_id, to_id, canonical, absorbed, event, insert_id, rule, at_ms)
  select $1, sent.*
  from jsonb_to_recordset($2::jsonb) as sent (
    from_id text, to_id text, canonical text, absorbed text, event text, insert_id text, rule text, at_ms bigint
  )`

/** IDO-24: a profile moves to the new canonical id of its user, unless that id already has one. */
const MOVE_PROFILES = {
  text: `
    update profile set distinct_id = move.to_id
    from unnest($2::text[], $3::text[]) as move (from_id, to_id)
    where profile.project_id = $1 and profile.group_key = '' and profile.distinct_id = move.from_id`,
  distributed: 'select move_profiles($1, $2::text[], $3::text[])',
}

/**
 * The project of a difference, and the time of writing. `asOfMs`: the time as of which queries show identities, in a
 * project that delays merges; undefined in others. Times are in ms since the epoch.
 */
export interface WriteScope {
  readonly projectId: number
  readonly nowMs: number
  readonly asOfMs: number | undefined
}

/** Writes the changes made by decisions. Events are not rewritten, however many belong to the ids. */
export async function writeIdentity(
  tx: IdentityTx,
  { projectId, nowMs, asOfMs }: WriteScope,
  { moved, ids, links, profiles }: IdentityDifference,
): Promise<void> {
  const { rows } = await tx.query<{ seq: string }>(NEXT_EVENT_SEQ)
  const [marker] = rows
  if (asOfMs !== undefined && marker !== undefined) {
    await writePending(tx, { projectId, nowMs, asOfMs }, marker.seq, { moved, ids })
  }
  if (moved.length > 0) {
    const from = moved.map((move) => move.from)
    const to = moved.map((move) => move.to)
    await tx.query(MOVE_CLUSTERS, [projectId, from, to, marker?.seq, nowMs])
  }
  const idRows = ids.map(({ distinctId, canonical, isAlias, isIdentified }) => {
    return { distinct_id: distinctId, canonical, is_alias: isAlias, is_identified: isIdentified }
  })
  if (ids.length > 0) await tx.query(WRITE_IDS, [projectId, JSON.stringify(idRows), marker?.seq, nowMs])
  if (profiles.length > 0) {
    const [from, to] = [profiles.map((move) => move.from), profiles.map((move) => move.to)]
    await tx.query({ ...MOVE_PROFILES, values: [projectId, from, to] })
  }
  if (links.length === 0) return
  const linkRows = links.map((link) => {
    const { from, to, canonical, absorbed, event, insertId, rule, atMs } = link
    return { from_id: from, to_id: to, canonical, absorbed, event, insert_id: insertId, rule, at_ms: atMs }
  })
  await tx.query(WRITE_LINKS, [projectId, JSON.stringify(linkRows)])
}
