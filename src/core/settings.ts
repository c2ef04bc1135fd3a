import { type Infer, narrowed, type Schema } from './json-schema.ts'

/*
 * The settings of a project: the choices that the contract leaves open, and limits. A setting is defined by its entry
 * here and nowhere else: the schema that the server checks it against, its default, its description in the API's
 * document and in docs/operations.md, and its field in the page, which shows them in this order. A setting without a
 * field can be changed through the API only.
 */

/** The field of a setting in the page: its label, and what to know beside it. */
export interface SettingField {
  readonly label: string
  readonly hint: string
  /** What a choice is called, where that is not the value itself. */
  readonly words?: Readonly<Record<string, string>>
}

/** A setting whose default is checked against its schema. */
function setting<const S extends Schema & { readonly description: string }>(entry: {
  readonly schema: S
  readonly default: NoInfer<Infer<S>>
  readonly field?: SettingField
}) {
  return entry
}

/** Text that Postgres can hold: no U+0000, no lone surrogate. */
export const STORABLE = '^[^\\u0000\\ud800-\\udfff]+$'

const RATE = { type: ['integer', 'null'], minimum: 1, maximum: 1_000_000_000_000 } as const

const NO_LIMIT = 'Empty is no limit'

/** Every setting, by its name. */
export const SETTINGS = {
  // TRK-28, CON-05
  track_stale_response: setting({
    schema: { enum: ['1', '0'], description: 'What /track answers for an old event.' },
    default: '1',
    field: {
      label: 'Answer to an event older than five days',
      hint: 'It is dropped either way',
      words: { 1: '1, as if it was taken' },
    },
  }),
  // SEC-07
  region: setting({
    schema: { enum: ['us', 'eu', 'in', null], description: 'Hosts of other regions store nothing.' },
    default: null,
    field: {
      label: 'Region',
      hint: 'When set, hosts of other regions answer and store nothing',
      words: { null: 'any host', us: 'US', eu: 'EU', in: 'India' },
    },
  }),
  // IDO-23
  canonical_policy: setting({
    schema: narrowed<'first_seen' | 'identified' | `random:${string}`>()({
      type: 'string',
      pattern: '^(first_seen|identified|random:[\\x20-\\x7e]{0,64})$',
      description: 'On Original ID Merge: which id of a user is the canonical one. "random:" takes a seed.',
    }),
    default: 'first_seen',
    field: { label: 'Which id a user goes by', hint: 'first_seen, identified, or random:<seed>' },
  }),
  // DEC-02
  id_cluster_max: setting({
    schema: { type: 'integer', minimum: 2, maximum: 10_000, description: 'Ids that a user can have.' },
    default: 501,
    field: { label: 'Ids that a user can have', hint: '2 to 10,000' },
  }),
  // IDO-10
  anon_id_form: setting({
    schema: {
      enum: ['guid-shape', 'uuid4'],
      description: 'On Original ID Merge: what counts as an anonymous id.',
    },
    default: 'guid-shape',
    field: {
      label: 'Form of anonymous ids',
      hint: 'What $identify takes as one, on Original ID Merge',
      words: { 'guid-shape': 'shaped like a GUID', uuid4: 'UUIDv4 only' },
    },
  }),
  // IDS-24
  identify_event_delay_s: setting({
    schema: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400,
      description: 'Seconds after an $identify until a verdict says that no event has linked its device.',
    },
    default: 60,
    field: {
      label: 'Seconds after $identify without an event',
      hint: 'before a verdict says that nothing has joined the two',
    },
  }),
  // IDS-32: the activity stream and our own reads show a merge at once. Live takes up to a day.
  identity_propagation_ms: setting({
    schema: {
      type: 'integer',
      minimum: 0,
      maximum: 604_800_000,
      description: 'Ms after which queries show a merge.',
    },
    default: 0,
    field: {
      label: 'Milliseconds until queries show a merge',
      hint: '0 is at once; live it takes up to a day',
    },
  }),
  // IMP-21
  retention_days: setting({
    schema: {
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 36_500,
      description: 'Reads hide, and a strict import refuses, what is older.',
    },
    default: null,
    field: { label: 'Days that events are kept', hint: 'Empty is for ever' },
  }),
  // PRP-10
  string_limit_unit: setting({
    schema: { enum: ['chars', 'bytes'], description: 'How the length of text is counted.' },
    default: 'chars',
    field: { label: 'Long strings are cut by', hint: '255 of them', words: { chars: 'characters' } },
  }),
  // GRP-06: groups of other keys are kept and not found.
  group_keys: setting({
    schema: {
      type: 'array',
      maxItems: 6,
      uniqueItems: true,
      items: { type: 'string', maxLength: 255, pattern: STORABLE },
      description: 'Properties that name groups.',
    },
    default: [],
    field: { label: 'Group keys', hint: 'Names, with commas between' },
  }),
  // GEO-03
  import_geo_from_request: setting({
    schema: {
      type: 'boolean',
      description: 'An import without ip is located by the address of its request.',
    },
    default: true,
    field: { label: 'Locate imports by their request', hint: '' },
  }),
  // TRK-36
  api_endpoint: setting({
    schema: {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'What $mp_api_endpoint of every event reads.',
    },
    default: 'api.mixpanel.com',
    field: { label: '$mp_api_endpoint reads', hint: 'on every event' },
  }),
  // RTL-01
  ingestion_events_per_second: setting({
    schema: { ...RATE, description: 'Events taken in a second; null is off.' },
    default: null,
    field: { label: 'Events per second', hint: NO_LIMIT },
  }),
  // RTL-01
  ingestion_bytes_per_minute: setting({
    schema: { ...RATE, description: 'Bytes taken in a minute, uncompressed; null is off.' },
    default: null,
    field: { label: 'Bytes per minute', hint: NO_LIMIT },
  }),
  // RTL-02
  queries_per_hour: setting({
    schema: { ...RATE, description: 'Queries answered in an hour; null is off.' },
    default: null,
    field: { label: 'Queries per hour', hint: NO_LIMIT },
  }),
  // RTL-03
  exports_per_hour: setting({
    schema: { ...RATE, description: 'Exports answered in an hour; null is off.' },
    default: null,
    field: { label: 'Exports per hour', hint: NO_LIMIT },
  }),
  // RTL-03
  exports_per_second: setting({
    schema: { ...RATE, description: 'Exports answered in a second; null is off.' },
    default: null,
    field: { label: 'Exports per second', hint: NO_LIMIT },
  }),
  // RTL-04
  lookup_replacements_per_day: setting({
    schema: { ...RATE, description: 'Lookup tables replaced in a day; null is off.' },
    default: null,
  }),
  // RTL-05
  gdpr_requests_per_second: setting({
    schema: { ...RATE, description: 'Data retrievals and deletions taken in a second; null is off.' },
    default: null,
  }),
  // RTL-02
  concurrent_queries: setting({
    schema: {
      ...RATE,
      description: 'Queries under way at once. Null is 100, so that no project shuts out another.',
    },
    default: null,
  }),
  // RTL-03
  concurrent_exports: setting({
    schema: {
      ...RATE,
      description: 'Exports under way at once. Null is 100, so that no project shuts out another.',
    },
    default: null,
  }),
  // SEC-04
  project_secret: setting({
    schema: {
      enum: ['allow', 'warn', 'reject'],
      description: 'What becomes of who shows the secret, which Mixpanel retires on 2027-03-03.',
    },
    default: 'warn',
  }),
  // TRK-25, as from a proxy; the server itself takes a megabyte.
  max_url_bytes: setting({
    schema: {
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 1_048_576,
      description: 'Ingestion answers 414 to a longer URL. Null is off.',
    },
    default: null,
  }),
  // TRK-39: Mixpanel's is 200,000.
  hot_shard_limit: setting({
    schema: {
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 1_000_000,
      description: 'Events of an id and day from which on they are stored apart.',
    },
    default: null,
  }),
  // QRY-13
  engage_query_resolves_members: setting({
    schema: {
      type: 'boolean',
      description: 'A profile query finds a user by any id, not by the canonical one only.',
    },
    default: false,
  }),
}

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS

/** The settings of a project. */
export type ProjectSettings = {
  readonly [Name in SettingName]: Infer<(typeof SETTINGS)[Name]['schema']>
}

/** The settings of a project that says nothing. */
export const DEFAULT_SETTINGS = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, entry]) => [name, entry.default]),
) as ProjectSettings
