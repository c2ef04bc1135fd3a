import type { Json } from '../core/json.ts'
import type { Profile } from '../core/profile/profile.ts'
import { byIndex } from './by-index.ts'
import type { Queryable } from './db.ts'
import { RowMoved } from './errors.ts'
import type { ProfileTx } from './locks.ts'

/** The primary key of a profile. */
export interface ProfileKey {
  readonly projectId: number
  /** Empty for a user. */
  readonly groupKey: string
  /** The canonical id of the user, or the id of the group. */
  readonly distinctId: string
}

/** A profile to be written, or to be deleted if undefined. */
export interface ProfileChange extends ProfileKey {
  readonly profile: Profile | undefined
  /** The table has a row for it. */
  readonly isStored: boolean
}

/** A key as a string, for use in maps. */
export function keyText({ projectId, groupKey, distinctId }: ProfileKey): string {
  return JSON.stringify([projectId, groupKey, distinctId])
}

/** The canonical ids of distinct_ids, in any identity system; ids that are canonical themselves are left out. */
export async function resolveIds(
  db: Queryable,
  projectId: number,
  distinctIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const values = [projectId, distinctIds]
  const { rows } = await db.query<{ distinct_id: string; canonical: string }>({ ...RESOLVE_IDS, values })
  return new Map(rows.map((row) => [row.distinct_id, row.canonical]))
}

const RESOLVE_IDS = {
  name: 'resolve_ids',
  text: `
    select distinct_id, canonical from identity
    where project_id = $1 and distinct_id = any($2::text[]) and canonical <> distinct_id`,
}

/** Stored profiles. */
export interface LoadedProfiles {
  /** By keyText; missing ones are left out. */
  readonly profiles: ReadonlyMap<string, Profile>
  /** The approximate size of each stored profile, in bytes: as text if it is stored compressed, otherwise as jsonb. */
  readonly bytes: ReadonlyMap<string, number>
  /** Locked but not loaded, because they would exceed the maximum size; load these again. */
  readonly withheld: readonly ProfileKey[]
}

/**
 * Loads the profiles with these keys, and locks them until the transaction ends. In: the maximum size of what is loaded;
 * the profiles beyond it are withheld, but at least one is loaded.
 */
export async function loadProfiles(
  tx: ProfileTx,
  keys: readonly ProfileKey[],
  maxBytes: number = Number.MAX_SAFE_INTEGER,
): Promise<LoadedProfiles> {
  const columns = [
    keys.map((key) => key.projectId),
    keys.map((key) => key.groupKey),
    keys.map((key) => key.distinctId),
  ]
  const { rows } = await tx.query<ProfileRow>({ ...LOAD_PROFILES, values: [...columns, maxBytes] })
  const profiles = new Map<string, Profile>()
  const bytes = new Map<string, number>()
  const withheld: ProfileKey[] = []
  for (const row of rows) {
    const key = { projectId: row.project_id, groupKey: row.group_key, distinctId: row.distinct_id }
    bytes.set(keyText(key), row.bytes)
    if (row.properties === null) withheld.push(key)
    else profiles.set(keyText(key), new Map(Object.entries(row.properties)))
  }
  return { profiles, bytes, withheld }
}

interface ProfileRow {
  readonly project_id: number
  readonly group_key: string
  readonly distinct_id: string
  readonly bytes: number
  readonly properties: Readonly<Record<string, Json>> | null
}

/**
 * Locks in key order, so that two batches cannot deadlock. Withheld properties are not read at all, since their size is
 * stored in the row, unless they are compressed.
 */
const LOAD_PROFILES = {
  name: 'load_profiles',
  text: withinBytes(`
      select project_id, group_key, distinct_id, properties,
             case when pg_column_compression(properties) is null then pg_column_size(properties)
                  else octet_length(properties::text) end as bytes
      from profile
      where (project_id, group_key, distinct_id)
        in (select * from unnest($1::integer[], $2::text[], $3::text[]))
      order by project_id, group_key, distinct_id
      for update`),
  distributed: withinBytes('select * from hold_profiles($1::integer[], $2::text[], $3::text[])'),
}

function withinBytes(locked: string): string {
  return `
    with locked as materialized (${locked}
    )
    select project_id, group_key, distinct_id, bytes,
           case when sum(bytes) over in_order <= $4 or row_number() over in_order = 1 then properties end as properties
    from locked
    window in_order as (order by project_id, group_key, distinct_id rows unbounded preceding)`
}

/**
 * Writes and deletes profiles. Throws RowMoved if another transaction has created one of them since it was found to be
 * missing: the whole transaction must be run again.
 */
export async function writeProfiles(tx: ProfileTx, changes: readonly ProfileChange[]): Promise<void> {
  const isWritten = (change: ProfileChange) => change.profile !== undefined
  const gone = changes.filter((change) => !isWritten(change) && change.isStored)
  const updated = changes.filter((change) => isWritten(change) && change.isStored)
  const added = changes.filter((change) => isWritten(change) && !change.isStored)
  if (updated.length > 0) await tx.query({ ...UPDATE_PROFILES, ...toValues(updated) })
  if (gone.length > 0) await tx.query({ ...DELETE_PROFILES, ...toValues(gone) })
  if (added.length === 0) return
  const { rowCount } = await tx.query({ ...INSERT_PROFILES, values: [JSON.stringify(added.map(toRow))] })
  if (rowCount !== added.length) throw new RowMoved('a profile was made by another transaction')
}

/** Distributed profiles are found by their ids, too, which tell the workers. */
function toValues(changes: readonly ProfileChange[]) {
  const ids = changes.map(({ distinctId }) => distinctId)
  return { values: [JSON.stringify(changes.map(toRow))], distributedValues: [ids] }
}

function toRow({ projectId, groupKey, distinctId, profile }: ProfileChange) {
  return {
    project_id: projectId,
    group_key: groupKey,
    distinct_id: distinctId,
    properties: Object.fromEntries(profile ?? []),
  }
}

const SENT_PROFILES = `
  jsonb_to_recordset($1::jsonb) as sent (project_id integer, group_key text, distinct_id text, properties jsonb)`
const IS_SENT = `
  profile.project_id = sent.project_id and profile.group_key = sent.group_key
    and profile.distinct_id = sent.distinct_id`
const IS_NAMED = 'profile.distinct_id = any($2::text[])'
const UPDATE_SENT = `update profile set properties = sent.properties from ${SENT_PROFILES} where ${IS_SENT}`
const UPDATE_PROFILES = {
  name: 'update_profiles',
  text: UPDATE_SENT,
  distributed: `${UPDATE_SENT} and ${IS_NAMED}`,
}
const DELETE_SENT = `delete from profile using ${SENT_PROFILES} where ${IS_SENT}`
const DELETE_PROFILES = {
  name: 'delete_profiles',
  text: DELETE_SENT,
  distributed: `${DELETE_SENT} and ${IS_NAMED}`,
}
const INSERT_PROFILES = {
  name: 'insert_profiles',
  text: `
    insert into profile (project_id, group_key, distinct_id, properties)
    select project_id, group_key, distinct_id, properties from ${SENT_PROFILES}
    order by project_id, group_key, distinct_id
    on conflict do nothing`,
}

/** Those ids to which there is a known device with the same id and the prefix (`profile.unprefixed_device`). */
export async function findUnprefixedDevices(
  db: Queryable,
  projectId: number,
  distinctIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>({
    ...FIND_UNPREFIXED_DEVICES,
    values: [projectId, distinctIds],
  })
  return new Set(rows.map((row) => row.id))
}

const FIND_UNPREFIXED_DEVICES = {
  text: `
    select asked.id from unnest($2::text[]) as asked (id)
    where (
      select 1 from event where project_id = $1 and ${byIndex('distinct_id', `'$device:' || asked.id`)} limit 1
    ) is not null or exists (
      select from identity where project_id = $1 and distinct_id = '$device:' || asked.id
    ) or exists (
      select from profile where project_id = $1 and group_key = '' and distinct_id = '$device:' || asked.id
    )`,
  distributed: `
    select substr(known.device, 9) as id from for_each_id($statement$
      (select distinct_id from event where project_id = $1 and distinct_id = $2 limit 1)
      union
      select distinct_id from identity where project_id = $1 and distinct_id = $2
      union
      select distinct_id from profile where project_id = $1 and group_key = '' and distinct_id = $2
    $statement$, $1, array(select '$device:' || asked.id from unnest($2::text[]) as asked (id)), null)
    as known (device text)`,
}
