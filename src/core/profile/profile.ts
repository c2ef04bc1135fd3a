import type { Json } from '../json.ts'

/** The property that holds when a profile was last written (ENG-26). */
export const LAST_SEEN = '$last_seen'

/** A profile of a user or a group: what is known about it, by name. */
export type Profile = ReadonlyMap<string, Json>

/** One operation of a profile record, its values within the limits. */
export type Operation =
  | { readonly kind: '$delete' }
  | {
      readonly kind: '$set' | '$set_once' | '$merge' | '$add' | '$append' | '$union' | '$remove'
      readonly values: readonly (readonly [string, Json])[]
      /** What is there already is not written again, and so is no update (ENG-26). */
      readonly isQuiet?: true
    }
  | { readonly kind: '$unset'; readonly names: readonly string[] }

/** What an operation is called in a record. */
export type OperationName = Operation['kind']

/** In the order in which the operations of one record are applied (ENG-21). */
export const OPERATION_NAMES: readonly OperationName[] = [
  '$delete',
  '$set',
  '$set_once',
  '$merge',
  '$add',
  '$append',
  '$union',
  '$remove',
  '$unset',
]

/** A record of /engage or /groups, ready to be applied. */
export interface ProfileUpdate {
  readonly projectId: number
  /** Empty for a user (GRP-05). */
  readonly groupKey: string
  /** The distinct_id as it was sent, or the group's id. */
  readonly id: string
  /** Addresses the literal id, whatever it is an alias of (ENG-08). */
  readonly ignoresAlias: boolean
  readonly operations: readonly Operation[]
  /** What `$last_seen` becomes, as text (ENG-26); undefined to leave it. */
  readonly lastSeen: string | undefined
}
