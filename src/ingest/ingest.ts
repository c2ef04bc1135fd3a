import { createHash } from 'node:crypto'
import type { StoredEvent } from '../core/event.ts'
import type { Project } from '../core/project.ts'
import { storeUnavailable, tooBusy } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Note } from '../core/verdict/note.ts'
import type { Db } from '../store/db.ts'
import { isTransient } from '../store/errors.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { NameMemory } from './name-memory.ts'
import type { ProjectDirectory } from './project-directory.ts'

/** What the ingest path works with. */
export interface IngestDeps {
  readonly db: Db
  readonly commits: CommitQueue
  readonly projects: ProjectDirectory
  readonly names: NameMemory
  /** Now, in ms since the epoch. */
  readonly clock: () => number
  readonly newId: () => string
  /** The bearer token that opens every project, where one is configured. */
  readonly adminToken: string | undefined
}

/** Where a request came from and to. */
export interface RequestOrigin {
  /** The client's address, as far as proxies are trusted. */
  readonly ip: string
  /** The Host header; empty where there was none. */
  readonly host: string
}

/** A note on one record; the request's own notes have no index. */
export interface RecordNote {
  readonly index: number | undefined
  readonly note: Note
}

/** The answer to an ingestion request, and what the answer does not tell. */
export interface Ingested {
  readonly reply: ReplyPlan
  readonly notes: readonly RecordNote[]
}

/** A judgement of all records of a request: what to commit, and what to say once it is. */
export interface Judgement<T> {
  readonly events: readonly StoredEvent[]
  readonly projects: readonly Project[]
  readonly result: T
}

/** Judging again after a project changed under it; more than a few changes in a row are no accident. */
const MAX_JUDGEMENTS = 5

/**
 * Judges and commits until the commit holds: a project that changed in between makes the judgement stale.
 * Out: the last judgement's result, or the answer where nothing could be committed (429, 503).
 */
export async function judgeAndCommit<T>(
  deps: IngestDeps,
  judge: () => Promise<Judgement<T>>,
): Promise<{ readonly result: T } | { readonly refusal: ReplyPlan }> {
  try {
    for (let attempt = 0; attempt < MAX_JUDGEMENTS; attempt++) {
      const { events, projects, result } = await judge()
      if (events.length === 0) return { result }
      const outcome = await deps.commits.submit({ events, projects })
      if (outcome === 'committed') return { result }
      if (outcome === 'full') return { refusal: tooBusy() }
      if (outcome === 'unavailable') return { refusal: storeUnavailable() }
      deps.projects.forget(projects)
    }
    return { refusal: storeUnavailable() }
  } catch (error) {
    if (isTransient(error)) return { refusal: storeUnavailable() }
    throw error
  }
}

/** A distinct_id made of the client's address, the same for an address and project (TRK-33, IMP-18). */
export function distinctIdOfAddress(project: Project, ip: string): string {
  return createHash('sha1').update(`${project.id}:${ip}`).digest('hex')
}
