import type { Db } from '../../../src/store/db.ts'

/**
 * The profiles of a project by canonical id, those of groups by `key/id`. As stored: no API shows those of groups,
 * and the users' leave out what is hidden.
 */
export async function storedProfiles(db: Db, projectId: number): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await db.pool.query<{ key: string; id: string; properties: object }>(
    'select group_key as key, distinct_id as id, properties from profile where project_id = $1',
    [projectId],
  )
  return Object.fromEntries(
    rows.map(({ key, id, properties }) => [key === '' ? id : `${key}/${id}`, properties]),
  )
}
