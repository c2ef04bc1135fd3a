import type { Json } from '../core/json.ts'
import type { Project } from '../core/project.ts'
import type { Result } from '../core/result.ts'
import type { ProjectDirectory } from './project-directory.ts'

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
 * record makes no project, and belongs to the one that there is. In: how to read the token of a record of any form.
 */
export async function findProjects(
  validated: readonly Validated[],
  tokenOf: (record: Json) => string | undefined,
  directory: Pick<ProjectDirectory, 'findAll' | 'findAllExisting'>,
): Promise<ReadonlyMap<string, Project>> {
  const projects = await directory.findAll(tokensOf(validated))
  const named = validated.flatMap(({ record, valid }) => (valid.ok ? [] : [tokenOf(record)]))
  const refused = named.filter((token) => token !== undefined && !projects.has(token)) as string[]
  if (refused.length === 0) return projects
  return new Map([...projects, ...(await directory.findAllExisting(refused))])
}
