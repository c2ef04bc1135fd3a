import { setTimeout as delay } from 'node:timers/promises'
import type { Result } from '../core/result.ts'
import type { DiskSpace } from './disk-space.ts'
import type { EmbeddedPostgresError } from './error.ts'
import type { EmbeddedPostgres } from './launch.ts'

interface KeepRunningOptions {
  readonly disk: DiskSpace
  /** Starts Postgres again on the same data directory. */
  readonly again: () => Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>>
  /** Called when Postgres runs again, with its new URL. */
  readonly onRestart: (connectionString: string) => void
  /** Ends the wait for room. */
  readonly signal: AbortSignal | undefined
}

/** There was room by our count, and not enough for Postgres. */
const NEXT_TRY_MS = 2_000

/**
 * A Postgres that is started again, once there is room, if it has ended because the disk was full: it cannot finish its
 * recovery then. For any other reason it ends.
 */
export function keepRunning(first: EmbeddedPostgres, options: KeepRunningOptions): EmbeddedPostgres {
  const { disk, onRestart } = options
  let current = first
  let isStopping = false
  let restarting: Promise<EmbeddedPostgres | string> | undefined
  const keep = async (): Promise<string> => {
    for (;;) {
      const output = await current.exited
      if (isStopping || !(await disk.explains(output))) return output
      // It gives up what it holds beside its process.
      await current.stop()
      restarting = restart(options, output)
      const next = await restarting
      if (typeof next === 'string') return next
      current = next
      if (!isStopping) onRestart(next.connectionString)
    }
  }
  return {
    connectionString: first.connectionString,
    exited: keep(),
    askedToStop: first.askedToStop,
    interrupt: () => current.interrupt(),
    stop: async () => {
      isStopping = true
      await restarting
      await current.stop()
    },
  }
}

/** Out: Postgres, or what it said last. */
async function restart(
  { disk, again, signal }: KeepRunningOptions,
  output: string,
): Promise<EmbeddedPostgres | string> {
  const release = await disk.hold()
  try {
    while (await disk.untilRoom(signal)) {
      const started = await again()
      if (started.ok) return started.value
      if (started.error.code !== 'disk_full') return started.error.message
      await delay(NEXT_TRY_MS, undefined, { ref: false, signal }).catch(() => undefined)
    }
    return output
  } finally {
    await release()
  }
}
