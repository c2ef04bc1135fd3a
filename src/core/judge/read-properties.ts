import { ID_NAMES } from '../identity/claim.ts'
import { BUCKET_NAMES, NOT_STORED } from '../normalise/reserved.ts'
import type { Project } from '../project.ts'
import { USER_NAMES } from './misplaced.ts'

/** The properties of an event that rules of /import read by name. All others are stored, whatever they are called. */
const READ_PROPERTIES: ReadonlySet<string> = new Set([
  ...NOT_STORED,
  ...BUCKET_NAMES,
  ...ID_NAMES,
  ...USER_NAMES,
  '$device_id',
  '$distinct_ids',
  '$time',
  '$ignore',
  // Geolocation, and what it adds.
  '$ip',
  '$latitude',
  '$longitude',
  '$city',
  '$region',
  'mp_country_code',
  // The client.
  'mp_lib',
  '$lib_version',
  // Parts of records in the wrong place.
  'properties',
  '$set',
  '$set_once',
])

/** The names of the properties that rules of /import read in a project: with the ids of its groups. */
export function propertiesReadIn({ settings }: Pick<Project, 'settings'>): ReadonlySet<string> {
  return settings.group_keys.length === 0
    ? READ_PROPERTIES
    : new Set([...READ_PROPERTIES, ...settings.group_keys])
}

/** True if enough of an event was parsed to judge it in a project whose settings may have changed meanwhile. */
export function readsEnough(read: ReadonlySet<string>, { settings }: Pick<Project, 'settings'>): boolean {
  return settings.group_keys.every((name) => read.has(name))
}
