import type { NamedProjects } from '../access/named-projects.ts'
import { firesNext } from '../core/faults/chance.ts'
import { checkFault, type Fault } from '../core/faults/fault.ts'
import { type Call, matchesCall } from '../core/faults/match.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { FaultsBody } from './fault-schemas.ts'
import { findByIdOrToken, type TwinDeps } from './projects.ts'

/** A project that a fault is bound to; one that its first event will make has no id yet. */
interface BoundProject {
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
  /** Its place in the list that it came with. */
  readonly position: number
  matched: number
  fired: number
}

/** The faults of this process, in order. They are in its memory only: another server on the database has its own. */
export class Faults {
  #armed: readonly ArmedFault[] = []
  #lastId = 0

  /** True while there is nothing to look at. */
  get isEmpty(): boolean {
    return this.#armed.length === 0
  }

  /** Puts faults in the place of all, or of those bound to one project. */
  put(faults: readonly BoundFault[], of?: Project): void {
    const kept = of === undefined ? [] : this.#armed.filter((own) => !isOf(own, of))
    const added = faults.map(({ fault, project }, position) => {
      this.#lastId += 1
      return { id: this.#lastId, fault, project, position, matched: 0, fired: 0 }
    })
    this.#armed = [...kept, ...added]
  }

  /** Drops the faults that are bound to a project. */
  forget(project: Project): void {
    this.put([], project)
  }

  /** All faults, or those bound to one project, as the API shows them. */
  list(of?: Project) {
    const shown = of === undefined ? this.#armed : this.#armed.filter((own) => isOf(own, of))
    return shown.map(({ id, fault, matched, fired }) => ({ id, ...fault, matched, fired }))
  }

  /** True where which project a call names makes a difference. */
  asksForProject(call: Call): boolean {
    return this.#armed.some(({ fault, project }) => project !== undefined && matchesCall(fault, call))
  }

  /** The first fault that fires on a call, counted. Those behind it do not see the call. */
  strike(call: Call, named: NamedProjects | undefined): FiredFault | undefined {
    return this.#armed.find((own) => {
      if (!matchesCall(own.fault, call) || !isNamed(own.project, named)) return false
      const fires = firesNext(own.fault, own.position, own)
      own.matched += 1
      if (fires) own.fired += 1
      return fires
    })
  }
}

/** A fault, and the project that it names. */
interface BoundFault {
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

/** What setting faults needs. */
export interface FaultDeps extends Pick<TwinDeps, 'db'> {
  readonly faults: Faults
  /** True for a token that nobody has and that the first event would make a project of (DEC-05). */
  readonly makesProject: (token: string) => boolean
}

/**
 * Puts faults in the place of all, or of those of one project. Either all are put or none. Errors: a sentence that
 * names the place.
 */
export async function putFaults(
  body: FaultsBody,
  deps: FaultDeps,
  of?: Project,
): Promise<Result<ReturnType<Faults['list']>, string>> {
  const bound: BoundFault[] = []
  for (const [index, sent] of body.faults.entries()) {
    const where = `faults[${index}]`
    const fault = checkFault(body.seed === undefined ? sent : { seed: body.seed, ...sent })
    if (!fault.ok) return err(where + fault.error)
    if (of !== undefined && sent.project !== undefined) {
      return err(`${where}.project: the path names the project already; leave it out.`)
    }
    const project = of ?? (await findProject(sent.project, deps))
    if (project === null) return err(`${where}.project: no project has this id or token.`)
    bound.push({ fault: fault.value, project })
  }
  deps.faults.put(bound, of)
  return ok(deps.faults.list(of))
}

/** The project that a fault names, undefined where it names none; null where there is no such project. */
async function findProject(
  name: string | number | undefined,
  deps: FaultDeps,
): Promise<BoundProject | undefined | null> {
  if (name === undefined) return undefined
  const found = await findByIdOrToken(String(name), deps)
  if (found.ok) return found.value
  return typeof name === 'string' && deps.makesProject(name) ? { publicId: undefined, token: name } : null
}
