import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Layout } from './layout.ts'

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
  readonly settings: Settings
  readonly log: EmbeddedLog
  /** Aborted when the start is no longer wanted. */
  readonly signal: AbortSignal | undefined
}
