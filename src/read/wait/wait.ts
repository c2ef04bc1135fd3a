import { nowOf } from '../../core/clock.ts'
import type { Project } from '../../core/project.ts'
import { hasArrived } from '../../store/arrivals.ts'
import type { Db } from '../../store/db.ts'
import { type NewsKind, Wakeup } from '../stream/wakeup.ts'
import type { View } from '../stream/watcher.ts'
import { RESOLVED_CODES, resolveDue } from '../verdicts.ts'
import type { WaitOutcome } from './answer.ts'
import { cutAt } from './cut.ts'
import type { WaitDeps } from './deps.ts'
import { describeExcess } from './excess.ts'
import { type Found, find } from './find.ts'
import { giveUp } from './give-up.ts'
import type { WaitQuery } from './query.ts'

/**
 * How long after the timeout a look may go on that began before it; looks of a short wait get as long as those of one of
 * MIN_LOOK_MS. An index that is missing must not keep a test waiting.
 */
const LOOK_ON_MS = 150
const MIN_LOOK_MS = 500
/**
 * Waits for the matches of a query and returns the oldest ones, or an extra one as soon as it arrives. At the timeout
 * it returns what came instead, nearest first, each with its differences, and the verdicts that may explain the absence.
 * Undefined if the project is gone, or the client. Errors: those of the database.
 */
export async function waitFor(
  query: WaitQuery,
  project: Project,
  deps: WaitDeps,
): Promise<WaitOutcome | undefined> {
  const { wanted } = query
  const resolves = wanted.kind === 'verdict' && RESOLVED_CODES.has(wanted.code)
  const wakeup = new Wakeup()
  const interest = { resolves, wakeup, profile: wanted.kind === 'profile' ? wanted : undefined }
  const { publicId } = project
  try {
    const view = await deps.watcher.enter(publicId, interest)
    return view && (await listen({ query, publicId, resolves }, { view, wakeup }, deps))
  } finally {
    deps.watcher.leave(publicId, interest)
  }
}

interface Asked {
  readonly query: WaitQuery
  readonly publicId: number
  /** It waits for verdicts that are determined on reading. */
  readonly resolves: boolean
}

interface Listening {
  /** The state when the wait began. */
  readonly view: View
  readonly wakeup: Wakeup
}

const ALL_KINDS: ReadonlySet<NewsKind> = new Set<NewsKind>(['event', 'link', 'verdict', 'profile'])

/** Looks again whenever there may be more, or for what is exact, too much. */
async function listen(
  { query, publicId, resolves }: Asked,
  { view, wakeup }: Listening,
  deps: WaitDeps,
): Promise<WaitOutcome | undefined> {
  const { watcher, timeout } = deps
  const deadline = AbortSignal.timeout(
    Math.max(query.timeoutMs, MIN_LOOK_MS) + LOOK_ON_MS + (query.isExact ? query.settleMs : 0),
  )
  const db = deps.reads(deadline)
  // Everything numbered up to here has been searched.
  let from = view.stable.event
  let heard = ALL_KINDS
  let looked: { readonly id: number; readonly found: Found } | undefined
  /** Aborted when enough is there and nothing more came for a while. */
  let settled: AbortSignal | undefined
  for (;;) {
    const { projects, stable } = watcher.view(view)
    const project = projects.get(publicId)
    if (project === undefined || deps.signal.aborted) return undefined
    const isLast = (settled ?? timeout).aborted
    const news = isLast ? ALL_KINDS : heard
    const look = async () => {
      if (looked?.id === project.id && !(await concerns(query, news, project.id, from, db)))
        return looked.found
      if (resolves && news === ALL_KINDS) await resolveDue(project, nowOf(project, deps.clock()), db)
      return await find(query, project, db)
    }
    const found = await cutAt(deadline, look)
    if (found === undefined) return await giveUp(query, looked?.found, project, deps)
    if (found.besides.length > 0) return { kind: 'excess', body: describeExcess(query, found, project, deps) }
    const hasSettled = !query.isExact || (isLast && settled !== undefined)
    if (found.isEnough && hasSettled) return { kind: 'met', body: { matched: found.matched } }
    if (!found.isEnough && isLast && settled === undefined) return await giveUp(query, found, project, deps)
    settled = found.isEnough ? (settled ?? AbortSignal.timeout(query.settleMs)) : undefined
    looked = { id: project.id, found }
    from = stable.event
    heard = await wakeup.listen(AbortSignal.any([deps.signal, settled ?? timeout]))
  }
}

/** True if something that arrived after the number `from` may change the result of a search. */
async function concerns(
  { wanted, isOnly }: WaitQuery,
  heard: ReadonlySet<NewsKind>,
  projectId: number,
  from: bigint,
  db: Db,
): Promise<boolean> {
  if (wanted.kind === 'verdict') return heard.has('verdict')
  if (wanted.kind === 'profile') return heard.has('profile')
  // A link may have made earlier events the user's.
  if (wanted.distinctId !== undefined && heard.has('link')) return true
  if (!heard.has('event')) return false
  // Looking through all events of a large project takes longer than checking the new ones.
  return await hasArrived(db, projectId, {
    from,
    ...(!isOnly && {
      events: wanted.names && [...wanted.names.keys()],
      propertiesJson: wanted.properties && JSON.stringify(wanted.properties),
    }),
  })
}
