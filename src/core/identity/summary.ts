import type { VerdictCode } from '../verdict/catalogue.ts'
import type { Finding } from '../verdict/finding.ts'
import { fill } from '../verdict/verdict.ts'
import { DEVICE_PREFIX, type IdManagement } from './model.ts'

/** What a user's summary is made from. */
export interface SummarisedUser {
  readonly mode: IdManagement
  readonly canonical: string
  /** All ids of the user, with the canonical one. */
  readonly ids: readonly string[]
  /** The link that was made last; undefined without links. */
  readonly lastLink: { readonly event: string; readonly rule: string; readonly atMs: number } | undefined
  /** Verdicts on the user's records, most severe first, then newest first. */
  readonly told: readonly ToldVerdict[]
  readonly events: number
  /** Legacy: ids of the user under which earlier events stay apart. */
  readonly separate: readonly { readonly id: string; readonly events: number }[]
}

/** A verdict, and the two ids that its record would have joined. */
export interface ToldVerdict {
  readonly code: VerdictCode
  readonly values: Finding['values']
  readonly pair: readonly [string, string] | undefined
}

/** Why two ids are two users; `pair`: the values that hold these ids, if the record's own ids are not the two. */
interface Apart {
  readonly pair?: readonly [string, string]
  readonly why: string
}

const ALIAS_TAKEN: Apart = { why: '{alias} is already an alias of {owner}' }

const APART: Partial<Record<VerdictCode, Apart>> = {
  'identity.alias_noop_simplified': { why: '$create_alias does nothing in Simplified ID Merge' },
  'identity.identify_noop': {
    why: '$identify does nothing in {system}, and no other event has carried both ids',
  },
  'identity.no_event_after_identify': {
    pair: ['user', 'device'],
    why: 'after $identify, no event has carried both ids',
  },
  'identity.merge_not_on_track': {
    why: '$merge is accepted only by /import, and only in Original ID Merge',
  },
  'identity.verb_rejected_simplified': { why: '/import refuses {event} in Simplified ID Merge' },
  'identity.device_already_assigned': {
    pair: ['user', 'owner'],
    why: '{device} already belongs to {owner}',
  },
  'identity.dual_id_inert': {
    pair: ['user', 'device'],
    why: 'in Original ID Merge an event with $device_id and $user_id joins nothing',
  },
  'identity.anon_not_guid': { why: '{anon} is not a UUID, so $identify did not join it' },
  'identity.anon_already_identified': {
    pair: ['user', 'owner'],
    why: '{anon} already belongs to {owner}',
  },
  'identity.cluster_full': { pair: ['user', 'id'], why: '{user} already has {size} of at most {max} ids' },
  'identity.alias_exists': ALIAS_TAKEN,
  'identity.alias_ignored_legacy': ALIAS_TAKEN,
  'identity.case_mismatch': { pair: ['a', 'b'], why: 'their ids differ only in upper and lower case' },
}

/** Why one user may be several people; `id`: the value that must be an id of the user. */
const SHARED: Partial<Record<VerdictCode, { readonly id: string; readonly why: string }>> = {
  'identity.disallowed_id': {
    id: 'value',
    why: '{value} is a placeholder, not an id: everyone who sends it as {field} becomes this one user.',
  },
  'identity.constant_user_id': {
    id: 'user',
    why: '{user} {what}: everyone who sends it becomes this one user.',
  },
  'identity.shared_device_merge': {
    id: 'user',
    why: '{user} is two people merged into one user: {anon} was a signed-in user when it became the anonymous id of {user}.',
  },
}

/** One sentence that says why a user is one, or why it is not the user that a sender meant it to be. */
export function summarise(user: SummarisedUser): string {
  const ids = new Set(user.ids)
  for (const told of user.told) {
    const sentence = apart(user, ids, told) ?? shared(ids, told)
    if (sentence !== undefined) return sentence
  }
  if (user.separate.length > 0) return separate(user)
  return user.lastLink === undefined || ids.size === 1 ? alone(user) : joined(user, user.lastLink)
}

/** Undefined if the verdict is about other users, or about ids that have been joined since. */
function apart(user: SummarisedUser, ids: ReadonlySet<string>, told: ToldVerdict): string | undefined {
  const reason = APART[told.code]
  if (reason === undefined) return undefined
  const [one, other] = reason.pair?.map((name) => String(told.values[name] ?? '')) ?? told.pair ?? []
  if (one === undefined || other === undefined || ids.has(one) === ids.has(other)) return undefined
  const stranger = ids.has(one) ? other : one
  if (stranger === '') return undefined
  return `${short(user.canonical)} and ${short(stranger)} are two users: ${fillShort(reason.why, told)}.`
}

function shared(ids: ReadonlySet<string>, told: ToldVerdict): string | undefined {
  const reason = SHARED[told.code]
  const isOfUser = reason !== undefined && ids.has(String(told.values[reason.id]))
  return isOfUser ? fillShort(reason.why, told) : undefined
}

function separate({ canonical, ids, separate: apartIds }: SummarisedUser): string {
  const count = apartIds.reduce((sum, { events }) => sum + events, 0)
  const names = apartIds.length === 1 ? short(apartIds[0]?.id ?? '') : counted(apartIds.length, 'alias')
  return (
    `${short(canonical)} is one user with ${counted(ids.length - 1, 'alias')}, but ${counted(count, 'earlier event')} ` +
    `sent as ${names} ${count === 1 ? 'stays' : 'stay'} apart: in Legacy an alias applies only to later events.`
  )
}

const OTHER_IDS = { simplified: 'device', original: 'other id', legacy: 'alias' } as const

function joined(
  { mode, canonical, ids }: SummarisedUser,
  { event, rule, atMs }: NonNullable<SummarisedUser['lastLink']>,
): string {
  const others = ids.length - 1
  const by =
    rule === 'IDS-03' ? `“${short(event)}”, which carried both $device_id and $user_id` : short(event)
  const how = others === 1 ? ', joined' : '; the last was joined'
  const at = new Date(atMs).toISOString()
  const on = `${at.slice(0, 10)} at ${at.slice(11, 16)} UTC`
  return `${short(canonical)} is one user with ${counted(others, OTHER_IDS[mode])}${how} on ${on} by ${by}.`
}

const NEVER_JOINED = {
  simplified: 'no event has carried it as $user_id together with a $device_id',
  original: 'no $identify, $create_alias or $merge has joined another id to it',
  legacy: '$create_alias has given it no alias',
} as const

function alone({ mode, canonical, events }: SummarisedUser): string {
  const id = short(canonical)
  if (events === 0) return `${id} has no events: none was sent under this id.`
  if (mode === 'simplified' && canonical.startsWith(DEVICE_PREFIX)) {
    return `${id} is an anonymous device: no event has carried its $device_id together with a $user_id.`
  }
  return `${id} is a user with one id: ${NEVER_JOINED[mode]}.`
}

function counted(count: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`
  return `${count} ${count === 1 ? noun : plural}`
}

const MAX_CHARS = 48
const END_CHARS = 12

/** An id as a sentence shows it: the end of a long one is kept, since it distinguishes ids. */
function short(id: string): string {
  const letters = [...id]
  if (letters.length <= MAX_CHARS) return id
  return `${letters.slice(0, MAX_CHARS - END_CHARS - 1).join('')}…${letters.slice(-END_CHARS).join('')}`
}

function fillShort(sentence: string, { values }: ToldVerdict): string {
  // The only value that is not an id, a name or a number, but a part of a sentence.
  const { what = '' } = values
  const entries = Object.entries(values).map(([name, value]) => [name, short(String(value))] as const)
  return fill(sentence, { ...Object.fromEntries(entries), what })
}
