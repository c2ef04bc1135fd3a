import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { findNamedProjects, type ProjectName } from '../../store/named-projects.ts'

/** Somebody who waits for a project. */
interface Waiting {
  readonly name: ProjectName
  readonly found: PromiseWithResolvers<Project | undefined>
  /** Its time is over: the next look is its last. */
  isLast: boolean
}

/** Looks for projects that are not there yet, for all who wait for one, in one statement a look. */
export class NameWatch {
  readonly #waiting = new Set<Waiting>()

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * Waits for a project until a look finds it; the last is the one that begins after `signal` is aborted. Out: undefined
   * where it has not come. Errors: those of the last look.
   */
  async wait(name: ProjectName, signal: AbortSignal): Promise<Project | undefined> {
    const waiting: Waiting = { name, found: Promise.withResolvers(), isLast: signal.aborted }
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

  /** Looks once, and tells whoever has waited for it. Errors: those of the database. */
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

  /** Sends away whoever waits: nobody will look any more. */
  end(): void {
    for (const waiting of this.#waiting) this.#resolve(waiting, undefined)
  }

  #resolve(waiting: Waiting, project: Project | undefined): void {
    this.#waiting.delete(waiting)
    waiting.found.resolve(project)
  }
}
