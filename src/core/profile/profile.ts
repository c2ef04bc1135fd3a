import type { Json } from '../json.ts'

/** The property with the time of the last write (ENG-26). */
export const LAST_SEEN = '$last_seen'

/** The properties of a user or a group, by name. */
export type Profile = ReadonlyMap<string, Json>

/** One operation of a profile record, its values within the limits. */
export type Operation =
  | { readonly kind: '$delete' }
  | {
      readonly kind: '$set' | '$set_once' | '$merge' | '$add' | '$append' | '$union' | '$remove'
      readonly values: readonly (readonly [string, Json])[]
      /** Writing a value that is already there counts as no update (ENG-26). */
      readonly isQuiet?: true
    }
  | { readonly kind: '$unset'; readonly names: readonly string[] }

/** The name of an operation in a record. */
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
  /** The distinct_id as sent, or the group's id. */
  readonly id: string
  /** Addresses the literal id, even if it is an alias (ENG-08). */
  readonly ignoresAlias: boolean
  readonly operations: readonly Operation[]
  /** The new `$last_seen`, as text (ENG-26); undefined to leave it unchanged. */
  readonly lastSeen: string | undefined
}
