import type { IdManagement } from './identity/model.ts'
import type { ProjectSettings } from './settings.ts'

/** Where a project's data live; live, other hosts answer and store nothing (SEC-07). */
export type Region = NonNullable<ProjectSettings['region']>

/** What the ingest path knows about a project. */
export interface Project {
  /** Its name in the tables of records. A reset gives it a new one, and so forgets what had the old. */
  readonly id: number
  /** What the API calls project_id: it stays. */
  readonly publicId: number
  /** Goes up with every change of the project, so that a commit can tell that its judgement is stale. */
  readonly version: number
  readonly token: string
  readonly name: string
  readonly idManagement: IdManagement
  /** An IANA name. */
  readonly timezone: string
  readonly settings: ProjectSettings
  readonly createdAtMs: number
  /** How far its clock is ahead of the server's, in ms; mostly 0. */
  readonly clockOffsetMs: number
}

/** The region that a Host header names: `api-eu.…` and `eu.…` are the EU, likewise India; else the US. */
export function regionOfHost(host: string): Region {
  const label = host.toLowerCase().split(/[.:]/, 1)[0] ?? ''
  if (/(^|-)eu$/.test(label)) return 'eu'
  return /(^|-)in$/.test(label) ? 'in' : 'us'
}
