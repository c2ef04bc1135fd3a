import type { Db } from '../../store/db.ts'
import type { Watcher } from '../stream/watcher.ts'

export interface WaitDeps {
  /** A view of the store; its statements are cancelled at the deadline, or when the client has disconnected. */
  readonly reads: (deadline: AbortSignal) => Db
  /** The server's clock, in ms since the epoch. */
  readonly clock: () => number
  readonly watcher: Watcher
  /** Aborted at the timeout. */
  readonly timeout: AbortSignal
  /** Limits how many waits explain an absence at once, to leave connections to those that still wait. */
  readonly runInQueue: <T extends object>(work: () => Promise<T>) => Promise<T | undefined>
  /** Aborted when the client has gone, or the server is about to close. */
  readonly signal: AbortSignal
  /** The address of the web page. */
  readonly pageUrl: string
}
