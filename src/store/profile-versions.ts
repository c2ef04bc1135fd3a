import type { Db } from './db.ts'

/** Names a profile that may not exist. */
export interface ProfileKey {
  /** `project.id`. */
  readonly projectId: number
  /** Empty for a user. */
  readonly groupKey: string
  /** Any id of a user, or that of a group. */
  readonly id: string
}

/** For each profile, in order, a text that changes with every write of it, and when its user is merged. */
export async function readProfileVersions(db: Db, keys: readonly ProfileKey[]): Promise<readonly string[]> {
  const { rows } = await db.pool.query<{ version: string }>({
    ...PROFILE_VERSIONS,
    values: [
      keys.map(({ projectId }) => projectId),
      keys.map(({ groupKey }) => groupKey),
      keys.map(({ id }) => id),
    ],
  })
  return rows.map(({ version }) => version)
}

const ASKED =
  'unnest($1::integer[], $2::text[], $3::text[]) with ordinality as asked (project_id, group_key, id, place)'
/** A write gives a row another place (ctid) or another writer (xmin). Distributed tables do not tell these. */
const PROFILE_VERSIONS = {
  name: 'profile_versions',
  text: `
    select concat_ws(' ', profile.xmin, profile.ctid, identity.canonical) as version
    from ${ASKED}
    left join identity
      on asked.group_key = '' and identity.project_id = asked.project_id and identity.distinct_id = asked.id
    left join profile
      on profile.project_id = asked.project_id and profile.group_key = asked.group_key
        and profile.distinct_id = coalesce(identity.canonical, asked.id)
    order by asked.place`,
  distributed: `
    with linked as materialized (
      select project_id, distinct_id, canonical from identity
      where distinct_id = any($3::text[]) and project_id = any($1::integer[])
    ),
    resolved as materialized (
      select asked.*, linked.canonical from ${ASKED}
      left join linked on asked.group_key = '' and linked.project_id = asked.project_id and linked.distinct_id = asked.id
    ),
    stored as materialized (
      select profile.project_id, profile.group_key, profile.distinct_id, md5(profile.properties::text) as digest
      from profile join (
        select distinct project_id, group_key, coalesce(canonical, id) as distinct_id from resolved
      ) as wanted using (project_id, group_key, distinct_id)
    )
    select concat_ws(' ', stored.digest, resolved.canonical) as version
    from resolved left join stored
      on stored.project_id = resolved.project_id and stored.group_key = resolved.group_key
        and stored.distinct_id = coalesce(resolved.canonical, resolved.id)
    order by resolved.place`,
}
