import type { Project } from '../core/project.ts'

/** Facts remembered in each of two generations; a fact takes some 200 bytes. */
const MAX_FACTS = 100_000

/**
 * Remembers what can never become untrue: the user that a device belongs to (simplified), and the ids that were
 * received (original). So steady traffic asks the store nothing. Facts are those of a version of a project: a
 * reset or deletion, by any server, makes a new version, and a commit in the name of the old one is refused.
 */
export class IdentityMemory {
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  /** What is remembered under a name, or undefined. */
  recall(project: Project, name: string): string | undefined {
    const key = keyOf(project, name)
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#keep(key, old)
    return old
  }

  /** Remembers a fact. */
  learn(project: Project, name: string, value: string): void {
    this.#keep(keyOf(project, name), value)
  }

  /** What was not asked for since the last change of generations is forgotten with it. */
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
