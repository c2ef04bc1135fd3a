import type { Project } from '../core/project.ts'
import { type Db, readerOf } from '../store/db.ts'

/**
 * The store as one project's readers have it: projects share its connections fairly. In: undefined for what is no
 * project's; `gone` is aborted when nobody waits for the answer any more.
 */
export type Readers = (project: Pick<Project, 'publicId'> | undefined, gone?: AbortSignal) => Db

/** Shares a pool among projects. */
export function readersOf(db: Db): Readers {
  return (project, gone) => readerOf(db, String(project?.publicId ?? ''), gone)
}
