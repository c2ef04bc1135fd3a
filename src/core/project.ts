import type { IdentityRules, IdManagement } from './identity/model.ts'
import type { StringLimitUnit } from './normalise/text.ts'

/** Where a project's data live; live, other hosts answer and store nothing (SEC-07). */
export type Region = 'us' | 'eu' | 'in'

/** The choices that the contract leaves open, each with its default in DEFAULT_SETTINGS. */
export interface ProjectSettings extends IdentityRules {
  /** What /track answers for an event older than five days (TRK-28, CON-05). */
  readonly track_stale_response: '1' | '0'
  /** Strict import refuses, and reads hide, what is older; null is off (IMP-21). */
  readonly retention_days: number | null
  /** How string lengths are counted (PRP-10). */
  readonly string_limit_unit: StringLimitUnit
  /** Null is off: any host will do (SEC-07). */
  readonly region: Region | null
  /** The names of group keys; groups of others are kept and not found (GRP-06). */
  readonly group_keys: readonly string[]
  /** Seconds after an `$identify` by which an event must have linked its device (IDS-24). */
  readonly identify_event_delay_s: number
  /** An import without `ip` is located by the address of its request (GEO-03). */
  readonly import_geo_from_request: boolean
  /** What becomes of who shows the project's secret; Mixpanel will reject it from 2027-03-03 on (SEC-04). */
  readonly project_secret: 'allow' | 'warn' | 'reject'
  /** Longer URLs get a 414 (TRK-25), as from a proxy; null is off, and the server takes a megabyte. */
  readonly max_url_bytes: number | null
  /** Rate limits (RTL-01 to RTL-05); null is off. */
  readonly ingestion_events_per_second: number | null
  /** Of uncompressed payload. */
  readonly ingestion_bytes_per_minute: number | null
  readonly queries_per_hour: number | null
  readonly exports_per_hour: number | null
  readonly exports_per_second: number | null
  readonly lookup_replacements_per_day: number | null
  /** Requests about the data of users (RTL-05). */
  readonly gdpr_requests_per_second: number | null
  /** Events of an id and day from which on they are stored apart (TRK-39); null is off, Mixpanel's is 200,000. */
  readonly hot_shard_limit: number | null
  /** Reads that may be under way at a time (RTL-02, RTL-03); null is as many as the server lets any project have. */
  readonly concurrent_queries: number | null
  readonly concurrent_exports: number | null
  /** A profile query finds a user by any of its ids, not by the canonical one only (QRY-13). */
  readonly engage_query_resolves_members: boolean
  /** Ms after which queries show a merge; the activity stream and our own reads show it at once (IDS-32). */
  readonly identity_propagation_ms: number
  /** What `$mp_api_endpoint` of every event reads (TRK-36). */
  readonly api_endpoint: string
}

/** The settings of a project that says nothing. */
export const DEFAULT_SETTINGS: ProjectSettings = {
  track_stale_response: '1',
  retention_days: null,
  string_limit_unit: 'chars',
  region: null,
  id_cluster_max: 501,
  canonical_policy: 'first_seen',
  anon_id_form: 'guid-shape',
  identify_event_delay_s: 60,
  group_keys: [],
  import_geo_from_request: true,
  project_secret: 'warn',
  max_url_bytes: null,
  ingestion_events_per_second: null,
  ingestion_bytes_per_minute: null,
  queries_per_hour: null,
  exports_per_hour: null,
  exports_per_second: null,
  lookup_replacements_per_day: null,
  gdpr_requests_per_second: null,
  hot_shard_limit: null,
  concurrent_queries: null,
  concurrent_exports: null,
  engage_query_resolves_members: false,
  identity_propagation_ms: 0,
  api_endpoint: 'api.mixpanel.com',
}

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
