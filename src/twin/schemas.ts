import type { ClockSetting } from '../core/clock.ts'
import type { Fault } from '../core/faults/fault.ts'
import type { IdManagement } from '../core/identity/model.ts'
import type { Json } from '../core/json.ts'
import { MAX_RECORDS } from '../core/limits.ts'
import type { ProjectSettings } from '../core/project.ts'

// Plain JSON Schema beside plain types: a library of schema builders cost 80 ms of every start. Each schema must
// name every field of its type, and no other; a test sends each field.

/** What may be said of a project, when it is made or later. */
export interface ProjectChangeBody {
  readonly name?: string
  readonly id_management?: IdManagement
  readonly timezone?: string
  readonly settings?: Partial<ProjectSettings>
}

/** Body of `POST /_twin/projects`; every field has a default. */
export interface NewProjectBody extends ProjectChangeBody {
  readonly token?: string
}

/** The schemas of exactly the fields that T has. */
type FieldsOf<T> = { readonly [Name in keyof Required<T>]: object }

/** Text that Postgres can hold: no U+0000, no lone surrogate. */
const STORABLE = '^[^\\u0000\\ud800-\\udfff]+$'

/** A number of something in a time; null is no limit. */
const LIMIT = { type: ['integer', 'null'], minimum: 1, maximum: 1_000_000_000_000 }

/** Live takes up to a day; a week is enough for any test. */
const PROPAGATION_MS = { type: 'integer', minimum: 0, maximum: 604_800_000 }

const SETTINGS: FieldsOf<ProjectSettings> = {
  track_stale_response: { enum: ['1', '0'] },
  retention_days: { type: ['integer', 'null'], minimum: 1, maximum: 36_500 },
  string_limit_unit: { enum: ['chars', 'bytes'] },
  id_cluster_max: { type: 'integer', minimum: 2, maximum: 10_000 },
  canonical_policy: { type: 'string', pattern: '^(first_seen|identified|random:[\\x20-\\x7e]{0,64})$' },
  anon_id_form: { enum: ['guid-shape', 'uuid4'] },
  identify_event_delay_s: { type: 'integer', minimum: 0, maximum: 86_400 },
  group_keys: {
    type: 'array',
    maxItems: 6,
    uniqueItems: true,
    items: { type: 'string', maxLength: 255, pattern: STORABLE },
  },
  import_geo_from_request: { type: 'boolean' },
  ingestion_events_per_second: LIMIT,
  ingestion_bytes_per_minute: LIMIT,
  queries_per_hour: LIMIT,
  exports_per_hour: LIMIT,
  exports_per_second: LIMIT,
  lookup_replacements_per_day: LIMIT,
  gdpr_requests_per_second: LIMIT,
  concurrent_queries: LIMIT,
  concurrent_exports: LIMIT,
  engage_query_resolves_members: { type: 'boolean' },
  identity_propagation_ms: PROPAGATION_MS,
  region: { enum: ['us', 'eu', 'in', null] },
  hot_shard_limit: { type: ['integer', 'null'], minimum: 1, maximum: 1_000_000 },
  api_endpoint: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}

const CHANGEABLE: FieldsOf<ProjectChangeBody> = {
  name: { type: 'string', maxLength: 255, pattern: STORABLE },
  id_management: { enum: ['simplified', 'original', 'legacy'] },
  timezone: { type: 'string', minLength: 1, maxLength: 64 },
  settings: { type: 'object', properties: SETTINGS, additionalProperties: false },
}

const NEW: FieldsOf<NewProjectBody> = {
  ...CHANGEABLE,
  token: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
}

/** Schema of NewProjectBody. */
export const NEW_PROJECT_BODY = { type: 'object', properties: NEW, additionalProperties: false } as const

/** Schema of ProjectChangeBody. */
export const PROJECT_CHANGE_BODY = {
  type: 'object',
  properties: CHANGEABLE,
  additionalProperties: false,
} as const

/** The path parameter that every project route has: an id or a token. */
export interface ProjectParams {
  readonly project: string
}

/** More ms than any clock can be ahead or behind. */
const MAX_MS = 10_000_000_000_000

/** Body of `PUT /_twin/projects/:project/clock`. */
export type ClockBody = ClockSetting

const CLOCK: FieldsOf<ClockBody> = {
  now: {
    anyOf: [
      { type: 'string', maxLength: 40 },
      { type: 'integer', minimum: -MAX_MS, maximum: MAX_MS },
    ],
  },
  offset_ms: { type: 'integer', minimum: -MAX_MS, maximum: MAX_MS },
}

/** Schema of ClockBody. */
export const CLOCK_BODY = { type: 'object', properties: CLOCK, additionalProperties: false } as const

/** Body of `PUT /_twin/projects/:project/propagation`. */
export interface PropagationBody {
  readonly delay_ms: number
}

const PROPAGATION: FieldsOf<PropagationBody> = { delay_ms: PROPAGATION_MS }

/** Schema of PropagationBody. */
export const PROPAGATION_BODY = {
  type: 'object',
  required: ['delay_ms'],
  properties: PROPAGATION,
  additionalProperties: false,
} as const

/** Body of `POST /_twin/projects/:project/advance`. */
export interface AdvanceBody {
  /** Where tasks are moved that are not there yet: to their end unless it is given. */
  readonly to?: 'STAGING' | 'STARTED' | 'SUCCESS'
}

const ADVANCE: FieldsOf<AdvanceBody> = { to: { enum: ['STAGING', 'STARTED', 'SUCCESS'] } }

/** Schema of AdvanceBody. */
export const ADVANCE_BODY = { type: 'object', properties: ADVANCE, additionalProperties: false } as const

/** Body of `POST /_twin/projects/:project/compact`. */
export interface CompactBody {
  /** A day of the project's time zone, as yyyy-mm-dd; every day unless it is given. */
  readonly day?: string
}

const COMPACT: FieldsOf<CompactBody> = { day: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } }

/** Schema of CompactBody. */
export const COMPACT_BODY = { type: 'object', properties: COMPACT, additionalProperties: false } as const

/** Body of `POST /_twin/explain`. */
export interface ExplainBody {
  readonly records: readonly Json[]
  /** Where the records would be sent; `track` unless it is given, and an import is strict. */
  readonly endpoint?: 'track' | 'import'
  /** All three unless they are given. */
  readonly modes?: readonly IdManagement[]
}

const EXPLAIN: FieldsOf<ExplainBody> = {
  records: { type: 'array', minItems: 1, maxItems: MAX_RECORDS },
  endpoint: { enum: ['track', 'import'] },
  modes: { type: 'array', minItems: 1, items: { enum: ['simplified', 'original', 'legacy'] } },
}

/** Schema of ExplainBody. */
export const EXPLAIN_BODY = {
  type: 'object',
  required: ['records'],
  properties: EXPLAIN,
  additionalProperties: false,
} as const

/** Body of `PUT /_twin/faults`; a bare list of faults is taken too. */
export interface FaultsBody {
  readonly faults: readonly Fault[]
  /** Of the faults that have none of their own. */
  readonly seed?: number
}

const SEED = { type: 'integer', minimum: 0, maximum: 4_294_967_295 }

const FAULT: FieldsOf<Fault> = {
  path: { type: 'string', maxLength: 255, pattern: '^(/[\\x21-\\x29\\x2b-\\x7e]*)?\\*?$', minLength: 1 },
  method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
  project: { anyOf: [{ type: 'integer' }, { type: 'string', minLength: 1, maxLength: 128 }] },
  status: { type: 'integer', minimum: 200, maximum: 599 },
  retry_after: { type: ['integer', 'null'], minimum: 0, maximum: 86_400 },
  body: { type: 'string', maxLength: 65_536 },
  content_type: { type: 'string', pattern: '^[\\x20-\\x7e]{1,255}$' },
  latency_ms: { type: 'integer', minimum: 0, maximum: 600_000 },
  reset_connection: { type: 'boolean' },
  truncate_response: { type: 'boolean' },
  terminate_early: { type: 'boolean' },
  after_commit: { type: 'boolean' },
  probability: { type: 'number', minimum: 0, maximum: 1 },
  skip: { type: 'integer', minimum: 0, maximum: 1_000_000_000 },
  times: { type: 'integer', minimum: 1, maximum: 1_000_000_000 },
  seed: SEED,
}

const FAULTS: FieldsOf<FaultsBody> = {
  faults: {
    type: 'array',
    maxItems: 100,
    items: { type: 'object', properties: FAULT, additionalProperties: false },
  },
  seed: SEED,
}

/** Schema of FaultsBody. */
export const FAULTS_BODY = {
  type: 'object',
  required: ['faults'],
  properties: FAULTS,
  additionalProperties: false,
} as const

/** Body of `POST /_twin/projects/:project/lookup-tables`; the id is made unless it is given. */
export interface NewLookupTableBody {
  readonly name: string
  readonly id?: string
}

const NEW_LOOKUP_TABLE: FieldsOf<NewLookupTableBody> = {
  name: { type: 'string', minLength: 1, maxLength: 255, pattern: STORABLE },
  id: { type: 'string', pattern: '^[0-9A-Za-z._-]{1,64}$' },
}

/** Schema of NewLookupTableBody. */
export const NEW_LOOKUP_TABLE_BODY = {
  type: 'object',
  required: ['name'],
  properties: NEW_LOOKUP_TABLE,
  additionalProperties: false,
} as const
