import type { NamedProjects } from '../access/named-projects.ts'
import { firesNext } from '../core/faults/chance.ts'
import type { Fault } from '../core/faults/fault.ts'
import { type Call, matchesCall } from '../core/faults/match.ts'
import type { Project } from '../core/project.ts'

/** A project that a fault is bound to. One that its first event will create has no id yet. */
export interface BoundProject {
  readonly publicId: number | undefined
  readonly token: string
}

/** A fault that fires, and its number. */
export interface FiredFault {
  readonly id: number
  readonly fault: Fault
}

interface ArmedFault extends FiredFault {
  readonly project: BoundProject | undefined
  /** Its position in the list that was sent. */
  readonly position: number
  matched: number
  fired: number
}

/** The faults of this process, in order. They are in its memory only: another server on the database has its own. */
export class Faults {
  #armed: readonly ArmedFault[] = []
  #lastId = 0

  /** True without any fault. */
  get isEmpty(): boolean {
    return this.#armed.length === 0
  }

  /** Replaces all faults, or those bound to one project. */
  put(faults: readonly BoundFault[], of?: Project): void {
    const kept = of === undefined ? [] : this.#armed.filter((armed) => !isOf(armed, of))
    const added = faults.map(({ fault, project }, position) => {
      this.#lastId += 1
      return { id: this.#lastId, fault, project, position, matched: 0, fired: 0 }
    })
    this.#armed = [...kept, ...added]
  }

  /** Removes the faults bound to a project. */
  forget(project: Project): void {
    this.put([], project)
  }

  /** All faults, or those bound to one project, as the API shows them. */
  list(of?: Project) {
    const shown = of === undefined ? this.#armed : this.#armed.filter((armed) => isOf(armed, of))
    return shown.map(({ id, fault, matched, fired }) => ({ id, ...fault, matched, fired }))
  }

  /** True if it matters which project a call names. */
  asksForProject(call: Call): boolean {
    return this.#armed.some(({ fault, project }) => project !== undefined && matchesCall(fault, call))
  }

  /** The first fault that fires on a call, counted. Those behind it do not see the call. */
  strike(call: Call, named: NamedProjects | undefined): FiredFault | undefined {
    return this.#armed.find((armed) => {
      if (!matchesCall(armed.fault, call) || !isNamed(armed.project, named)) return false
      const fires = firesNext(armed.fault, armed.position, armed)
      armed.matched += 1
      if (fires) armed.fired += 1
      return fires
    })
  }
}

/** A fault, and the project that it names. */
export interface BoundFault {
  readonly fault: Fault
  readonly project: BoundProject | undefined
}

function isOf({ project }: ArmedFault, { publicId, token }: Project): boolean {
  return project !== undefined && (project.publicId === publicId || project.token === token)
}

function isNamed(project: BoundProject | undefined, named: NamedProjects | undefined): boolean {
  if (project === undefined) return true
  if (named === undefined) return false
  return (
    named.tokens.has(project.token) || (project.publicId !== undefined && named.ids.has(project.publicId))
  )
}
