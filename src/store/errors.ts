import pg from 'pg'

/** What a failed statement means to the caller. */
export type StoreErrorKind =
  /** Can be retried immediately: it conflicted with another transaction. */
  | 'conflict'
  /** Can be retried later: the database cannot be reached or is shutting down. */
  | 'unavailable'
  /** Can be retried later: the database is up, but all connections are in use, or a partition is being split. */
  | 'busy'
  /** Cannot be retried: the statement or its data is wrong. */
  | 'refused'

/** Data read in the transaction has changed since: the whole transaction must be run again. */
export class RowMoved extends Error {
  override readonly name = 'RowMoved'
}

/** Another transaction holds a lock for too long. */
export class LocksHeld extends Error {
  override readonly name = 'LocksHeld'
  override readonly message = 'the locks of a project are held by another transaction'
}

/** All connections were in use by others for too long; the database itself responds. */
export class StoreBusy extends Error {
  override readonly name = 'StoreBusy'
  override readonly message = 'all connections are in use'
}

/** A worker of Citus has yet to do what was committed, so that it cannot be read. */
export class CommitsLate extends Error {
  override readonly name = 'CommitsLate'
  override readonly message = 'commits of before a worker was lost are not finished'
}

/** The reader no longer waits for the result. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
  override readonly message = 'nobody waits for this any more'
}

/** The constraint that proves to Postgres, when a partition gets an end, that it need not be read. */
export const BOUNDS_CHECK = 'event_bounds'

const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])
/** Classes 08 connection, 53 resources, 57 operator intervention, 58 system. */
const AWAY = new Set(['08', '53', '57', '58'])
/**
 * Citus reports most lost connections to workers with class 08, and others as internal errors, which only the source file
 * tells from others.
 */
const INTERNAL_ERROR = 'XX000'
const CONNECTIONS_OF_CITUS: ReadonlySet<string | undefined> = new Set([
  'adaptive_executor.c',
  'connection_management.c',
  'intermediate_results.c',
  // Of COPY, Citus passes on the message of a worker's error without its SQLSTATE. Rows have been read by the coordinator
  // before, so that what is wrong with one keeps its own.
  'multi_copy.c',
  'placement_connection.c',
  'remote_commands.c',
  'remote_transaction.c',
  // Postgres waits for the sockets of workers here, and reports one that is closed by then.
  'latch.c',
  'waiteventset.c',
])
/** Belongs to a class above, but concerns the statement: it was cancelled for taking too long. */
const STATEMENT_CANCELLED = '57014'

/** Decides by SQLSTATE, never by the message. Plain errors that do not come from Postgres are connection errors. */
export function classifyStoreError(error: unknown): StoreErrorKind {
  if (error instanceof RowMoved || error instanceof LocksHeld) return 'conflict'
  if (error instanceof StoreBusy) return 'busy'
  if (error instanceof CommitsLate) return 'unavailable'
  if (!(error instanceof pg.DatabaseError)) return isConnectionError(error) ? 'unavailable' : 'refused'
  const code = error.code ?? ''
  if (CONFLICTS.has(code)) return 'conflict'
  if (isAwaitingPartition(error)) return 'busy'
  if (code === STATEMENT_CANCELLED) return 'unavailable'
  if (code === INTERNAL_ERROR) return CONNECTIONS_OF_CITUS.has(error.file) ? 'unavailable' : 'refused'
  return AWAY.has(code.slice(0, 2)) ? 'unavailable' : 'refused'
}

/**
 * True if the same request may succeed later: the database is unavailable or busy, or the conflicts with other
 * transactions outlasted the retries (DEC-08).
 */
export function isTransient(error: unknown): boolean {
  return classifyStoreError(error) !== 'refused'
}

/** True if the database cannot be reached; every other transient error means that it is overloaded. */
export function isUnreachable(error: unknown): boolean {
  return classifyStoreError(error) === 'unavailable' && !isCancelled(error)
}

/** True for a cancelled statement, most likely by its timeout. */
export function isCancelled(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === STATEMENT_CANCELLED
}

/**
 * True if events have times beyond the end that their partition is getting (see split-partition.ts): until the next one
 * is there they have no place, while others have.
 */
export function isAwaitingPartition(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  if (error.constraint !== undefined) return error.code === '23514' && error.constraint === BOUNDS_CHECK
  return PASSED_ON_BY_CITUS.has(error.file) && BOUNDS_CHECK_OF_SHARD.test(error.message)
}

/** Of an error of a worker, Citus passes on no constraint, and of one during COPY no SQLSTATE: only its text has the name. */
const PASSED_ON_BY_CITUS: ReadonlySet<string | undefined> = new Set(['multi_copy.c', 'remote_commands.c'])
const BOUNDS_CHECK_OF_SHARD = new RegExp(`\\b${BOUNDS_CHECK}_\\d+\\b`)

/** The name of the unique constraint that was violated, or undefined. */
export function brokenUniqueConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === '23505' ? error.constraint : undefined
}

/**
 * For a lost or refused connection the socket reports a system error, and node-postgres a plain Error. An error of any
 * subclass, such as a TypeError, is a bug.
 */
function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionError)
  if (!(error instanceof Error)) return false
  return 'syscall' in error || Object.getPrototypeOf(error) === Error.prototype
}
