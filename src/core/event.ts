/** An event as it goes into the store: what identifies or orders it, and the rest as JSON. */
export interface StoredEvent {
  readonly projectId: number
  /** The distinct_id in force at ingestion. */
  readonly distinctId: string
  readonly event: string
  /** When it happened, ms since the epoch. */
  readonly timeMs: number
  readonly insertId: string
  /** When it arrived, ms since the epoch. */
  readonly receivedAtMs: number
  /** Bytes of the record as sent, as compact JSON. */
  readonly sizeBytes: number
  /** Came by /import. */
  readonly isImported: boolean
  /** A JSON object without NUL, lone surrogates and numbers beyond a double. */
  readonly propertiesJson: string
}
