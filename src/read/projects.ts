import type { Params } from '../core/decode/params.ts'
import { toStorable } from '../core/normalise/text.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { type ListedProject, type ProjectFilter, readProjectPage } from '../store/project-pages.ts'
import { PROJECTS_LIMIT, parseLimit } from './limit.ts'
import { parseIsNewestFirst } from './order.ts'

export interface ProjectsQuery {
  readonly filter: ProjectFilter
  readonly limit: number
}

/** Reads the parameters of `GET /_twin/projects`. Errors are the sentence to answer with. */
export function parseProjectsQuery(params: Params): Result<ProjectsQuery, string> {
  const limit = parseLimit(params.get('limit') ?? String(PROJECTS_LIMIT.default))
  if (!limit.ok) return limit
  const after = params.get('after')
  if (after !== undefined && !/^\d{1,9}$/.test(after)) {
    return err('after must be a cursor that this route gave as next.')
  }
  const isNewestFirst = parseIsNewestFirst(params.get('order'))
  if (!isNewestFirst.ok) return isNewestFirst
  const search = params.get('search')
  const filter = {
    isNewestFirst: isNewestFirst.value,
    after: after === undefined ? undefined : Number(after),
    search: search === undefined ? undefined : toStorable(search),
  }
  return ok({ filter, limit: limit.value })
}

/** A page of projects, and the cursor of the next; null on the last. */
export async function readProjects(
  { filter, limit }: ProjectsQuery,
  db: Db,
): Promise<{ readonly projects: readonly ListedProject[]; readonly next: string | null }> {
  const found = await readProjectPage(db, filter, limit + 1)
  const projects = found.slice(0, limit)
  const last = projects.at(-1)
  return { projects, next: found.length > limit && last !== undefined ? String(last.publicId) : null }
}
