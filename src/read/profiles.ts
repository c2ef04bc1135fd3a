import { SESSION_REQUIRED } from '../core/answers/reading.ts'
import type { Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { toStorable } from '../core/normalise/text.ts'
import { dataGroups, type Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { PROFILE_SOURCES } from '../core/segmentation/parse.ts'
import { type FindingOnIds, finding } from '../core/verdict/finding.ts'
import type { Db } from '../store/db.ts'
import { resolveShownIds } from '../store/pending-merges.ts'
import { resolveIds } from '../store/profiles.ts'
import {
  type FoundProfiles,
  findFirstProfiles,
  openSession,
  type ProfileFilter,
  pruneSessions,
  readProfileRows,
  readSession,
} from '../store/read-profiles.ts'
import { parseNames } from './days.ts'
import { nextPageRows } from './event-pages.ts'
import { error, type QueryAnswer, type QueryError } from './query-answer.ts'
import { parseWhere } from './where.ts'

/** The parsed parameters of a profile query. */
export interface ProfilesQuery {
  readonly filter: ProfileFilter
  /** Undefined for all. */
  readonly outputProperties: readonly string[] | undefined
  readonly sessionId: string | undefined
  /** From 0. */
  readonly page: number
}

const PAGE_SIZE = 1_000
const MAX_SESSION_AGE_MS = 3_600_000
/** Sessions kept per project. */
const MAX_SESSIONS = 16
/** Ids per request for which a finding is reported. */
const MAX_FINDINGS = 50
/** The suffix of the id of a query that fitted in one page, for which nothing is kept. */
const ONE_PAGE = '-1'

/** Reads the parameters of a profile query (QRY-10, QRY-12, QRY-14). Errors are the sentence to answer with. */
export function parseProfilesQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<ProfilesQuery, string> {
  for (const name of ['behaviors', 'filter_by_cohort']) {
    if ((params.get(name) ?? '') !== '') return err(`${name} is not supported by this server: use where`)
  }
  const distinctIds = parseIds(params)
  if (!distinctIds.ok) return distinctIds
  const groupKey = parseGroup(params.get('data_group_id'), project)
  if (!groupKey.ok) return groupKey
  const outputProperties = parseNames('output_properties', params.get('output_properties'))
  if (!outputProperties.ok) return outputProperties
  const page = params.get('page') || '0'
  if (!/^\d{1,7}$/.test(page)) return err('page must be a number from 0')
  const sessionId = params.get('session_id') || undefined
  if (Number(page) > 0 && sessionId === undefined) return err(SESSION_REQUIRED)
  const where = parseFilter(params, nowMs)
  if (!where.ok) return where
  return ok({
    filter: {
      projectId: project.id,
      groupKey: groupKey.value,
      distinctIds: distinctIds.value,
      where: where.value,
      listsLinked: project.idManagement === 'legacy',
    },
    outputProperties: outputProperties.value,
    sessionId: sessionId === undefined ? undefined : toStorable(sessionId),
    page: Number(page),
  })
}

/** The filter on profiles: `where`, or its older name `selector`, which official tools still use. */
function parseFilter(params: Params, nowMs: number): Result<Expression | undefined, string> {
  const operands: Expression[] = []
  for (const name of ['where', 'selector']) {
    const operand = parseWhere(params.get(name), { name, sources: PROFILE_SOURCES, nowMs })
    if (!operand.ok) return operand
    if (operand.value !== undefined) operands.push(operand.value)
  }
  return ok(operands.length > 1 ? { kind: 'all', operands } : operands[0])
}

function parseIds(params: Params): Result<readonly string[] | undefined, string> {
  const ids = parseNames('distinct_ids', params.get('distinct_ids'))
  const id = params.get('distinct_id') || undefined
  if (!ids.ok || id === undefined) return ids
  return ok([...(ids.value ?? []), toStorable(id)])
}

/** The group key with this `data_group_id`, a 64-bit number that is compared as text. */
function parseGroup(text: string | undefined, project: Project): Result<string, string> {
  if (text === undefined || text === '') return ok('')
  const groups = dataGroups(project)
  const found = groups.find(({ id }) => id === text)
  if (found !== undefined) return ok(found.key)
  const known = groups.map(({ id, key }) => `${id} (${key})`).join(', ')
  return err(`data_group_id must be one of this project's group keys: ${known || 'it has none'}`)
}

/**
 * Answers a page of a profile query (QRY-11 to QRY-14). If there are several pages, the set of profiles is fixed for an
 * hour from the first; their contents are not.
 */
export async function answerProfilesQuery(
  query: ProfilesQuery,
  project: Project,
  nowMs: number,
  newId: () => string,
  db: Db,
): Promise<Result<QueryAnswer, QueryError>> {
  const shownAsOfMs = shownAsOf(project, nowMs)
  const { filter, findings } = await resolve({ ...query.filter, shownAsOfMs }, project, db)
  const { page } = query
  const found = await findPage({ ...query, filter }, nowMs, newId, db)
  if (found === undefined) {
    return err(error('session_id is unknown or older than an hour: begin again with page 0 and without it'))
  }
  const { ids, total, sessionId } = found
  const head = `{"page":${page},"page_size":${PAGE_SIZE},"results":[`
  const tail = `],"session_id":${JSON.stringify(sessionId)},"status":"ok","total":${total}}`
  // An alias with a separate profile is found (IDL-10).
  const missed = findings.filter(({ ids: [asked = ''] }) => !ids.includes(asked))
  return ok({ pieces: pieces(head, tail, ids, { ...query, filter }, db), findings: missed })
}

interface FoundPage extends FoundProfiles {
  readonly sessionId: string
}

async function findPage(
  { filter, sessionId, page }: ProfilesQuery,
  nowMs: number,
  newId: () => string,
  db: Db,
): Promise<FoundPage | undefined> {
  const fromMs = nowMs - MAX_SESSION_AGE_MS
  if (sessionId !== undefined && !sessionId.endsWith(ONE_PAGE)) {
    const found = await readSession(db, filter.projectId, { id: sessionId, page, fromMs })
    return found && { ...found, sessionId }
  }
  const id = `${Math.floor(nowMs / 1_000)}-${newId().replaceAll('-', '').slice(0, 12).toUpperCase()}`
  const first = await findFirstProfiles(db, filter, PAGE_SIZE)
  if (first.length < PAGE_SIZE) {
    return { ids: page === 0 ? first : [], total: first.length, sessionId: `${id}${ONE_PAGE}` }
  }
  if (sessionId !== undefined && page > 0) return undefined
  const found = await openSession(db, filter, { id, atMs: nowMs, pageSize: PAGE_SIZE })
  await pruneSessions(db, filter.projectId, MAX_SESSIONS, fromMs)
  return { ...found, sessionId: id }
}

/**
 * Resolves the requested ids: reports those that are not canonical, or, if the project is set so, replaces them by the
 * canonical ones (QRY-13).
 */
async function resolve(
  filter: ProfileFilter,
  { settings }: Project,
  db: Db,
): Promise<{ readonly filter: ProfileFilter; readonly findings: readonly FindingOnIds[] }> {
  const { projectId, groupKey, distinctIds, shownAsOfMs } = filter
  if (distinctIds === undefined || groupKey !== '') return { filter, findings: [] }
  const owners =
    shownAsOfMs === undefined
      ? await resolveIds(db.pool, projectId, distinctIds)
      : await resolveShownIds(db, projectId, distinctIds, shownAsOfMs)
  if (settings.engage_query_resolves_members) {
    return { filter: { ...filter, distinctIds: distinctIds.map((id) => owners.get(id) ?? id) }, findings: [] }
  }
  const findings = [...owners].slice(0, MAX_FINDINGS).map(([id, canonical]) => {
    return { finding: finding('query.not_canonical', { id, canonical }), ids: [id, canonical] }
  })
  return { filter, findings }
}

async function* pieces(
  head: string,
  tail: string,
  ids: readonly string[],
  { filter, outputProperties }: ProfilesQuery,
  db: Db,
): AsyncGenerator<string> {
  yield head
  let comma = ''
  let size = 1
  for (let from = 0; from < ids.length; ) {
    const rows = await readProfileRows(db, filter, ids.slice(from, from + size), outputProperties)
    let piece = ''
    for (const { id, propertiesJson } of rows) {
      piece += `${comma}{"$distinct_id":${JSON.stringify(id)},"$properties":${propertiesJson}}`
      comma = ','
    }
    yield piece
    from += rows.length
    size = nextPageRows(rows)
  }
  yield tail
}
