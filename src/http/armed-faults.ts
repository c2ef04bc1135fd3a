import type { NamedProjects } from '../access/named-projects.ts'
import { type FaultCounts, firesNext } from '../core/faults/chance.ts'
import type { Fault } from '../core/faults/fault.ts'
import { type Call, matchesCall } from '../core/faults/match.ts'
import type { Project } from '../core/project.ts'

/** A project that a fault is bound to. One that its first event will create has no id yet. */
export interface BoundProject {
  readonly publicId: number | undefined
  readonly token: string
}

/** What a fault keeps of the project that it is bound to. */
export function boundTo({ publicId, token }: Project): BoundProject {
  return { publicId, token }
}

/** A fault that fires, and its number. */
export interface FiredFault {
  readonly id: number
  readonly fault: Fault
}

/** A fault that can fire, and the project that it is bound to. */
export interface ArmedFault extends FiredFault {
  readonly project: BoundProject | undefined
  /** Its position in the list that was sent. */
  readonly position: number
}

interface CountedFault extends ArmedFault {
  matched: number
  fired: number
}

/** A fault as the API shows it. */
export type ShownFault = Fault & { readonly id: number } & FaultCounts

/** The faults of a server, which this process counts, or another. */
export interface ServerFaults {
  /** True without any fault. */
  readonly isEmpty: boolean
  /** True if it matters which project a call names. */
  asksForProject(call: Call): boolean
  /** The first fault that fires on a call, counted. Those behind it do not see the call. */
  strike(
    call: Call,
    named: NamedProjects | undefined,
  ): Promise<FiredFault | undefined> | FiredFault | undefined
  /** Replaces all faults, or those bound to one project. */
  put(faults: readonly BoundFault[], of?: BoundProject): Promise<void> | void
  /** All faults, or those bound to one project. */
  list(of?: BoundProject): Promise<readonly ShownFault[]> | readonly ShownFault[]
}

/** The faults of one process, in order, in its memory. */
export class Faults implements ServerFaults {
  #armed: readonly CountedFault[] = []
  #lastId = 0

  get isEmpty(): boolean {
    return this.#armed.length === 0
  }

  /** The faults without their counts, for the other processes of the server. */
  get armed(): readonly ArmedFault[] {
    return this.#armed
  }

  put(faults: readonly BoundFault[], of?: BoundProject): void {
    const kept = of === undefined ? [] : this.#armed.filter((armed) => !isOf(armed, of))
    const added = faults.map(({ fault, project }, position) => {
      this.#lastId += 1
      return { id: this.#lastId, fault, project, position, matched: 0, fired: 0 }
    })
    this.#armed = [...kept, ...added]
  }

  list(of?: BoundProject): readonly ShownFault[] {
    const shown = of === undefined ? this.#armed : this.#armed.filter((armed) => isOf(armed, of))
    return shown.map(({ id, fault, matched, fired }) => ({ id, ...fault, matched, fired }))
  }

  asksForProject(call: Call): boolean {
    return asksForProject(this.#armed, call)
  }

  strike(call: Call, named: NamedProjects | undefined): FiredFault | undefined {
    return this.#armed.find((armed) => {
      if (!isStruck(armed, call, named)) return false
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

/** True if one of the faults is bound to a project and applies to a call. */
export function asksForProject(armed: readonly ArmedFault[], call: Call): boolean {
  return armed.some(({ fault, project }) => project !== undefined && matchesCall(fault, call))
}

/** True if a fault applies to a call that names these projects. */
export function isStruck(
  { fault, project }: ArmedFault,
  call: Call,
  named: NamedProjects | undefined,
): boolean {
  return matchesCall(fault, call) && isNamed(project, named)
}

function isOf({ project }: ArmedFault, { publicId, token }: BoundProject): boolean {
  return project !== undefined && (project.publicId === publicId || project.token === token)
}

function isNamed(project: BoundProject | undefined, named: NamedProjects | undefined): boolean {
  if (project === undefined) return true
  if (named === undefined) return false
  return (
    named.tokens.has(project.token) || (project.publicId !== undefined && named.ids.has(project.publicId))
  )
}
