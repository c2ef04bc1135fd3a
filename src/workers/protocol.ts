import type { NamedProjects } from '../access/named-projects.ts'
import type { Config } from '../config.ts'
import type { Call } from '../core/faults/match.ts'
import type { Result } from '../core/result.ts'
import type { ArmedFault, BoundFault, BoundProject, FiredFault, ShownFault } from '../http/armed-faults.ts'
import type { ReadKind } from '../http/reads-under-way.ts'
import type { LimitedProject, RateAmounts, RateLimit } from '../ingest/rate-limits.ts'
import type { Family } from '../metrics/tally.ts'
import type { StartedServer } from '../server/start-server.ts'
import type { StartError } from '../start-error.ts'

/** What a worker needs to start. */
export interface Order {
  readonly config: Config
  /** The URL of the database, which the primary has started or was given. */
  readonly connectionString: string
  readonly faults: readonly ArmedFault[]
}

/** What the primary learns from a worker that listens. */
export type Listening = Pick<StartedServer, 'url' | 'adminToken' | 'dataDir'>

/** A message of Broadcast. */
export interface TopicMessage {
  readonly topic: string
  readonly message: unknown
}

/** What the primary calls in a worker. */
export type WorkerMethods = {
  readonly start: (order: Order) => Promise<Result<Listening, StartError>>
  readonly stop: () => void
  readonly setFaults: (armed: readonly ArmedFault[]) => void
  readonly deliver: (messages: readonly TopicMessage[]) => void
  readonly collect: () => Promise<readonly Family[]>
  readonly flushClients: () => Promise<void>
}

/** What a worker calls in the primary. */
export type PrimaryMethods = {
  readonly strike: (call: Call, named: NamedProjects | undefined) => FiredFault | undefined
  readonly putFaults: (faults: readonly BoundFault[], of: BoundProject | undefined) => Promise<void>
  readonly listFaults: (of: BoundProject | undefined) => readonly ShownFault[]
  readonly takeLimits: (project: LimitedProject, amounts: RateAmounts, nowMs: number) => number | undefined
  readonly usedOfLimit: (project: LimitedProject, name: RateLimit, nowMs: number) => number
  readonly takeRead: (kind: ReadKind, publicId: number, limit: number | null) => boolean
  readonly releaseRead: (kind: ReadKind, publicId: number) => void
  readonly countReads: (kind: ReadKind, publicId: number) => number
  readonly broadcast: (messages: readonly TopicMessage[]) => Promise<void>
  readonly collectAll: () => Promise<readonly (readonly Family[])[]>
  readonly flushAllClients: () => Promise<void>
}
