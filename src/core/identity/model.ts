import { LAST_SEEN } from '../profile/profile.ts'
import type { ProjectSettings } from '../settings.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/**
 * A project's identity system, fixed by its first record (IDS-34). Simplified: a device belongs to the first user it is
 * seen with. Original: clusters of ids, joined by three verbs. Legacy: aliases, applied on arrival.
 */
export type IdManagement = 'simplified' | 'original' | 'legacy'

/** The prefix of a device's distinct_id in simplified projects. */
export const DEVICE_PREFIX = '$device:'

/** Events whose only purpose is identity (chapters IDS and IDO). */
export const IDENTITY_EVENTS: ReadonlySet<string> = new Set(['$identify', '$create_alias', '$merge'])

/** What a record says about who is who. Ids that were not sent, or are not valid (IDS-16), are undefined. */
export type Claim =
  | {
      readonly kind: 'event'
      readonly distinctId: string
      readonly deviceId: string | undefined
      readonly userId: string | undefined
    }
  | {
      readonly kind: 'identify'
      readonly distinctId: string
      readonly anonId: string | undefined
      readonly identifiedId: string | undefined
    }
  | {
      readonly kind: 'alias'
      readonly distinctId: string
      readonly alias: string | undefined
      /** The id that the alias stands for. */
      readonly of: string | undefined
    }
  | { readonly kind: 'merge'; readonly distinctId: string; readonly ids: readonly [string, string] }

/** The settings that identity depends on (DEC-02, IDO-10, IDO-23). */
export type IdentityRules = Pick<ProjectSettings, 'id_cluster_max' | 'canonical_policy' | 'anon_id_form'>

/** Which member of a cluster becomes its canonical id (IDO-23). */
export type CanonicalPolicy = ProjectSettings['canonical_policy']

/** What is known about a distinct_id. One that has never been linked is a cluster of its own. */
export interface KnownId {
  readonly distinctId: string
  /** It has been the `alias` of a $create_alias. */
  readonly isAlias: boolean
  /** It has been the identified id of an $identify. */
  readonly isIdentified: boolean
  readonly cluster: KnownCluster
}

/** What is known about the ids of one user. */
export interface KnownCluster {
  readonly canonical: string
  /** Number of ids; in simplified projects 1, or 2 for an id that has events or devices. */
  readonly size: number
  /** Members that have been identified (original only). */
  readonly identified: ReadonlySet<string>
  /** Members that have been the `alias` of a $create_alias, counted up to MANY_ALIASES (original and legacy). */
  readonly aliases: ReadonlySet<string>
  /** The rank of the canonical id in the order in which ids were first received (original only). */
  readonly seen: number
  /** Devices that joined within the last hour, counted up to MANY_DEVICES (simplified only). */
  readonly recentLinks: number
  /** The user's profile; undefined without one. */
  readonly profile: KnownProfile | undefined
  /** Events stored under the canonical id itself, counted up to a limit (legacy only). */
  readonly earlierEvents: number
}

/** Aliases loaded of a cluster: the one that is being made again, and two others. */
export const MANY_ALIASES = 3

/** What is known about a profile. */
export interface KnownProfile {
  /** The canonical id it is stored under. */
  readonly keptUnder: string
  readonly names: readonly string[]
}

/** The state that a rulebook can query. */
export interface IdentityView {
  readonly find: (distinctId: string) => KnownId
}

/** A change that a record makes; something that is already so is no change. */
export type Change =
  /** `from` and `to` become one user, known as `canonical`, which is the canonical id of one of their clusters. */
  | {
      readonly kind: 'join'
      readonly from: string
      readonly to: string
      readonly canonical: string
      readonly rule: string
      /** The profile of one moves to the other if that one has none (IDO-24). */
      readonly movesProfile: boolean
    }
  | { readonly kind: 'flag'; readonly distinctId: string; readonly as: 'alias' | 'identified' }

/** What a rulebook decides on a claim. */
export interface Decision {
  /** The distinct_id that the record is stored under. */
  readonly distinctId: string
  /** The name the event is stored under, if not its own (TRK-39). */
  readonly event?: string
  readonly changes: readonly Change[]
  /** Properties stored in addition to the record's, such as `$failure_reason`. */
  readonly annotations: Readonly<Record<string, string>> | undefined
  readonly findings: readonly Finding[]
}

/** One identity system, as three pure functions. */
export interface Rulebook {
  /** The ids whose state is needed to decide a claim. */
  readonly concerns: (claim: Claim) => readonly string[]
  /** The ids that a claim's record carries, in the order in which they count as first seen. */
  readonly firstSeenIds: (claim: Claim) => readonly string[]
  readonly decide: (claim: Claim, known: IdentityView, rules: IdentityRules) => Decision
}

/** A decision without changes or findings. */
export function plain(distinctId: string): Decision {
  return { distinctId, changes: [], annotations: undefined, findings: [] }
}

/** A decision without changes, with the reasons. */
export function refused(
  distinctId: string,
  findings: readonly Finding[],
  annotations?: Decision['annotations'],
): Decision {
  return { distinctId, changes: [], annotations, findings }
}

const IDS_OF_VERBS = {
  $identify: '$identified_id, the user, and $anon_id, a UUID',
  $create_alias: 'distinct_id, the existing id, and alias, the new one',
} as const

/** The finding on an identity event without one of its ids (IDO-03, IDO-19). */
export function incompleteVerb(event: keyof typeof IDS_OF_VERBS, field: string): Finding {
  return finding('identity.verb_incomplete', { event, field, ids: IDS_OF_VERBS[event] })
}

/**
 * The finding on a name that becomes one user with another name of a person. In: the names of the user that it joins, of
 * which `through`, the id that the event names, does not count: whoever names it means that user.
 */
export function joinedNames(
  event: string,
  added: string,
  names: readonly string[],
  through: string,
): readonly Finding[] {
  const earlier = names.find((name) => name !== added && name !== through)
  return earlier === undefined ? [] : [finding('identity.people_joined', { event, added, earlier })]
}

/** Names listed in a sentence; the rest are left out. */
const MAX_LISTED_NAMES = 10

/**
 * What a lost profile had: the number of properties that a client has set, that is, all but those that the server
 * maintains (ENG-26), and some of their names.
 */
export function countLost(profile: KnownProfile | undefined): {
  readonly count: number
  readonly names: string
} {
  const lost = profile?.names.filter((name) => name !== LAST_SEEN) ?? []
  return { count: lost.length, names: listNames(lost) }
}

function listNames(names: readonly string[]): string {
  const listed = names.slice(0, MAX_LISTED_NAMES).join(', ')
  return names.length > MAX_LISTED_NAMES ? `${listed}, …` : listed
}
