import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts'

/** What a caller waits for; absent fields match anything. */
export interface Wanted {
  readonly event?: string | undefined
  readonly distinctId?: string | undefined
  /** Properties that an event must have; it may have others. */
  readonly properties?: JsonObject | undefined
}

/** The user of the wanted distinct_id, by its canonical id, and whether merges apply to earlier events. */
export interface WantedUser {
  readonly canonicalId: string
  readonly isRetroactive: boolean
}

/** The compared parts of an event. */
export interface Arrived {
  readonly event: string
  /** The user the event belongs to now, and the id it was sent with. */
  readonly canonicalId: string
  readonly distinctId: string
  /** A JSON object. */
  readonly propertiesJson: string
}

/** A field that differs from what was wanted; values of properties as JSON. */
interface Difference {
  /** `event`, `distinct_id`, or `properties.` with a name. */
  readonly field: string
  readonly wanted: string
  /** Empty if there is no such property. */
  readonly found: string
  /** How similar the two values are. */
  readonly hint: string
  /** The difference in words: `plan: expected "pro", got "free".` */
  readonly text: string
}

/** The differences between an event and what was wanted, and their sum as a distance; 0 for a match. */
export interface Comparison {
  readonly differences: readonly Difference[]
  readonly distance: number
}

/** Compares an event with what was wanted. In: the user of the wanted distinct_id, if there is one. */
export function compare(wanted: Wanted, arrived: Arrived, user: WantedUser | undefined): Comparison {
  return toComparison([
    ...compareEvents(wanted, arrived),
    ...compareUsers(wanted, arrived, user),
    ...compareProperties(wanted.properties, arrived.propertiesJson, 'event'),
  ])
}

/** A profile, by one of its ids. */
export interface ComparedProfile {
  readonly id: string
  /** A JSON object. */
  readonly propertiesJson: string
}

/** Compares a profile with the wanted one. In: the name of the field that holds its id. */
export function compareProfile(
  wanted: { readonly id: string; readonly properties: JsonObject | undefined },
  { id, propertiesJson }: ComparedProfile,
  idField: 'distinct_id' | 'group_id',
): Comparison {
  return toComparison([
    ...(wanted.id === id ? [] : [differ(idField, wanted.id, id)]),
    ...compareProperties(wanted.properties, propertiesJson, 'profile'),
  ])
}

function toComparison(found: readonly Found[]): Comparison {
  return {
    differences: found.map(({ farness, ...difference }) => ({
      ...difference,
      text: describe(difference, farness),
    })),
    distance: found.reduce((sum, { farness }) => sum + 1 + farness, 0),
  }
}

/** Longer values are cut in sentences. */
const MAX_SHOWN_CHARS = 120

/** The hint is added where the two values look alike. */
function describe({ field, wanted, found, hint }: Omit<Difference, 'text'>, farness: Farness): string {
  const isProperty = field.startsWith('properties.')
  const name = isProperty ? field.slice('properties.'.length) : field
  const shown = (value: string) => shorten(isProperty ? value : JSON.stringify(value))
  const got = isProperty && found === '' ? 'nothing' : shown(found)
  return `${shorten(name)}: expected ${shown(wanted)}, got ${got}.${farness === 0 ? ` ${hint}` : ''}`
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text
}

/** True if a value equals the wanted one, or is an object or list that contains it, like jsonb's `@>`. */
export function contains(found: Json | undefined, wanted: Json): boolean {
  if (found === undefined) return false
  if (isJsonArray(wanted)) {
    return isJsonArray(found) && wanted.every((item) => found.some((element) => contains(element, item)))
  }
  if (!isJsonObject(wanted)) return found === wanted
  return isJsonObject(found) && Object.entries(wanted).every(([name, value]) => contains(found[name], value))
}

/** 0: equal except for case and punctuation; 1: one contains the other, or few letters differ; 2: different. */
export type Farness = 0 | 1 | 2

type Found = Omit<Difference, 'text'> & { readonly farness: Farness }

/** Longer texts are not compared letter by letter. */
const MAX_COMPARED_CHARS = 64

function compareEvents({ event: wanted }: Wanted, { event: found }: Arrived): readonly Found[] {
  return wanted === undefined || wanted === found ? [] : [differ('event', wanted, found)]
}

function compareUsers(
  { distinctId: wanted }: Wanted,
  { canonicalId, distinctId }: Arrived,
  user: WantedUser | undefined,
): readonly Found[] {
  if (wanted === undefined || wanted === canonicalId || wanted === distinctId) return []
  if (user?.canonicalId !== canonicalId) return [differ('distinct_id', wanted, canonicalId)]
  if (user.isRetroactive) return []
  const hint = 'The same user, but an event stays under the id with which it was stored.'
  return [{ field: 'distinct_id', wanted, found: canonicalId, hint, farness: 0 }]
}

function compareProperties(
  properties: JsonObject | undefined,
  propertiesJson: string,
  owner: 'event' | 'profile',
): readonly Found[] {
  if (properties === undefined) return []
  const all: Json = JSON.parse(propertiesJson)
  if (!isJsonObject(all)) return []
  let alike: ReadonlyMap<string, string> | undefined
  return Object.entries(properties).flatMap(([name, wanted]): readonly Found[] => {
    const found = Object.hasOwn(all, name) ? all[name] : undefined
    if (contains(found, wanted)) return []
    const field = `properties.${name}`
    const text = JSON.stringify(wanted)
    if (found === undefined) {
      alike ??= new Map(Object.keys(all).map((key) => [lettersOf(key), key]))
      return [{ field, wanted: text, found: '', ...explainMissing(name, alike, owner) }]
    }
    const isOtherType = typeof found !== typeof wanted && String(found) === String(wanted)
    const difference = differ(field, text, JSON.stringify(found))
    return [isOtherType ? { ...difference, hint: 'Only the type differs.' } : difference]
  })
}

/** Names a property that differs from the missing one in case or punctuation only. In: properties by their letters. */
function explainMissing(
  name: string,
  alike: ReadonlyMap<string, string>,
  owner: 'event' | 'profile',
): Pick<Found, 'farness' | 'hint'> {
  const letters = lettersOf(name)
  const other = letters === '' ? undefined : alike.get(letters)
  return other === undefined
    ? { farness: 2, hint: `The ${owner} has no such property.` }
    : { farness: 0, hint: `The ${owner} has ${JSON.stringify(other)} instead.` }
}

function differ(field: string, wanted: string, found: string): Found {
  return { field, wanted, found, ...nearnessOf(wanted, found) }
}

export function farnessOf(wanted: string, found: string): Farness {
  return nearnessOf(wanted, found).farness
}

function nearnessOf(wanted: string, found: string): Pick<Found, 'farness' | 'hint'> {
  const [a, b] = [lettersOf(wanted), lettersOf(found)]
  if (a === b) return { farness: 0, hint: 'Only letter case, spaces or punctuation differ.' }
  const isPart = a !== '' && b !== '' && (a.includes(b) || b.includes(a))
  if (isPart) return { farness: 1, hint: 'One contains the other.' }
  return isMisspelt(a, b)
    ? { farness: 1, hint: 'Few letters differ.' }
    : { farness: 2, hint: 'It is another value.' }
}

/** True if at most a third of the letters differ. */
function isMisspelt(a: string, b: string): boolean {
  const longest = Math.max(a.length, b.length)
  return longest <= MAX_COMPARED_CHARS && editsBetween([...a], [...b]) <= longest / 3
}

/** The number of letters to add, remove or replace to turn one text into the other (Levenshtein). */
function editsBetween(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (const [at, letter] of a.entries()) {
    const next = [at + 1]
    for (const [place, other] of b.entries()) {
      const changed = (row[place] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(changed, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}
