import type { ProjectSettings } from '../core/project.ts'

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>

/** The schemas of exactly the fields that T has. */
export type FieldsOf<T> = { readonly [Name in keyof Required<T>]: Schema }

/** Text that Postgres can hold: no U+0000, no lone surrogate. */
export const STORABLE = '^[^\\u0000\\ud800-\\udfff]+$'

/** A number of something in a time; null is no limit. */
const LIMIT = {
  type: ['integer', 'null'],
  minimum: 1,
  maximum: 1_000_000_000_000,
  description: 'Null is off.',
}

const AT_ONCE = { ...LIMIT, description: 'Null is 100, so that no project shuts out another.' }

/** Live takes up to a day; a week is enough for any test. */
export const PROPAGATION_MS = {
  type: 'integer',
  minimum: 0,
  maximum: 604_800_000,
  description: 'Ms after which queries show a merge.',
}

/** Schemas of the settings of a project. */
export const SETTINGS: FieldsOf<ProjectSettings> = {
  track_stale_response: { enum: ['1', '0'], description: 'What /track answers for an old event.' },
  retention_days: {
    type: ['integer', 'null'],
    minimum: 1,
    maximum: 36_500,
    description: 'Reads hide, and a strict import refuses, what is older.',
  },
  string_limit_unit: { enum: ['chars', 'bytes'], description: 'How the length of text is counted.' },
  id_cluster_max: { type: 'integer', minimum: 2, maximum: 10_000, description: 'Ids that a user can have.' },
  canonical_policy: {
    type: 'string',
    pattern: '^(first_seen|identified|random:[\\x20-\\x7e]{0,64})$',
    description: 'On Original ID Merge: which id of a user is the canonical one. "random:" takes a seed.',
  },
  anon_id_form: {
    enum: ['guid-shape', 'uuid4'],
    description: 'On Original ID Merge: what counts as an anonymous id.',
  },
  identify_event_delay_s: {
    type: 'integer',
    minimum: 0,
    maximum: 86_400,
    description: 'Seconds after an $identify until a device that no event has linked is told of.',
  },
  group_keys: {
    type: 'array',
    maxItems: 6,
    uniqueItems: true,
    items: { type: 'string', maxLength: 255, pattern: STORABLE },
    description: 'Properties that name groups.',
  },
  import_geo_from_request: {
    type: 'boolean',
    description: 'An import without ip is located by the address of its request.',
  },
  project_secret: {
    enum: ['allow', 'warn', 'reject'],
    description: 'What becomes of who shows the secret, which Mixpanel retires on 2027-03-03.',
  },
  max_url_bytes: {
    type: ['integer', 'null'],
    minimum: 1,
    maximum: 1_048_576,
    description: 'Ingestion answers 414 to a longer URL. Null is off.',
  },
  ingestion_events_per_second: LIMIT,
  ingestion_bytes_per_minute: LIMIT,
  queries_per_hour: LIMIT,
  exports_per_hour: LIMIT,
  exports_per_second: LIMIT,
  lookup_replacements_per_day: LIMIT,
  gdpr_requests_per_second: LIMIT,
  concurrent_queries: AT_ONCE,
  concurrent_exports: AT_ONCE,
  engage_query_resolves_members: {
    type: 'boolean',
    description: 'A profile query finds a user by any id, not by the canonical one only.',
  },
  identity_propagation_ms: PROPAGATION_MS,
  region: { enum: ['us', 'eu', 'in', null], description: 'Hosts of other regions store nothing.' },
  hot_shard_limit: {
    type: ['integer', 'null'],
    minimum: 1,
    maximum: 1_000_000,
    description: 'Events of an id and day from which on they are stored apart.',
  },
  api_endpoint: {
    type: 'string',
    pattern: '^[\\x21-\\x7e]{1,255}$',
    description: 'What $mp_api_endpoint of every event reads.',
  },
}
