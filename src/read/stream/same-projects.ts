import type { Project } from '../../core/project.ts'

/** True for the same projects, by public id, in the same versions. */
export function isSameProjects(
  a: ReadonlyMap<number, Project> | undefined,
  b: ReadonlyMap<number, Project>,
): boolean {
  return (
    a?.size === b.size && [...b.values()].every((project) => isSameVersion(a.get(project.publicId), project))
  )
}

/** False after a reset or a change of settings. */
export function isSameVersion(a: Project | undefined, b: Project): boolean {
  return a?.id === b.id && a.version === b.version
}
