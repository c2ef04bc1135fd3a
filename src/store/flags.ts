import type { Flag } from '../core/flags/flag.ts'
import type { Db } from './db.ts'
import { inKyselyTransaction } from './tx.ts'

/** The flags of a project, sorted by key. In: its public id, because a reset keeps flags. */
export async function listFlags(db: Db, projectId: number): Promise<readonly Flag[]> {
  const rows = await db.kysely
    .selectFrom('flag')
    .select('definition')
    .where('project_id', '=', projectId)
    .orderBy('key')
    .execute()
  return rows.map((row) => row.definition)
}

/** Replaces all flags of a project. False if the project is unknown. */
export async function replaceFlags(db: Db, projectId: number, flags: readonly Flag[]): Promise<boolean> {
  return await inKyselyTransaction(db, async (tx) => {
    // Two calls at once must not both insert, and deleting the project must not leave flags behind.
    const project = await tx
      .selectFrom('project')
      .select('id')
      .where('public_id', '=', projectId)
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (project === undefined) return false
    await tx.deleteFrom('flag').where('project_id', '=', projectId).execute()
    if (flags.length > 0) {
      const rows = flags.map((flag) => ({
        project_id: projectId,
        key: flag.key,
        definition: JSON.stringify(flag),
      }))
      await tx.insertInto('flag').values(rows).execute()
    }
    return true
  })
}
