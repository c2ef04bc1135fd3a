import type { Logger } from 'pino'
import { ClientLog } from './ingest/client-log.ts'
import { Purger } from './maintenance/purger.ts'
import { addClients } from './store/clients.ts'
import type { Db } from './store/db.ts'

/** What runs beside requests needs. */
interface BackgroundDeps {
  readonly db: Db
  readonly log: Logger
  readonly clock: () => number
}

/** Which clients have sent records, written down now and then. */
export function openClientLog({ db, clock, log }: BackgroundDeps): ClientLog {
  const onFailure = (error: unknown) => log.warn({ reason: reasonOf(error) }, 'clients were not written down')
  return new ClientLog({ write: (clients) => addClients(db, clients), clock, onFailure })
}

/** Deletes what was forgotten, bit by bit. */
export function openPurger({ db, log }: BackgroundDeps): Purger {
  return new Purger(db, (error) => log.warn({ reason: reasonOf(error) }, 'a purge was put off'))
}

/** What an error says, for the log. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
