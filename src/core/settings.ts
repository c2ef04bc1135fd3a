import { type Infer, narrowed, type Schema } from './json-schema.ts'

/*
 * The settings of a project: the choices that the contract leaves open, and limits. A setting is defined by its entry
 * here and nowhere else: the schema that the server checks it against, its default, its description in the API's
 * document and in docs/operations.md, and its field in the page, which shows them in this order. A setting without a
 * field can be changed through the API only.
 */

/** The field of a setting on the page: its label, and the note beside it. */
export interface SettingField {
  readonly label: string
  readonly hint: string
  /** What a choice is called, where that is not the value itself. */
  readonly words?: Readonly<Record<string, string>>
}

/** A setting; its default is checked against its schema. */
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
    schema: { enum: ['1', '0'], description: 'The answer of /track to an event that is too old.' },
    default: '1',
    field: {
      label: 'Answer to an event older than five days',
      hint: 'It is dropped either way',
      words: { 1: '1, as if it was taken' },
    },
  }),
  // SEC-07
  region: setting({
    schema: {
      enum: ['us', 'eu', 'in', null],
      description: 'Requests to the hosts of other regions store nothing.',
    },
    default: null,
    field: {
      label: 'Region',
      hint: 'When set, hosts of other regions store nothing',
      words: { null: 'any host', us: 'US', eu: 'EU', in: 'India' },
    },
  }),
  // IDO-23
  canonical_policy: setting({
    schema: narrowed<'first_seen' | 'identified' | `random:${string}`>()({
      type: 'string',
      pattern: '^(first_seen|identified|random:[\\x20-\\x7e]{0,64})$',
      description:
        'In Original ID Merge: which id of a user becomes canonical. "random:" is followed by a seed.',
    }),
    default: 'first_seen',
    field: { label: 'Which id a user goes by', hint: 'first_seen, identified, or random:<seed>' },
  }),
  // DEC-02
  id_cluster_max: setting({
    schema: {
      type: 'integer',
      minimum: 2,
      maximum: 10_000,
      description: 'The maximum number of ids of a user.',
    },
    default: 501,
    field: { label: 'Ids that a user can have', hint: '2 to 10,000' },
  }),
  // IDO-10
  anon_id_form: setting({
    schema: {
      enum: ['guid-shape', 'uuid4'],
      description: 'In Original ID Merge: the form of an anonymous id.',
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
      description: 'Seconds after which a verdict says that no event has linked the device of an $identify.',
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
      description: 'Milliseconds after which queries show a merge.',
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
      description: 'Reads hide older events, strict imports refuse them, and they are deleted within hours.',
    },
    default: null,
    field: { label: 'Days that events are kept', hint: 'Empty is for ever' },
  }),
  // PRP-10
  string_limit_unit: setting({
    schema: { enum: ['chars', 'bytes'], description: 'The unit of limits on the length of strings.' },
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
      description: 'The event properties that are group keys.',
    },
    default: [],
    field: { label: 'Group keys', hint: 'Names, with commas between' },
  }),
  // QRY-14: as text, since Mixpanel's are 64-bit numbers, which JSON readers round.
  data_group_ids: setting({
    schema: {
      type: 'array',
      maxItems: 6,
      uniqueItems: true,
      items: { type: 'string', pattern: '^(0|-?[1-9]\\d{0,18})$' },
      description:
        'The data_group_id of each group key, in their order, as text: "-1405123841946871899". Those without one have 1, 2, ….',
    },
    default: [],
    field: { label: 'data_group_id of each group key', hint: 'In the order of the keys; by default 1, 2, …' },
  }),
  // GEO-03
  import_geo_from_request: setting({
    schema: {
      type: 'boolean',
      description: 'Geolocate an imported event without ip by the address of the request.',
    },
    default: true,
    field: { label: 'Locate imports by their request', hint: '' },
  }),
  // TRK-36
  api_endpoint: setting({
    schema: {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'The value of $mp_api_endpoint of every event.',
    },
    default: 'api.mixpanel.com',
    field: { label: '$mp_api_endpoint reads', hint: 'on every event' },
  }),
  // QRY-07
  export_days: setting({
    schema: {
      enum: ['utc', 'project'],
      description:
        'Time zone of from_date and to_date of an export: that of the project for projects that Mixpanel created before 2023.',
    },
    default: 'utc',
    field: {
      label: 'Days of an export',
      hint: 'Projects that Mixpanel created before 2023 have days of their own',
      words: { utc: 'UTC', project: 'as in the project' },
    },
  }),
  // RTL-01
  ingestion_events_per_second: setting({
    schema: { ...RATE, description: 'Events accepted per second; null is unlimited.' },
    default: null,
    field: { label: 'Events per second', hint: NO_LIMIT },
  }),
  // RTL-01
  ingestion_bytes_per_minute: setting({
    schema: { ...RATE, description: 'Uncompressed bytes accepted per minute; null is unlimited.' },
    default: null,
    field: { label: 'Bytes per minute', hint: NO_LIMIT },
  }),
  // RTL-02
  queries_per_hour: setting({
    schema: { ...RATE, description: 'Queries per hour; null is unlimited.' },
    default: null,
    field: { label: 'Queries per hour', hint: NO_LIMIT },
  }),
  // RTL-03
  exports_per_hour: setting({
    schema: { ...RATE, description: 'Exports per hour; null is unlimited.' },
    default: null,
    field: { label: 'Exports per hour', hint: NO_LIMIT },
  }),
  // RTL-03
  exports_per_second: setting({
    schema: { ...RATE, description: 'Exports per second; null is unlimited.' },
    default: null,
    field: { label: 'Exports per second', hint: NO_LIMIT },
  }),
  // RTL-04
  lookup_replacements_per_day: setting({
    schema: { ...RATE, description: 'Replacements of lookup tables per day; null is unlimited.' },
    default: null,
  }),
  // RTL-05
  gdpr_requests_per_second: setting({
    schema: { ...RATE, description: 'Data retrievals and deletions per second; null is unlimited.' },
    default: null,
  }),
  // RTL-02
  concurrent_queries: setting({
    schema: {
      ...RATE,
      description: 'Concurrent queries; null is 100, so that one project cannot block the others.',
    },
    default: null,
  }),
  // RTL-03
  concurrent_exports: setting({
    schema: {
      ...RATE,
      description: 'Concurrent exports; null is 100, so that one project cannot block the others.',
    },
    default: null,
  }),
  // SEC-04
  project_secret: setting({
    schema: {
      enum: ['allow', 'warn', 'reject'],
      description: 'Whether the project secret is accepted; Mixpanel retires it on 2027-03-03.',
    },
    default: 'warn',
  }),
  // TRK-25, as from a proxy; the server itself takes a megabyte.
  max_url_bytes: setting({
    schema: {
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 1_048_576,
      description: 'Ingestion answers 414 to a longer URL; null is unlimited.',
    },
    default: null,
  }),
  // TRK-39: Mixpanel's is 200,000.
  hot_shard_limit: setting({
    schema: {
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 1_000_000,
      description: 'The number of events per id and day beyond which they are stored in a separate shard.',
    },
    default: null,
  }),
  // QRY-13
  engage_query_resolves_members: setting({
    schema: {
      type: 'boolean',
      description: 'Profile queries find a user by any id, not only by the canonical one.',
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
