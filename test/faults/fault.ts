import type { Stand, StandOptions } from './stand.ts'

/** How long faults last. */
export interface Durations {
  readonly stoppedMs: number
  readonly frozenMs: number
  readonly lockedMs: number
  /** Of the other faults that last. */
  readonly othersMs: number
}

/** What a fault is inflicted with. */
export interface Inflicting extends Durations {
  readonly random: () => number
}

export interface Fault {
  readonly name: string
  /** As the table of docs/reliability.md has it. */
  readonly title: string
  readonly stand: StandOptions
  /** It does not last: recovery is counted from its beginning. */
  readonly isInstant?: boolean
  /** Every request may be answered 200. */
  readonly mayGoUnnoticed?: boolean
  /** Does it. Resolves when it is over, and recovery may begin. */
  inflict(stand: Stand, inflicting: Inflicting): Promise<void>
  /** Prepares the stand; why it cannot be made on this machine. */
  prepare?(): Promise<Prepared | { readonly skipped: string }>
}

/** A stand of a fault's own, and what removes it. */
interface Prepared {
  readonly stand: StandOptions
  remove(): Promise<void>
}
