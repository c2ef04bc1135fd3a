import type { Project } from '../core/project.ts'
import type { Soon } from '../core/soon.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import type { CheckedRecord, Endpoint, HasToken } from './endpoint.ts'
import {
  type FoundProjects,
  NO_UNKNOWN,
  type ProjectDirectory,
  type UnknownTokens,
} from './project-directory.ts'

/** The projects of a request's records, by token, and what is known of the other tokens. */
export interface RecordProjects extends UnknownTokens {
  /** Of the valid records: they count against the limits of these. */
  readonly ofValid: ReadonlyMap<string, Project>
  /** Of all records. */
  readonly all: ReadonlyMap<string, Project>
}

/**
 * Finds the projects of a request's records: the one that the sender's credentials opened, in its newest form, or those
 * that the records name by their tokens; unknown tokens get a project where that is allowed (DEC-05), also those of
 * refused records, so that their verdicts can be found. In: the result of an earlier call for the same request; tokens
 * that it held back get no project now either.
 */
export function findProjects(
  { project }: Pick<Endpoint<HasToken, unknown, never>, 'project'>,
  checked: readonly CheckedRecord<HasToken, unknown>[],
  directory: Directory,
  before: UnknownTokens = NO_UNKNOWN,
): Soon<RecordProjects> {
  if (project !== undefined) return findNewest(project, directory)
  const valid = new Set<string>()
  const tokens = new Set<string>()
  for (const { token, valid: result } of checked) {
    if (token === undefined || token === '' || before.heldBack.has(token)) continue
    tokens.add(token)
    if (result.ok) valid.add(token)
  }
  const looking = directory.findAll(tokens)
  return looking instanceof Promise
    ? looking.then((found) => toRecordProjects(found, valid, before))
    : toRecordProjects(looking, valid, before)
}

type Directory = Pick<ProjectDirectory, 'findAll' | 'findExisting'>

async function findNewest(project: Project, directory: Directory): Promise<RecordProjects> {
  // A deleted project keeps its last form, which no commit accepts.
  const newest = (await directory.findExisting(project.token)) ?? project
  const only = new Map([[project.token, newest]])
  return { ofValid: only, all: only, ...NO_UNKNOWN }
}

function toRecordProjects(
  { projects, ...unknown }: FoundProjects,
  valid: ReadonlySet<string>,
  before: UnknownTokens,
): RecordProjects {
  const areAllValid = [...projects.keys()].every((token) => valid.has(token))
  const ofValid = areAllValid ? projects : new Map([...projects].filter(([token]) => valid.has(token)))
  if (before === NO_UNKNOWN) return { ofValid, all: projects, ...unknown }
  const heldBack = new Map([...before.heldBack, ...unknown.heldBack])
  const hints = new Map([...before.hints, ...unknown.hints])
  return { ofValid, all: projects, heldBack, hints, secrets: unknown.secrets }
}

/** What to say of a record whose token no project has. */
export function unknownTokenFinding(token: string, { heldBack, hints, secrets }: UnknownTokens): Finding {
  if (secrets.has(token)) return finding('token.is_secret')
  const why = heldBack.get(token)
  if (why !== undefined) return finding('token.too_many_new', { token, why })
  const hint = hints.get(token)
  return finding('token.unknown', { token, hint: hint === undefined ? '' : ` (${hint.what})` })
}
