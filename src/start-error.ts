/** Why the server cannot start, as a sentence for standard error. */
export interface StartError {
  readonly code: string
  readonly message: string
}

/** True if the configuration names something that this version cannot use, so that a restart would not help. */
export function isConfiguration({ code }: Pick<StartError, 'code'>): boolean {
  return code === 'made_before_release' || code === NOT_COORDINATOR
}

/** The code of an error of the store: the database is that of a Citus worker. */
const NOT_COORDINATOR = 'not_coordinator'

/** What to do about a database in DATABASE_URL that was created before version 0.1.0. */
export const EARLIER_DATABASE =
  'The database in DATABASE_URL was created by Twinpanel before version 0.1.0, and this version cannot read it; it ' +
  'is left unchanged. To keep its data, start the version that created it and export what you need. To start with ' +
  'an empty database, name another database in DATABASE_URL, or drop this one and create it again.'

/** What to do about a database that cannot be reached or prepared. In: what a statement threw. */
export function explainDatabaseError(error: unknown): string {
  const code = codeOf(error)
  const known: Record<string, string> = {
    ECONNREFUSED: 'No server answers at the address in DATABASE_URL (ECONNREFUSED). Is Postgres running?',
    ENOTFOUND: 'The host name in DATABASE_URL cannot be resolved (ENOTFOUND).',
    ETIMEDOUT: 'The host in DATABASE_URL does not answer (ETIMEDOUT).',
    '28P01': 'The database refused the user or the password in DATABASE_URL (28P01).',
    '28000': 'The database refused the user in DATABASE_URL (28000).',
    '3D000': 'The database named in DATABASE_URL does not exist (3D000). Create it with createdb.',
    [NOT_COORDINATOR]:
      'The database in DATABASE_URL is that of a Citus worker. Name the coordinator: it keeps the locks, and the order ' +
      'in which events arrive.',
    '42501':
      'The user in DATABASE_URL is not allowed to create tables (42501). Grant create on schema public.',
  }
  const reason = error instanceof Error ? error.message : String(error)
  return known[code] ?? `The database could not be prepared (${code}): ${reason}`
}

/** The system's or Postgres' code of an error; `no code` without one. */
export function codeOf(error: unknown): string {
  // A name with two addresses fails with both reasons in one.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? first.code : undefined
  return typeof code === 'string' ? code : 'no code'
}
