import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { EmbeddedPostgres } from '../embedded-postgres/launch.ts'
import type { SharedParts } from '../http/shared-parts.ts'
import type { InterceptSettings } from '../intercept/intercept.ts'

/** Something that was started and must be stopped; the last started is stopped first. */
export interface Part {
  readonly name: string
  stop(): Promise<unknown>
}

/** The state of a start. */
export interface Startup {
  readonly config: Config
  readonly log: Logger
  readonly parts: Part[]
  /** Aborted to cancel the start, and when a required part has ended; its reason is then a sentence. */
  readonly stopping: AbortController
  /** Keep the data of the embedded Postgres in a new directory, which is removed at the stop. */
  readonly isEphemeral: boolean
  /** The database that another process has prepared, in place of the configured one. */
  readonly connectionString?: string | undefined
  /** What the server shares with its other processes. */
  readonly shared?: SharedParts | undefined
  /** The number of processes that use the database; 1 by default. */
  readonly processes?: number | undefined
  /** A start that meets a full disk waits for room, and answers 503 until then; by default it fails. */
  readonly waitsForRoom?: boolean
  /** Start a proxy that answers for Mixpanel's hosts, too. */
  readonly intercept?: InterceptSettings | undefined
  /** Called with the embedded Postgres, for a process that stops it when it exits. */
  readonly onPostgres?: (postgres: EmbeddedPostgres) => void
}

/** Stops what has been started. Never throws: errors are logged. */
export async function stopParts({ parts, log }: Pick<Startup, 'parts' | 'log'>): Promise<void> {
  for (const part of parts.splice(0).toReversed()) {
    try {
      await part.stop()
      log.info(`${part.name} stopped`)
    } catch (error) {
      log.error({ err: error }, `${part.name} did not stop cleanly`)
    }
  }
}
