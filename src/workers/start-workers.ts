import { ok, type Result } from '../core/result.ts'
import { connect } from '../server/open-database.ts'
import type { Startup } from '../server/startup.ts'
import type { StartError } from '../start-error.ts'
import type { Listening } from './protocol.ts'
import { Team } from './team.ts'

/**
 * Starts a server of several processes: the database in this one, and workers that share the port. The first worker
 * prepares the database and the files, so that the others find them, and each error is reported once. In: a clock that
 * never goes back, in ms.
 */
export async function startWorkers(
  startup: Startup,
  count: number,
  now: () => number,
): Promise<Result<Listening, StartError>> {
  const { config, log, parts, stopping } = startup
  // Workers would not learn of another URL, so Postgres is not started again here.
  const onlyOnce = { disk: undefined, onWaiting: () => undefined, onRestart: () => undefined }
  const connection = await connect(startup, onlyOnce)
  if (!connection.ok) return connection
  const team = new Team({
    order: { config, connectionString: connection.value },
    log,
    now,
    onFailure: (reason) => stopping.abort(reason),
  })
  parts.push({ name: 'workers', stop: () => team.stop() })
  // A worker that is starting would otherwise be waited for.
  stopping.signal.addEventListener('abort', () => void team.stop(), { once: true })
  if (stopping.signal.aborted) await team.stop()
  const first = await team.add()
  if (!first.ok) return first
  const others = await Promise.all(Array.from({ length: count - 1 }, () => team.add()))
  return others.find((started) => !started.ok) ?? ok(first.value)
}
