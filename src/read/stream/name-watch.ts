import { Deferred } from '../../core/deferred.ts'
import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { findNamedProjects, type ProjectName } from '../../store/named-projects.ts'

/** A caller that waits for a project. */
interface Waiting {
  readonly name: ProjectName
  readonly found: Deferred<Project | undefined>
  /** It has timed out: the next poll is its last. */
  isLast: boolean
}

/** Polls for projects that do not exist yet, for all callers in one statement. */
export class NameWatch {
  readonly #waiting = new Set<Waiting>()

  /** The number of callers that wait. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * Waits for a project until a poll finds it; the last poll starts after `signal` is aborted. Out: undefined if it was
   * not found. Errors: those of the last poll.
   */
  async wait(name: ProjectName, signal: AbortSignal): Promise<Project | undefined> {
    const waiting: Waiting = { name, found: new Deferred(), isLast: signal.aborted }
    const leave = () => {
      waiting.isLast = true
    }
    signal.addEventListener('abort', leave)
    this.#waiting.add(waiting)
    try {
      return await waiting.found.promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  /** Polls once, and resolves the callers that are done. Errors: those of the database. */
  async look(db: Db): Promise<void> {
    if (this.#waiting.size === 0) return
    const asking = [...this.#waiting].map((waiting) => ({ waiting, isLast: waiting.isLast }))
    try {
      const find = await findNamedProjects(
        db,
        asking.map(({ waiting }) => waiting.name),
      )
      for (const { waiting, isLast } of asking) {
        const project = find(waiting.name)
        if (project !== undefined || isLast) this.#resolve(waiting, project)
      }
    } catch (error) {
      for (const { waiting, isLast } of asking) {
        if (isLast && this.#waiting.delete(waiting)) waiting.found.reject(error)
      }
      throw error
    }
  }

  /** Resolves all callers with undefined: there are no more polls. */
  end(): void {
    for (const waiting of this.#waiting) this.#resolve(waiting, undefined)
  }

  #resolve(waiting: Waiting, project: Project | undefined): void {
    this.#waiting.delete(waiting)
    waiting.found.resolve(project)
  }
}
