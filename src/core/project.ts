import type { IdentityRules, IdManagement } from './identity/model.ts'
import type { StringLimitUnit } from './normalise/text.ts'

/** A data residency region. Mixpanel's hosts of other regions answer and store nothing (SEC-07). */
export type Region = 'us' | 'eu' | 'in'

/** The choices that the contract leaves open; see DEFAULT_SETTINGS. */
export interface ProjectSettings extends IdentityRules {
  /** The answer of /track to an event older than five days (TRK-28, CON-05). */
  readonly track_stale_response: '1' | '0'
  /** Strict import refuses older events, and reads hide them; null is off (IMP-21). */
  readonly retention_days: number | null
  /** How string lengths are counted (PRP-10). */
  readonly string_limit_unit: StringLimitUnit
  /** Null is off: any host is accepted (SEC-07). */
  readonly region: Region | null
  /** The names of group keys; groups under other keys are stored and not found (GRP-06). */
  readonly group_keys: readonly string[]
  /** Seconds after an `$identify` within which an event must link its device (IDS-24). */
  readonly identify_event_delay_s: number
  /** Locate an import without `ip` by the address of its request (GEO-03). */
  readonly import_geo_from_request: boolean
  /**
   * What happens to callers that authenticate with the project's secret; Mixpanel rejects it from 2027-03-03 on
   * (SEC-04).
   */
  readonly project_secret: 'allow' | 'warn' | 'reject'
  /** Longer URLs get a 414 (TRK-25), as behind a proxy; null is off, and the server takes a megabyte. */
  readonly max_url_bytes: number | null
  /** Rate limits (RTL-01 to RTL-05); null is off. */
  readonly ingestion_events_per_second: number | null
  /** Of the uncompressed payload. */
  readonly ingestion_bytes_per_minute: number | null
  readonly queries_per_hour: number | null
  readonly exports_per_hour: number | null
  readonly exports_per_second: number | null
  readonly lookup_replacements_per_day: number | null
  /** Requests to the GDPR API (RTL-05). */
  readonly gdpr_requests_per_second: number | null
  /**
   * Events of one id and day after which the rest are stored separately (TRK-39); null is off, Mixpanel's limit is
   * 200,000.
   */
  readonly hot_shard_limit: number | null
  /** Concurrent reads (RTL-02, RTL-03); null is the server's limit per project. */
  readonly concurrent_queries: number | null
  readonly concurrent_exports: number | null
  /** A profile query finds a user by any of its ids, not only by the canonical one (QRY-13). */
  readonly engage_query_resolves_members: boolean
  /** Ms until queries show a merge; the activity stream and our own API show it at once (IDS-32). */
  readonly identity_propagation_ms: number
  /** The value of `$mp_api_endpoint` on every event (TRK-36). */
  readonly api_endpoint: string
}

/** The settings of a project that was created without any. */
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

/** The region that a Host header names: `api-eu.…` and `eu.…` are the EU, likewise for India; otherwise the US. */
export function regionOfHost(host: string): Region {
  const label = host.toLowerCase().split(/[.:]/, 1)[0] ?? ''
  if (/(^|-)eu$/.test(label)) return 'eu'
  return /(^|-)in$/.test(label) ? 'in' : 'us'
}
