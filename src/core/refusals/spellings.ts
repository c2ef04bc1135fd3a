import { isJsonObject, type Json, type JsonObject } from '../json.ts'

/** Names under which senders put a field, the likeliest first; in lower-case letters and digits only. */
const SPELLINGS = {
  token: [
    'token',
    'projecttoken',
    'mixpaneltoken',
    'mptoken',
    'apikey',
    'projectapikey',
    'apitoken',
    'writekey',
  ],
  event: ['event', 'eventname', 'name', 'eventtype', 'type', 'action', 'title'],
  properties: [
    'properties',
    'eventproperties',
    'props',
    'property',
    'params',
    'parameters',
    'attributes',
    'traits',
    'eventdata',
    'customdata',
    'data',
    'payload',
    'fields',
  ],
  time: [
    'time',
    'timestamp',
    'ts',
    'eventtime',
    'eventtimestamp',
    'originaltimestamp',
    'createdat',
    'occurredat',
    'sentat',
    'datetime',
    'date',
    'unixtime',
    'timestampmicros',
  ],
  id: [
    'distinctid',
    'userid',
    'id',
    'uid',
    'user',
    'customerid',
    'externalid',
    'anonymousid',
    'deviceid',
    'clientid',
    'identity',
    'email',
  ],
  // Names that events have for their user's id only.
  sure_id: [
    'distinctid',
    'userid',
    'uid',
    'customerid',
    'anonymousid',
    'deviceid',
    'visitorid',
    'clientid',
    'userpseudoid',
    'domainuserid',
  ],
  insert_id: [
    'insertid',
    'messageid',
    'eventid',
    'dedupid',
    'deduplicationid',
    'idempotencykey',
    'uuid',
    'id',
  ],
  group_key: ['groupkey', 'grouptype'],
  group_id: ['groupid', 'group', 'companyid', 'accountid', 'id'],
} as const

type Spelled = keyof typeof SPELLINGS

/** Longer names are none of these. */
const MAX_NAME_CHARS = 40
/** The number of members of an object that are examined: more than a record written for its endpoint has. */
const MAX_NAMES = 1_000

/** The name of the member that is likeliest meant as a field, of those with a value that `fits`; undefined for none. */
export function findSpelling(
  bag: JsonObject,
  field: Spelled,
  fits: (value: Json) => boolean = isGiven,
): string | undefined {
  const spellings: readonly string[] = SPELLINGS[field]
  let best = { name: '', rank: spellings.length }
  for (const name of firstNames(bag)) {
    const rank = spellings.indexOf(lettersOf(name))
    if (rank >= 0 && rank < best.rank && fits(bag[name] ?? null)) best = { name, rank }
  }
  return best.name === '' ? undefined : best.name
}

/** The names of an object's first members that are no longer than any field. */
export function firstNames(bag: JsonObject): readonly string[] {
  const names: string[] = []
  for (const name in bag) {
    if (name.length <= MAX_NAME_CHARS) names.push(name)
    if (names.length === MAX_NAMES) break
  }
  return names
}

/** True for a string with something in it, or a number. */
function isGiven(value: Json): boolean {
  return typeof value === 'number' || isText(value)
}

/** True for a string with something in it. */
export function isText(value: Json): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

/** The object in a member of a record; an empty one for anything else. */
export function bagIn(record: Json, name: string): JsonObject {
  const value = isJsonObject(record) ? record[name] : undefined
  return isJsonObject(value) ? value : {}
}

/** A name without case and punctuation. */
export function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
