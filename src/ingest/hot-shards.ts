import { type Arriving, overflow } from '../core/hot-shard.ts'
import type { Decision } from '../core/identity/model.ts'
import type { Project } from '../core/project.ts'
import { countDays, type Dated } from '../store/day-counts.ts'
import type { Queryable } from '../store/db.ts'
import { type JudgedRequest, projectsOf } from './judged-request.ts'

/** An event of one of several requests, its index there, and the decisions of its request. */
interface Placed extends Arriving, Dated {
  readonly decisions: Map<number, Decision>
  readonly index: number
}

/** True if a project limits the events per id and day: such a request is decided under the lock (TRK-39). */
export function countsDays(request: JudgedRequest): boolean {
  const projects = request.project === undefined ? projectsOf(request) : [request.project]
  return projects.some(({ settings }) => settings.hot_shard_limit !== null)
}

/**
 * Adds decisions on events beyond the limit of their id and day (TRK-39) to the identity decisions, which are by
 * request and by the index of the record. Makes one query per project that has the limit.
 */
export async function decideHotShards(
  db: Queryable,
  requests: readonly JudgedRequest[],
  projects: readonly Project[],
  decisions: ReadonlyMap<JudgedRequest, Map<number, Decision>>,
): Promise<void> {
  for (const { id, timezone, settings } of projects) {
    const limit = settings.hot_shard_limit
    if (limit === null) continue
    const placed = requests.flatMap((request) => placeEvents(request, id, decisions.get(request)))
    const counts = await countDays(db, id, timezone, placed, limit)
    for (const [at, decision] of overflow(placed, counts, limit)) {
      const event = placed[at]
      event?.decisions.set(event.index, decision)
    }
  }
}

function placeEvents(
  request: JudgedRequest,
  projectId: number,
  decisions: Map<number, Decision> | undefined,
): readonly Placed[] {
  if (decisions === undefined) return []
  return request.records.flatMap(({ outcome }, index) => {
    if (outcome.kind !== 'stored' || outcome.event.projectId !== projectId) return []
    const { event, timeMs } = outcome.event
    const decision = decisions.get(index)
    const distinctId = decision?.distinctId ?? outcome.event.distinctId
    return [{ event, timeMs, distinctId, decision, decisions, index }]
  })
}
