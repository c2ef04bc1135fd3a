import { ALONE, type Broadcast } from '../core/broadcast.ts'
import { type ProjectLimits, RateLimits } from '../ingest/rate-limits.ts'
import type { Family } from '../metrics/tally.ts'
import { Faults, type ServerFaults } from './armed-faults.ts'
import { type ReadCounter, ReadCounts } from './reads-under-way.ts'

/** What the processes of one server have in common: a client must not notice which of them answers. */
export interface SharedParts {
  readonly faults: ServerFaults
  readonly limits: ProjectLimits
  readonly reads: ReadCounter
  readonly broadcast: Broadcast
  /** The other processes; undefined without any. */
  readonly others?: OtherProcesses
}

/** What the processes of a server ask of each other. */
export interface OtherProcesses {
  /** Says how this process answers what the others ask. */
  serve(own: OwnParts): void
  /** The metrics of every process, this one included. */
  collectAll(): Promise<readonly (readonly Family[])[]>
  /** Resolves once every process has written the list of its clients. */
  flushAllClients(): Promise<void>
}

/** What a process answers to the others. */
export interface OwnParts {
  collect(): Promise<readonly Family[]>
  flushClients(): Promise<void>
}

/** The parts of a server with one process. */
export function partsOfOneProcess(): SharedParts {
  return { faults: new Faults(), limits: new RateLimits(), reads: new ReadCounts(), broadcast: ALONE }
}
