import type { Logger } from 'pino'
import { ClientLog } from './ingest/client-log.ts'
import { CommitFinisher } from './maintenance/commit-finisher.ts'
import { Expiry } from './maintenance/expiry.ts'
import { Partitioner } from './maintenance/partitioner.ts'
import { Purger } from './maintenance/purger.ts'
import type { Repeated } from './maintenance/repeated.ts'
import { addClients } from './store/clients.ts'
import type { Db } from './store/db.ts'

interface BackgroundDeps {
  readonly db: Db
  readonly log: Logger
  readonly clock: () => number
}

/** Records which clients have sent data, and writes the list to the database from time to time. */
export function openClientLog({ db, clock, log }: BackgroundDeps): ClientLog {
  const onFailure = (error: unknown) =>
    log.warn({ reason: reasonOf(error) }, 'the list of clients could not be written')
  return new ClientLog({ write: (clients) => addClients(db, clients), clock, onFailure })
}

/** How often a server looks for what another has left when it ended. */
const PURGE_EVERY_MS = 60_000

/** Deletes in small steps the records that resets and deletions have left behind. */
export function openPurger({ db, log }: BackgroundDeps): Purger {
  const onError = (error: unknown) => log.warn({ reason: reasonOf(error) }, 'a purge was postponed')
  return new Purger(db, { onError, everyMs: PURGE_EVERY_MS })
}

/** How often a server looks for events that are older than the retention of their project. */
const EXPIRE_EVERY_MS = 3_600_000

/** Deletes events that are older than the retention of their project. */
function openExpiry({ db, log, clock }: BackgroundDeps): Expiry {
  const onError = (error: unknown) =>
    log.warn({ reason: reasonOf(error) }, 'the deletion of expired events was postponed')
  return new Expiry({ db, clock, everyMs: EXPIRE_EVERY_MS, onError })
}

/** How often a server looks whether the events need another partition. */
const PARTITION_EVERY_MS = 60_000

/** Makes the partitions of events ahead, and removes those that are empty. */
function openPartitioner({ db, log, clock }: BackgroundDeps): Partitioner {
  const onError = (error: unknown) =>
    log.warn({ reason: reasonOf(error) }, 'a change of the partitions of events was postponed')
  return new Partitioner({ db, clock, everyMs: PARTITION_EVERY_MS, onError })
}

/** How often a server looks whether a lost worker of Citus is back. */
const FINISH_COMMITS_EVERY_MS = 1_000

/** Finishes commits during which a worker of Citus was lost. */
function openCommitFinisher({ db, log }: BackgroundDeps): CommitFinisher {
  const onError = (error: unknown) =>
    log.warn({ reason: reasonOf(error) }, 'the end of commits on lost workers was postponed')
  return new CommitFinisher(db, { everyMs: FINISH_COMMITS_EVERY_MS, onError })
}

/** What a server does from time to time, and on nobody's request. */
export function openTasks(deps: BackgroundDeps): readonly Repeated[] {
  return [openExpiry(deps), openPartitioner(deps), openCommitFinisher(deps)]
}

/** An error's message, for the log. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
