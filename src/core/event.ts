import type { SentMembers } from './sent-members.ts'

/** An event as it is stored: fields that identify or order it, and the rest as JSON. */
export interface StoredEvent {
  readonly projectId: number
  /** The distinct_id in force at ingestion. */
  readonly distinctId: string
  readonly event: string
  /** When it happened, in ms since the epoch. */
  readonly timeMs: number
  readonly insertId: string
  /** When it arrived, in ms since the epoch. */
  readonly receivedAtMs: number
  /** Bytes of the record as sent, as compact JSON. */
  readonly sizeBytes: number
  /** It came by /import. */
  readonly isImported: boolean
  /** A JSON object without NUL, lone surrogates and numbers beyond a double. */
  readonly propertiesJson: string
  /** Further properties, as sent. */
  readonly unread?: SentMembers | undefined
}
