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

/** A write gives a row another place (ctid) or another writer (xmin). */
const PROFILE_VERSIONS = {
  name: 'profile_versions',
  text: `
    select concat_ws(' ', profile.xmin, profile.ctid, identity.canonical) as version
    from unnest($1::integer[], $2::text[], $3::text[]) with ordinality as asked (project_id, group_key, id, place)
    left join identity
      on asked.group_key = '' and identity.project_id = asked.project_id and identity.distinct_id = asked.id
    left join profile
      on profile.project_id = asked.project_id and profile.group_key = asked.group_key
        and profile.distinct_id = coalesce(identity.canonical, asked.id)
    order by asked.place`,
}
