import type { Project } from '../core/project.ts'

/** The size of each of the two generations; a fact takes some 200 bytes. */
const MAX_FACTS = 100_000

/**
 * A cache of facts that never become untrue: the user that a device belongs to (simplified), and the ids and pairs that
 * were received (original). With them, repeated ids and links cost no query. Facts belong to a version of a project: a
 * reset or deletion, by any server, makes a new version, and a commit for the old one is refused.
 */
export class IdentityMemory {
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  recall(project: Project, name: string): string | undefined {
    const key = keyOf(project, name)
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#keep(key, old)
    return old
  }

  learn(project: Project, name: string, value: string): void {
    this.#keep(keyOf(project, name), value)
  }

  /** A full young generation becomes the old one; the facts of the old one are dropped unless they were recalled in the meantime. */
  #keep(key: string, value: string): void {
    if (this.#young.size >= MAX_FACTS) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}

function keyOf(project: Project, name: string): string {
  return `${project.id}:${project.version}:${name}`
}
