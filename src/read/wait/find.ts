import type { JsonObject } from '../../core/json.ts'
import { contains } from '../../core/near-miss.ts'
import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { readEventPage } from '../../store/event-page.ts'
import type { EventFilter, EventRow } from '../../store/read-events.ts'
import { findCanonical, readProfile } from '../../store/users.ts'
import { readVerdicts } from '../../store/verdicts.ts'
import { showEvent } from '../events.ts'
import { showVerdict } from '../verdicts.ts'
import type { WaitQuery, WantedEvents, WantedProfile } from './query.ts'

/** What of a query is there. */
export interface Found {
  /** At most `count` of each name, oldest first. */
  readonly matched: readonly object[]
  /** What must not be there: more matches than the exact number, and other events. At least one if there are any. */
  readonly besides: readonly object[]
  /** The number wanted is there. */
  readonly isEnough: boolean
}

/** How many events or verdicts are shown that must not be there. */
const MAX_BESIDES = 5

/** Looks for what a query waits for. */
export async function find(query: WaitQuery, project: Project, db: Db): Promise<Found> {
  const { wanted, count, isExact } = query
  const limit = isExact ? count + MAX_BESIDES : count
  switch (wanted.kind) {
    case 'event':
      return await findEvents(query, wanted, project, db)
    case 'verdict': {
      const { code, distinctId } = wanted
      const rows = await readVerdicts(db, { project, codes: [code], distinctId }, limit)
      return part(rows.map(showVerdict), count)
    }
    case 'profile': {
      const shown = await findProfile(wanted, project, db)
      const isWanted = shown !== undefined && contains(shown.profile, wanted.properties ?? {})
      return part(isWanted ? [shown] : [], count)
    }
  }
}

function part(rows: readonly object[], count: number): Found {
  return { matched: rows.slice(0, count), besides: rows.slice(count), isEnough: rows.length >= count }
}

async function findEvents(
  { count, isExact, isOnly }: WaitQuery,
  wanted: WantedEvents,
  project: Project,
  db: Db,
): Promise<Found> {
  const common = filterOf(wanted, project)
  const parts: { readonly rows: readonly EventRow[]; readonly count: number }[] = []
  for (const [name, ofName] of wanted.names ?? [[undefined, count] as const]) {
    const filter = { ...common, events: name === undefined ? undefined : [name] }
    const limit = isExact ? ofName + MAX_BESIDES : ofName
    parts.push({ rows: limit === 0 ? [] : await readEventPage(db, filter, limit), count: ofName })
  }
  const others = isOnly ? await readEventPage(db, othersThan(wanted, project), MAX_BESIDES) : []
  const matched = parts.flatMap(({ rows, count: ofName }) => rows.slice(0, ofName))
  const besides = [...parts.flatMap(({ rows, count: ofName }) => rows.slice(ofName)), ...others]
  const show = (rows: readonly EventRow[]) => rows.toSorted(inOrder).map((row) => showRow(row, project))
  return {
    matched: show(matched),
    besides: show(besides).slice(0, MAX_BESIDES),
    isEnough: parts.every(({ rows, count: ofName }) => rows.length >= ofName),
  }
}

function filterOf({ distinctId, properties }: WantedEvents, project: Project): EventFilter {
  return {
    project,
    distinctIds: distinctId === undefined ? undefined : [distinctId],
    propertiesJson: properties && JSON.stringify(properties),
    isDeduplicated: true,
  }
}

/** Other events in the same place. Those that begin with $, which SDKs send by themselves, do not count. */
function othersThan(wanted: WantedEvents, project: Project): EventFilter {
  const { propertiesJson, ...place } = filterOf(wanted, project)
  const names = wanted.names === undefined ? undefined : [...wanted.names.keys()]
  return { ...place, otherThan: { names, propertiesJson } }
}

function inOrder({ position: a }: EventRow, { position: b }: EventRow): number {
  return a.timeMs - b.timeMs || Number(BigInt(a.seq) - BigInt(b.seq))
}

/** An event as our own API shows it. */
export function showRow(row: EventRow, project: Project): object {
  return JSON.parse(showEvent(row, project.settings.api_endpoint))
}

/** A profile as our own API shows it; a group's has the key and the id of the group. */
export type ShownProfile = { readonly profile: JsonObject } & (
  | { readonly distinct_id: string }
  | { readonly group_key: string; readonly group_id: string }
)

/** The profile of the user or group, whatever its properties. */
async function findProfile(
  { groupKey, id }: WantedProfile,
  project: Project,
  db: Db,
): Promise<ShownProfile | undefined> {
  const owner = groupKey === '' ? await findCanonical(db, project, id) : id
  const profile = await readProfile(db, project, owner, groupKey)
  return profile === null ? undefined : showProfile(groupKey, owner, profile)
}

export function showProfile(groupKey: string, id: string, profile: JsonObject): ShownProfile {
  return groupKey === '' ? { distinct_id: id, profile } : { group_key: groupKey, group_id: id, profile }
}
