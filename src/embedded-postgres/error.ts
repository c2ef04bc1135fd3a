import { err } from '../core/result.ts'

/** Why the embedded Postgres cannot run. The set is closed; each carries its own sentence. */
export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'program_not_enterable'
  | 'no_postgres_user'
  | 'data_dir_unusable'
  | 'data_dir_not_enterable'
  | 'data_dir_in_use'
  | 'other_major_version'
  | 'initdb_failed'
  | 'start_failed'

/** A refusal to start, with sentences for the person at the terminal: what is wrong and what to do. */
export interface EmbeddedPostgresError {
  readonly code: EmbeddedPostgresErrorCode
  readonly message: string
}

/** A refusal as a result. */
export function refuse(
  code: EmbeddedPostgresErrorCode,
  message: string,
): { readonly ok: false; readonly error: EmbeddedPostgresError } {
  return err({ code, message })
}

/** The system's short reason (`EACCES`, `ENOSPC`), or the message of an error without one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
