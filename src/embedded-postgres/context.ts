import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'
import type { Account } from './user.ts'

/** Where Postgres may write what an operator should see. */
export interface EmbeddedLog {
  debug(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** Postgres settings by name, as `postgres -c name=value` takes them. */
export type Settings = Readonly<Record<string, string>>

/** All that the steps of a start share. */
export interface Context {
  readonly layout: Layout
  readonly binaries: Binaries
  /** Whom Postgres runs as; undefined: as ourselves. */
  readonly account: Account | undefined
  /** Whether `account` cannot walk to the data directory, and is given what lies there as open files. */
  readonly handsOverDirectories: boolean
  readonly settings: Settings
  /** Whether the server's role gets, on a new cluster, what tests do beside the server. */
  readonly forTests: boolean
  readonly log: EmbeddedLog
  /** Called when a Postgres program has been started and there is nothing to do but wait for it. */
  readonly onWaiting: (() => void) | undefined
  /** Aborted when the start is no longer wanted. */
  readonly signal: AbortSignal | undefined
}
