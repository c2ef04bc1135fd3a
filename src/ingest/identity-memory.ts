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
  #young = new Facts()
  #old = new Facts()

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
    const young = this.#young.get(project, name)
    if (young !== undefined) return young
    const old = this.#old.get(project, name)
    if (old !== undefined) this.#keep(project, name, old)
    return old
  }

  /** Keeps a fact, unless it is of an earlier generation. */
  learn(project: Project, name: string, value: string, generation = this.generation): void {
    if (generation === this.generation) this.#keep(project, name, value)
  }

  #dropEarlier(): void {
    const now = this.#generationNow()
    if (now === this.#generation) return
    this.#generation = now
    this.#young = new Facts()
    this.#old = new Facts()
  }

  /** A full young half becomes the old one; the facts of the old one are dropped unless they were recalled meanwhile. */
  #keep(project: Project, name: string, value: string): void {
    if (this.#young.size >= MAX_FACTS) {
      this.#old = this.#young
      this.#young = new Facts()
    }
    this.#young.set(project, name, value)
  }
}

interface FactsOfProject {
  readonly version: number
  readonly facts: Map<string, string>
}

/** Facts by project, in its newest version. Keys that contained the project would have to be made for each look. */
class Facts {
  readonly #byProject = new Map<number, FactsOfProject>()
  #count = 0

  /** A further project takes as much memory as a fact. */
  get size(): number {
    return this.#count + Math.max(this.#byProject.size - 1, 0)
  }

  get({ id, version }: Project, name: string): string | undefined {
    const known = this.#byProject.get(id)
    return known?.version === version ? known.facts.get(name) : undefined
  }

  set({ id, version }: Project, name: string, value: string): void {
    const known = this.#byProject.get(id)
    if (known !== undefined && known.version > version) return
    const { facts } = known?.version === version ? known : this.#open(id, version, known)
    const before = facts.size
    facts.set(name, value)
    this.#count += facts.size - before
  }

  #open(id: number, version: number, earlier: FactsOfProject | undefined): FactsOfProject {
    const opened = { version, facts: new Map<string, string>() }
    this.#byProject.set(id, opened)
    this.#count -= earlier?.facts.size ?? 0
    return opened
  }
}
