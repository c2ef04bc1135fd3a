import type { Readable } from 'node:stream'
import { type AccessDeps, type AccessError, authenticate, parseProjectId } from '../access/authenticate.ts'
import { nowOf } from '../core/clock.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import type { FairQueue } from '../core/fair-queue.ts'
import { MAX_LOOKUP_BYTES, MAX_LOOKUP_ROWS } from '../core/limits.ts'
import { BodyFacts } from '../core/lookup/body-facts.ts'
import { suspectTable } from '../core/lookup/suspect.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { badRequest, refuseAccess, tooBusy, tooManyBytes, tooManyRows } from '../core/respond/errors.ts'
import {
  listLookupTables,
  lookupReplaced,
  lookupRowsFailed,
  unknownLookupTable,
} from '../core/respond/lookup.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { assertNever, type Result } from '../core/result.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import { findLookupTable, listLookupTables as readTables } from '../store/lookup-tables.ts'
import { findProject } from '../store/projects.ts'
import { type LoadedTable, type ReplaceError, replaceLookupRows } from '../store/replace-lookup-rows.ts'
import { type LoadError, loadLookupTable } from './load-lookup-table.ts'
import type { ProjectLimits } from './rate-limits.ts'
import { readCsv } from './read-csv.ts'
import { runInQueue } from './run-in-queue.ts'

export interface LookupRequest {
  readonly credentials: Credentials
  /** The client's address. */
  readonly address: string
  /** The `project_id` parameter as sent. */
  readonly projectId: string | undefined
}

export interface LookupReplacement extends LookupRequest {
  /** The id in the path, as sent. */
  readonly tableId: string
  /** CSV, of which nothing is read yet. */
  readonly body: Readable
  /** The Content-Length header. */
  readonly contentLength: number
  /** The Content-Encoding header. */
  readonly encoding: string
  /** The Content-Type header; empty if there was none. */
  readonly contentType: string
}

export interface LookupDeps extends AccessDeps {
  readonly limits: ProjectLimits
  /** For replacements: each holds a connection while it waits for its client. */
  readonly queue: FairQueue
}

/** The answer to a request about lookup tables. */
export interface LookupAnswer {
  readonly plan: ReplyPlan
  readonly findings: readonly Finding[]
  /** Undefined if access to one was refused. */
  readonly project: Project | undefined
}

/** Lists a project's lookup tables (LKP-01); a project's secret is not accepted (SEC-03). */
export async function answerLookupTables(request: LookupRequest, deps: LookupDeps): Promise<LookupAnswer> {
  const access = await open(request, false, deps)
  if (!access.ok) return refused(access.error)
  const { project } = access.value
  return { plan: listLookupTables(await readTables(deps.db, project.id)), findings: [], project }
}

function refused(error: AccessError): LookupAnswer {
  return { plan: refuseAccess(error), findings: error.findings, project: undefined }
}

/** Replaces the rows of a lookup table, all or nothing (LKP-02 to LKP-07). */
export async function answerReplacement(request: LookupReplacement, deps: LookupDeps): Promise<LookupAnswer> {
  const upload = await findUpload(request, deps)
  if (upload !== undefined) return { ...(await replace(request, upload, deps)), project: upload }
  const access = await open(request, true, deps)
  if (!access.ok) return refused(access.error)
  const { project } = access.value
  return { ...(await replace(request, project, deps)), project }
}

/** The project of an upload without credentials: its address names a table that has no name yet (LKP-03). */
async function findUpload(
  { credentials, projectId, tableId }: LookupReplacement,
  { db }: LookupDeps,
): Promise<Project | undefined> {
  const publicId = credentials.kind === 'none' ? parseProjectId(projectId) : undefined
  if (publicId === undefined) return undefined
  const project = await findProject(db, { publicId })
  if (project === undefined) return undefined
  const table = await findLookupTable(db, project.id, toStorable(tableId))
  return table?.name === '' ? project : undefined
}

type Replaced = Pick<LookupAnswer, 'plan' | 'findings'>

async function replace(request: LookupReplacement, project: Project, deps: LookupDeps): Promise<Replaced> {
  const serverNowMs = deps.clock()
  // Rate limits count in real time, not by the project's clock.
  const waitS = await deps.limits.take(project, { lookup_replacements_per_day: 1 }, serverNowMs)
  if (waitS !== undefined) return { plan: tooBusy(waitS), findings: [finding('limit.rate')] }
  const { encoding } = request
  const isCompressed = encoding === 'gzip' || encoding === 'x-gzip'
  if (!isCompressed && encoding !== '' && encoding !== 'identity') return plain(badRequest(NO_ENCODING))
  if (request.contentLength > MAX_LOOKUP_BYTES) return plain(tooManyBytes(MAX_LOOKUP_BYTES))
  const table = await findLookupTable(deps.db, project.id, toStorable(request.tableId))
  if (table === undefined) return plain(unknownLookupTable(request.tableId))
  const target = {
    projectId: project.id,
    tableId: table.id,
    maxRows: MAX_LOOKUP_ROWS,
    nowMs: nowOf(project, serverNowMs),
  }
  const facts = new BodyFacts()
  const body = {
    stream: request.body,
    facts,
    isCompressed,
    maxBytes: MAX_LOOKUP_BYTES,
    maxSilenceMs: MAX_SILENCE_MS,
  }
  let read: LoadedTable | undefined
  const done = await runInQueue(deps.queue, ALL_PROJECTS, () =>
    replaceLookupRows(deps.db, target, async (draft) => {
      const loaded = await loadLookupTable(readCsv(body), draft)
      read = loaded.ok ? loaded.value : undefined
      return loaded
    }),
  )
  if (done === undefined) return plain(tooBusy())
  const isJudged = done.ok || done.error.code === 'bad_header' || done.error.code === 'failed_rows'
  const { head, isUtf8 } = facts
  const findings = isJudged ? suspectTable({ contentType: request.contentType, head, isUtf8, read }) : []
  return { plan: replyTo(done, request.tableId, findings), findings }
}

function plain(plan: ReplyPlan): Replaced {
  return { plan, findings: [] }
}

/** The one key of the queue, which replacements of all projects share. */
const ALL_PROJECTS = ''

/** Less than the time that the database allows a transaction to be idle. */
const MAX_SILENCE_MS = 30_000
const NO_ENCODING = 'Content-Encoding must be gzip or identity'

function open({ credentials, address, projectId }: LookupRequest, acceptsSecret: boolean, deps: LookupDeps) {
  const asked = { hasApiKey: false, acceptsToken: false, acceptsSecret, needsAdmin: false }
  return authenticate({ credentials, address, projectId, ...asked }, deps)
}

/** In: findings on the body; the first one completes an error with Twinpanel's text (LKP-05). */
function replyTo(
  done: Result<undefined, LoadError | ReplaceError>,
  tableId: string,
  [why]: readonly Finding[],
): ReplyPlan {
  if (done.ok) return lookupReplaced()
  const error = done.error
  switch (error.code) {
    case 'unknown_table':
      return unknownLookupTable(tableId)
    case 'too_many_rows':
      return tooManyRows(MAX_LOOKUP_ROWS)
    case 'too_large':
      return tooManyBytes(MAX_LOOKUP_BYTES)
    case 'failed_rows':
      return lookupRowsFailed(error.rowErrors)
    case 'bad_header':
      return badRequest(why === undefined ? error.message : `${error.message}; ${why.values['what']}`)
    case 'bad_gzip':
      return badRequest('the request body is no valid gzip')
    case 'broken_off':
      return badRequest('the request body did not come to its end')
    default:
      return assertNever(error)
  }
}
