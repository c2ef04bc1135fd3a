import type { Project } from '../core/project.ts'
import { type Db, readerOf } from '../store/db.ts'

/**
 * The store for the readers of one project: projects share its connections fairly, and a project's exports let its other
 * reads pass. In: undefined for reads without a project; `gone` is aborted when the client has gone.
 */
export type Readers = (
  project: Pick<Project, 'publicId'> | undefined,
  gone?: AbortSignal,
  kind?: 'export',
) => Db

export function readersOf(db: Db): Readers {
  return (project, gone, kind) => readerOf(db, String(project?.publicId ?? ''), gone, kind === 'export')
}
