import type { Db } from '../store/db.ts'
import { type WriteBatch, writeBatch } from '../store/write-batch.ts'
import { eachVersionOnce } from './judged-request.ts'
import type { VerdictBounds } from './verdict-bounds.ts'

/** The `write` of a CommitQueue for batches that change no identities: writes them as one. */
export async function commitUnlocked(
  db: Db,
  bounds: VerdictBounds,
  group: readonly WriteBatch[],
): Promise<readonly undefined[] | undefined> {
  const [only] = group
  const joined = group.length === 1 && only !== undefined ? only : joinBatches(group)
  const batch = { ...joined, verdicts: bounds.admit(joined.verdicts) }
  if (!(await writeBatch(db, batch))) return undefined
  await bounds.count(batch.verdicts)
  return group.map(() => undefined)
}

function joinBatches(group: readonly WriteBatch[]): WriteBatch {
  return {
    events: group.flatMap((batch) => batch.events),
    verdicts: group.flatMap((batch) => batch.verdicts),
    firstSeenIds: group.flatMap((batch) => batch.firstSeenIds),
    projects: eachVersionOnce(group.flatMap((batch) => batch.projects)),
  }
}
