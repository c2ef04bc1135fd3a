// What the API answers, as far as the page reads it. The bodies that it takes are in src/twin/schemas.ts.

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json
}

export type Mode = 'simplified' | 'original' | 'legacy'
export type Outcome = 'stored' | 'changed' | 'no_effect' | 'dropped' | 'rejected'
/** E: data lost or counted for the wrong person. W: probably not what was meant. I: information. */
export type Severity = 'E' | 'W' | 'I'

/** A project, without its secrets. */
export interface Project {
  readonly project_id: number
  readonly name: string
  readonly token: string
  readonly id_management: Mode
  readonly timezone: string
  readonly settings: JsonObject
  readonly created_at: string
}

/** What is shown once, when a project is made or its credentials are renewed. */
export interface Credentials {
  readonly secret: string
  readonly service_account: { readonly username: string; readonly secret: string }
}

/** A stored event. `time` is in ms since the epoch. */
export interface StoredEvent {
  readonly event: string
  readonly distinct_id: string
  readonly original_distinct_id: string
  readonly time: number
  readonly insert_id: string
  readonly received_at: string
  readonly properties: JsonObject
}

/** What can be told of a kind of record, or of one. */
export interface Told {
  readonly outcome: Outcome
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly advice: string
  readonly rule: string
}

/** A verdict on a record, which is as it was received. */
export interface Verdict extends Told {
  readonly id: string
  readonly received_at: string
  readonly endpoint: string
  readonly record: Json
  readonly record_index: number | null
}
