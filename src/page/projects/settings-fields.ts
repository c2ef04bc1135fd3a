import type { ProjectChangeBody } from '../../twin/schemas.ts'

type SettingName = keyof NonNullable<ProjectChangeBody['settings']>

interface Named {
  readonly name: SettingName
  readonly label: string
  readonly hint: string
}

/** A setting, and its control in the form. `number`: empty means none if `isOptional`. */
export type SettingField = Named &
  (
    | { readonly kind: 'choice'; readonly choices: readonly (readonly [value: string, words: string])[] }
    | { readonly kind: 'number'; readonly isOptional: boolean }
    | { readonly kind: 'text' }
    | { readonly kind: 'names' }
    | { readonly kind: 'switch' }
  )

const limit = (name: SettingName, label: string): SettingField => {
  return { name, label, hint: 'Empty is no limit', kind: 'number', isOptional: true }
}

/** The settings that the page offers. */
export const SETTING_FIELDS: readonly SettingField[] = [
  {
    name: 'track_stale_response',
    label: 'Answer to an event older than five days',
    hint: 'It is dropped either way',
    kind: 'choice',
    choices: [
      ['1', '1, as if it was taken'],
      ['0', '0'],
    ],
  },
  {
    name: 'region',
    label: 'Region',
    hint: 'When set, hosts of other regions answer and store nothing',
    kind: 'choice',
    choices: [
      ['', 'any host'],
      ['us', 'US'],
      ['eu', 'EU'],
      ['in', 'India'],
    ],
  },
  {
    name: 'canonical_policy',
    label: 'Which id a user goes by',
    hint: 'first_seen, identified, or random:<seed>',
    kind: 'text',
  },
  {
    name: 'id_cluster_max',
    label: 'Ids that a user can have',
    hint: '2 to 10,000',
    kind: 'number',
    isOptional: false,
  },
  {
    name: 'anon_id_form',
    label: 'Form of anonymous ids',
    hint: 'What $identify takes as one, on Original ID Merge',
    kind: 'choice',
    choices: [
      ['guid-shape', 'shaped like a GUID'],
      ['uuid4', 'UUIDv4 only'],
    ],
  },
  {
    name: 'identify_event_delay_s',
    label: 'Seconds after $identify without an event',
    hint: 'before a verdict says that nothing has joined the two',
    kind: 'number',
    isOptional: false,
  },
  {
    name: 'identity_propagation_ms',
    label: 'Milliseconds until queries show a merge',
    hint: '0 is at once; live it takes up to a day',
    kind: 'number',
    isOptional: false,
  },
  {
    name: 'retention_days',
    label: 'Days that events are kept',
    hint: 'Empty is for ever',
    kind: 'number',
    isOptional: true,
  },
  {
    name: 'string_limit_unit',
    label: 'Long strings are cut by',
    hint: '255 of them',
    kind: 'choice',
    choices: [
      ['chars', 'characters'],
      ['bytes', 'bytes'],
    ],
  },
  { name: 'group_keys', label: 'Group keys', hint: 'Names, with commas between', kind: 'names' },
  { name: 'import_geo_from_request', label: 'Locate imports by their request', hint: '', kind: 'switch' },
  { name: 'api_endpoint', label: '$mp_api_endpoint reads', hint: 'on every event', kind: 'text' },
  limit('ingestion_events_per_second', 'Events per second'),
  limit('ingestion_bytes_per_minute', 'Bytes per minute'),
  limit('queries_per_hour', 'Queries per hour'),
  limit('exports_per_hour', 'Exports per hour'),
  limit('exports_per_second', 'Exports per second'),
]
