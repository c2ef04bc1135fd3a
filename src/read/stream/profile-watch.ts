import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { readProfileVersions } from '../../store/profile-versions.ts'
import type { Wakeup } from './wakeup.ts'

/** The profile of a user, by any id, or of a group. */
export interface ProfileName {
  /** Empty for a user. */
  readonly groupKey: string
  readonly id: string
}

interface Watched extends ProfileName {
  readonly publicId: number
  /** As of the last poll; undefined before the first. */
  version: string | undefined
}

/** Polls for changes of profiles (their writes have no order of arrival), for all callers in one statement. */
export class ProfileWatch {
  readonly #watched = new Map<Wakeup, Watched>()

  add(wakeup: Wakeup, publicId: number, { groupKey, id }: ProfileName): void {
    this.#watched.set(wakeup, { publicId, groupKey, id, version: undefined })
  }

  remove(wakeup: Wakeup): void {
    this.#watched.delete(wakeup)
  }

  /** Polls once, and wakes the callers whose profile has changed. In: the projects by public id. */
  async look(db: Db, projects: ReadonlyMap<number, Project>): Promise<void> {
    if (this.#watched.size === 0) return
    const asking = [...this.#watched]
    const keys = asking.map(([, { publicId, groupKey, id }]) => {
      return { projectId: projects.get(publicId)?.id ?? 0, groupKey, id }
    })
    const versions = await readProfileVersions(db, keys)
    for (const [at, [wakeup, watched]] of asking.entries()) {
      if (versions[at] !== watched.version) wakeup.notify(['profile'])
      watched.version = versions[at]
    }
  }
}
