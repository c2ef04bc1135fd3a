import pg from 'pg'

/** What a statement that failed means to the caller. */
export type StoreErrorKind =
  /** Worth trying again at once: another transaction was in the way. */
  | 'conflict'
  /** Worth trying again later: the database cannot be reached or is shutting down. */
  | 'unavailable'
  /** Worth trying again later: the database is there, and others have all connections to it. */
  | 'busy'
  /** Not worth trying again: the statement or its data. */
  | 'refused'

/** What was read in a transaction is no longer so: run the whole transaction again. */
export class RowMoved extends Error {
  override readonly name = 'RowMoved'
}

/** All connections were in use for too long: by others, while the database answers them. */
export class StoreBusy extends Error {
  override readonly name = 'StoreBusy'
  override readonly message = 'all connections are in use'
}

/** Nobody waits for what was to be read any more. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
  override readonly message = 'nobody waits for this any more'
}

const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])
/** Classes 08 connection, 53 resources, 57 operator intervention, 58 system. */
const AWAY = new Set(['08', '53', '57', '58'])
/** In a class above, and yet about the statement: it was cancelled for taking too long. */
const STATEMENT_CANCELLED = '57014'

/** Tells by SQLSTATE, never by text. An error that is not Postgres's own is the connection's. */
export function classifyStoreError(error: unknown): StoreErrorKind {
  if (error instanceof RowMoved) return 'conflict'
  if (error instanceof StoreBusy) return 'busy'
  if (!(error instanceof pg.DatabaseError)) return isConnectionError(error) ? 'unavailable' : 'refused'
  const code = error.code ?? ''
  if (CONFLICTS.has(code)) return 'conflict'
  if (code === STATEMENT_CANCELLED) return 'unavailable'
  return AWAY.has(code.slice(0, 2)) ? 'unavailable' : 'refused'
}

/**
 * True when the same request may succeed later: the database is away, or other transactions were in the way for
 * longer than the retries last (DEC-08).
 */
export function isTransient(error: unknown): boolean {
  return classifyStoreError(error) !== 'refused'
}

/** True while the database cannot be reached; what is transient beside that is that there is too much to do. */
export function isAway(error: unknown): boolean {
  return classifyStoreError(error) === 'unavailable' && !isCancelled(error)
}

/** True for a statement that was cancelled, by its timeout most likely. */
export function isCancelled(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === STATEMENT_CANCELLED
}

/** The name of the unique constraint that a row broke, or undefined. */
export function brokenUniqueConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === '23505' ? error.constraint : undefined
}

/**
 * The socket reports a lost or refused connection as a system error, node-postgres as a plain one. What is of
 * a class of its own, a TypeError say, is a bug.
 */
function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionError)
  if (!(error instanceof Error)) return false
  return 'syscall' in error || Object.getPrototypeOf(error) === Error.prototype
}
