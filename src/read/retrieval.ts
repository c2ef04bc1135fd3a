import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { DataTask } from '../core/privacy/task.ts'
import type { Project } from '../core/project.ts'
import { exportLine } from '../core/respond/event-line.ts'
import type { Db } from '../store/db.ts'
import { findIdsOfUsers, readProfilesOf } from '../store/erasure.ts'
import { readEventPages } from './event-pages.ts'

/** A retrieval under the CCPA covers one year. */
const CCPA_DAYS = 366
/** The number of ids per read of profiles. */
const PROFILES_AT_A_TIME = 500

/** The names in a retrieval: sets, as objects with empty values. */
interface Summary {
  readonly event_names: Record<string, object>
  readonly event_column_names: Record<string, object>
  readonly profile_column_names: Record<string, object>
}

/**
 * The result of a retrieval as pieces of one JSON text: events in the form of the raw export, all versions of each;
 * profiles; and the names of everything in them. It shows what is stored now. A CCPA request for categories gets only
 * the names.
 */
export async function* retrievalPieces(
  task: DataTask,
  project: Project,
  db: Db,
  targetChars: () => number,
): AsyncGenerator<string> {
  const isNamesOnly = task.complianceType === 'CCPA' && task.disclosureType === 'CATEGORIES'
  const summary: Summary = {
    event_names: emptySet(),
    event_column_names: emptySet(),
    profile_column_names: emptySet(),
  }
  const distinctIds = await findIdsOfUsers(db, project, task.distinctIds)
  yield '{'
  const parts = [
    ['events', eventTexts({ task, project, distinctIds, summary, targetChars }, db)],
    ['people', profileTexts(project, distinctIds, summary, db)],
  ] as const
  for (const [name, texts] of parts) {
    if (!isNamesOnly) yield `"${name}":[`
    let comma = ''
    for await (const text of texts) {
      if (!isNamesOnly) yield comma + text
      comma = ','
    }
    if (!isNamesOnly) yield '],'
  }
  yield `"summary":${JSON.stringify(summary)}}`
}

interface RetrievedEvents {
  readonly task: DataTask
  readonly project: Project
  readonly distinctIds: readonly string[]
  readonly summary: Summary
  readonly targetChars: () => number
}

async function* eventTexts(
  { task, project, distinctIds, summary, targetChars }: RetrievedEvents,
  db: Db,
): AsyncGenerator<string> {
  const { event_names, event_column_names } = summary
  const fromMs = task.complianceType === 'CCPA' ? task.requestedAtMs - CCPA_DAYS * MS_PER_DAY : undefined
  const filter = { project, distinctIds, fromMs, isDeduplicated: false }
  for await (const rows of readEventPages(db, filter, Number.POSITIVE_INFINITY, targetChars)) {
    for (const row of rows) {
      const text = exportLine(row, project.settings.api_endpoint, false).trimEnd()
      const { event, properties } = JSON.parse(text) as { event: string; properties: object }
      addNames(event_names, [event])
      addNames(event_column_names, Object.keys(properties))
      yield text
    }
  }
}

async function* profileTexts(
  project: Project,
  distinctIds: readonly string[],
  { profile_column_names }: Summary,
  db: Db,
): AsyncGenerator<string> {
  for (let at = 0; at < distinctIds.length; at += PROFILES_AT_A_TIME) {
    const profiles = await readProfilesOf(db, project.id, distinctIds.slice(at, at + PROFILES_AT_A_TIME))
    for (const { distinctId, properties } of profiles) {
      addNames(profile_column_names, Object.keys(properties))
      yield JSON.stringify({ $distinct_id: distinctId, $properties: properties })
    }
  }
}

/** Without a prototype, so that `__proto__` is a name like any other. */
function emptySet(): Record<string, object> {
  return Object.create(null) as Record<string, object>
}

function addNames(set: Record<string, object>, names: readonly string[]): void {
  for (const name of names) set[name] ??= {}
}
