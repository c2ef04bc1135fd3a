import type { Db } from '../store/db.ts'
import type { Attempt } from '../store/locks.ts'
import { type WriteBatch, writeBatch } from '../store/write-batch.ts'
import { eachVersionOnce } from './judged-request.ts'
import type { VerdictBounds } from './verdict-bounds.ts'

/** The `write` of a CommitQueue for batches that change no identities: writes them as one. */
export async function commitUnlocked(
  db: Db,
  bounds: VerdictBounds,
  group: readonly WriteBatch[],
  waitMs: number,
): Promise<Attempt<readonly undefined[]>> {
  const [only] = group
  const joined = group.length === 1 && only !== undefined ? only : joinBatches(group)
  const batch = { ...joined, verdicts: bounds.admit(joined.verdicts) }
  const attempt = await writeBatch(db, batch, waitMs)
  if (attempt.kind !== 'done') return attempt
  await bounds.count(batch.verdicts)
  return { kind: 'done', result: group.map(() => undefined) }
}

function joinBatches(group: readonly WriteBatch[]): WriteBatch {
  const generations = group.flatMap(({ generation }) => generation ?? [])
  return {
    // If they differ, the earlier ones are outdated; then the batches are written one by one.
    generation: generations.length === 0 ? undefined : Math.min(...generations),
    events: group.flatMap((batch) => batch.events),
    verdicts: group.flatMap((batch) => batch.verdicts),
    firstSeenIds: group.flatMap((batch) => batch.firstSeenIds),
    projects: eachVersionOnce(group.flatMap((batch) => batch.projects)),
  }
}
