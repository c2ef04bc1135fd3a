import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'
import type { Account } from './user.ts'

/** The log for messages that an operator should see. */
export interface EmbeddedLog {
  debug(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** A process that stops Postgres when this one has ended without doing so, in whatever way. */
export interface Watcher {
  /** Names the Postgres to stop; undefined if there is none, or none any more. */
  watch(pid: number | undefined): void
  /** Ends the watcher, and waits for it. */
  dismiss(): Promise<void>
}

/** Postgres settings by name, as for `postgres -c name=value`. */
export type Settings = Readonly<Record<string, string>>

/** What the steps of a start share. */
export interface Context {
  readonly layout: Layout
  readonly binaries: Binaries
  /** The user that Postgres runs as; undefined for the current one. */
  readonly account: Account | undefined
  /** `account` cannot enter the data directory, so its contents are passed as open files. */
  readonly handsOverDirectories: boolean
  readonly settings: Settings
  /** On a new cluster, gives the server's role the rights that tests need. */
  readonly forTests: boolean
  /** The new cluster is to be a template: it gets rid of what only takes space in copies. */
  readonly forTemplate: boolean
  readonly log: EmbeddedLog
  /** Learns which Postgres runs. */
  readonly watcher: Watcher
  /** Called when a Postgres program has been started and there is nothing to do but wait for it. */
  readonly onWaiting: (() => void) | undefined
  /** Aborted when the start is cancelled. */
  readonly signal: AbortSignal | undefined
}
