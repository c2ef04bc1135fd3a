import { type Finding, finding } from '../core/verdict/finding.ts'
import type { CheckedRecord, Endpoint, HasToken } from './endpoint.ts'
import type { FoundProjects, HeldBack, ProjectDirectory } from './project-directory.ts'

/** Whose projects they are. */
type Source = Pick<Endpoint<HasToken, unknown, never>, 'project' | 'tokenOf'>

type Checked = readonly CheckedRecord<HasToken, unknown>[]

/**
 * Finds the projects of the good records of a request, by token; those of unknown tokens are made where that is allowed
 * (DEC-05). Where the sender's credentials have opened a project, it is that one, in its newest form.
 */
export async function findProjects(
  source: Source,
  checked: Checked,
  directory: Pick<ProjectDirectory, 'findAll' | 'findExisting'>,
): Promise<FoundProjects> {
  const { project } = source
  if (project === undefined) return await directory.findAll(tokensOf(checked))
  // Gone, it keeps its last form, which no commit accepts.
  const newest = (await directory.findExisting(project.token)) ?? project
  return { projects: new Map([[project.token, newest]]), heldBack: new Map() }
}

/**
 * The same for a judgement, and the projects of refused records too: these are made by none, and belong to the one that
 * there is. In: of which tokens this request makes no project.
 */
export async function findProjectsOfAll(
  source: Source,
  checked: Checked,
  directory: Pick<ProjectDirectory, 'findAll' | 'findAllExisting' | 'findExisting'>,
  heldBack: HeldBack,
): Promise<FoundProjects> {
  const mayBeMade =
    heldBack.size === 0
      ? checked
      : checked.filter(({ valid }) => !valid.ok || !heldBack.has(valid.value.token))
  const found = await findProjects(source, mayBeMade, directory)
  const all = heldBack.size === 0 ? found.heldBack : new Map([...heldBack, ...found.heldBack])
  const refused = checked.flatMap(({ record, valid }) => {
    const token = valid.ok ? undefined : source.tokenOf(record)
    return token === undefined || found.projects.has(token) ? [] : [token]
  })
  if (refused.length === 0) return { projects: found.projects, heldBack: all }
  const existing = await directory.findAllExisting(refused)
  return { projects: new Map([...found.projects, ...existing]), heldBack: all }
}

function tokensOf(checked: Checked): readonly string[] {
  return checked.flatMap(({ valid }) => (valid.ok ? [valid.value.token] : []))
}

/** What to say of a record whose token no project has. In: of which tokens none was made, and why. */
export function unknownTokenFinding(token: string, heldBack: HeldBack): Finding {
  const why = heldBack.get(token)
  return why === undefined
    ? finding('token.unknown', { token })
    : finding('token.too_many_new', { token, why })
}
