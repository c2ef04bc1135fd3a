import type { IdManagement } from './identity/model.ts'
import type { ProjectSettings } from './settings.ts'

/** Where a project's data live; live, other hosts answer and store nothing (SEC-07). */
export type Region = NonNullable<ProjectSettings['region']>

/** A project as the ingest path knows it. */
export interface Project {
  /** The key in the tables of records. A reset assigns a new one, which orphans all old rows. */
  readonly id: number
  /** The `project_id` of the API; it never changes. */
  readonly publicId: number
  /** Incremented by every change of the project, so that a commit can detect that a judgement is stale. */
  readonly version: number
  readonly token: string
  readonly name: string
  readonly idManagement: IdManagement
  /** An IANA name. */
  readonly timezone: string
  readonly settings: ProjectSettings
  readonly createdAtMs: number
  /** How far the project's clock is ahead of the server's, in ms; usually 0. */
  readonly clockOffsetMs: number
}

/** The project's group keys, each with the `data_group_id` that queries name it by (QRY-14). */
export function dataGroups({ settings }: Project): readonly { readonly id: string; readonly key: string }[] {
  return settings.group_keys.map((key, at) => ({ key, id: settings.data_group_ids[at] ?? String(at + 1) }))
}

/** The region that a Host header names: `api-eu.…` and `eu.…` are the EU, likewise for India; otherwise the US. */
export function regionOfHost(host: string): Region {
  const label = host.toLowerCase().split(/[.:]/, 1)[0] ?? ''
  if (/(^|-)eu$/.test(label)) return 'eu'
  return /(^|-)in$/.test(label) ? 'in' : 'us'
}
