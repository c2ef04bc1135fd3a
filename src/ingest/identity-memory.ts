import type { Project } from '../core/project.ts'

/** The size of each of the two halves; a fact takes some 200 bytes. */
const MAX_FACTS = 100_000

/**
 * A cache of facts that never become untrue: the user that a device belongs to (simplified), and the ids and pairs that
 * were received (original). With them, repeated ids and links cost no query. Facts belong to a version of a project: a
 * reset or deletion, by any server, makes a new version, and a commit for the old one is refused. They also belong to a
 * generation of the database (SharedPool.generation): another server may not have what was committed before.
 */
export class IdentityMemory {
  readonly #generationNow: () => number
  #generation: number
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  /** In: the generation of the database, which only increases. */
  constructor(generationNow: () => number = () => 0) {
    this.#generationNow = generationNow
    this.#generation = generationNow()
  }

  /** The current generation; facts of earlier ones are dropped. Read it before the facts that `learn` is to keep. */
  get generation(): number {
    this.#dropEarlier()
    return this.#generation
  }

  recall(project: Project, name: string): string | undefined {
    this.#dropEarlier()
    const key = keyOf(project, name)
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.#keep(key, old)
    return old
  }

  /** Keeps a fact, unless it is of an earlier generation. */
  learn(project: Project, name: string, value: string, generation = this.generation): void {
    if (generation === this.generation) this.#keep(keyOf(project, name), value)
  }

  #dropEarlier(): void {
    const now = this.#generationNow()
    if (now === this.#generation) return
    this.#generation = now
    this.#young = new Map()
    this.#old = new Map()
  }

  /** A full young half becomes the old one; the facts of the old one are dropped unless they were recalled meanwhile. */
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
