import { err } from '../core/result.ts'

/** Why the embedded Postgres cannot run; a closed set. */
export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'program_not_enterable'
  | 'no_postgres_user'
  | 'data_dir_unusable'
  | 'data_dir_not_enterable'
  | 'data_dir_in_use'
  | 'other_major_version'
  | 'made_before_release'
  | 'initdb_failed'
  | 'disk_full'
  | 'start_failed'

/** Why a start failed, as sentences for the person at the terminal: what is wrong and what to do. */
export interface EmbeddedPostgresError {
  readonly code: EmbeddedPostgresErrorCode
  readonly message: string
}

export function refuse(
  code: EmbeddedPostgresErrorCode,
  message: string,
): { readonly ok: false; readonly error: EmbeddedPostgresError } {
  return err({ code, message })
}

/** The system's short error code (`EACCES`, `ENOSPC`), or else the error's message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
