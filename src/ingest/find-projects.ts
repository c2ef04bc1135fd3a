import type { Json } from '../core/json.ts'
import type { Result } from '../core/result.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import type { FoundProjects, HeldBack, ProjectDirectory } from './project-directory.ts'

/** A record as it came, and what validation made of it. */
interface Validated {
  readonly record: Json
  readonly valid: Result<{ readonly token: string }, unknown>
}

/** The tokens of the good records. */
export function tokensOf(validated: readonly Validated[]): readonly string[] {
  return validated.flatMap(({ valid }) => (valid.ok ? [valid.value.token] : []))
}

/**
 * Finds the projects of records, by token; those of good records are made where that is allowed (DEC-05). A refused
 * record makes no project, and belongs to the one that there is. In: how to read the token of a record of any form,
 * and of which tokens this request makes none.
 */
export async function findProjects(
  validated: readonly Validated[],
  tokenOf: (record: Json) => string | undefined,
  directory: Pick<ProjectDirectory, 'findAll' | 'findAllExisting'>,
  heldBack: HeldBack,
): Promise<FoundProjects> {
  const tokens = tokensOf(validated)
  const own = heldBack.size === 0 ? tokens : tokens.filter((token) => !heldBack.has(token))
  const found = await directory.findAll(own)
  const all = heldBack.size === 0 ? found.heldBack : new Map([...heldBack, ...found.heldBack])
  const named = validated.flatMap(({ record, valid }) => (valid.ok ? [] : [tokenOf(record)]))
  const refused = named.filter((token) => token !== undefined && !found.projects.has(token)) as string[]
  if (refused.length === 0) return { projects: found.projects, heldBack: all }
  const existing = await directory.findAllExisting(refused)
  return { projects: new Map([...found.projects, ...existing]), heldBack: all }
}

/** What to tell of a record whose token no project has. In: of which tokens none was made, and why. */
export function unknownTokenFinding(token: string, heldBack: HeldBack): Finding {
  const why = heldBack.get(token)
  return why === undefined
    ? finding('token.unknown', { token })
    : finding('token.too_many_new', { token, why })
}
