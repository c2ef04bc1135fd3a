import type { Project } from '../core/project.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import type { CheckedRecord, Endpoint, HasToken } from './endpoint.ts'
import type { HeldBack, ProjectDirectory } from './project-directory.ts'

/** The projects of a request's records, by token. */
export interface RecordProjects {
  /** Of the valid records: they count against the limits of these. */
  readonly ofValid: ReadonlyMap<string, Project>
  /** Of all records. A refused record creates no project, but belongs to an existing one. */
  readonly all: ReadonlyMap<string, Project>
  /** Why unknown tokens got no project, by token. */
  readonly heldBack: HeldBack
}

/**
 * Finds the projects of a request's records: the one that the sender's credentials opened, in its newest form, or those
 * that the records name by their tokens; unknown tokens get a project where that is allowed (DEC-05). In: the tokens
 * that an earlier call for the same request held back, which get none now either.
 */
export async function findProjects(
  { project, tokenOf }: Pick<Endpoint<HasToken, unknown, never>, 'project' | 'tokenOf'>,
  checked: readonly CheckedRecord<HasToken, unknown>[],
  directory: Pick<ProjectDirectory, 'findAll' | 'findAllExisting' | 'findExisting'>,
  before: HeldBack = NONE,
): Promise<RecordProjects> {
  if (project !== undefined) {
    // A deleted project keeps its last form, which no commit accepts.
    const newest = (await directory.findExisting(project.token)) ?? project
    const only = new Map([[project.token, newest]])
    return { ofValid: only, all: only, heldBack: NONE }
  }
  const valid = checked.flatMap((one) => (one.valid.ok ? [one.valid.value.token] : []))
  const found = await directory.findAll(
    before.size === 0 ? valid : valid.filter((token) => !before.has(token)),
  )
  const ofValid = found.projects
  const heldBack = before.size === 0 ? found.heldBack : new Map([...before, ...found.heldBack])
  if (valid.length === checked.length) return { ofValid, all: ofValid, heldBack }
  const refused = checked.flatMap((one) => (one.valid.ok ? [] : (tokenOf(one.record) ?? [])))
  const existing = await directory.findAllExisting(refused.filter((token) => !ofValid.has(token)))
  return { ofValid, all: new Map([...ofValid, ...existing]), heldBack }
}

const NONE: HeldBack = new Map()

/** What to say of a record whose token no project has. */
export function unknownTokenFinding(token: string, heldBack: HeldBack): Finding {
  const why = heldBack.get(token)
  return why === undefined
    ? finding('token.unknown', { token })
    : finding('token.too_many_new', { token, why })
}
