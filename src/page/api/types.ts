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
  /** Where the project has a clock of its own: how far it is ahead of the server's, in ms. */
  readonly clock?: { readonly offset_ms: number }
}

/** A project's clock, set or not. */
export interface Clock {
  readonly now: string
  readonly offset_ms: number
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
export interface RenderedVerdict {
  readonly outcome: Outcome
  readonly code: string
  readonly severity: Severity
  readonly message: string
  readonly advice: string
  readonly rule: string
}

/** How sure a part of a rule is; docs/contract/README.md says what each mark means. */
export type Sureness = 'D' | 'D-old' | 'O' | 'S' | 'I'

/** A rule of the contract; texts are Markdown, and null where the rule has none. */
export interface Rule {
  readonly id: string
  readonly title: string
  readonly sureness: readonly Sureness[]
  readonly statement: string
  readonly example: string | null
  readonly source: string | null
  /** What Twinpanel does about a contradiction or an open question. */
  readonly choice: string | null
  readonly departures: readonly { readonly what: string; readonly why: string }[]
  readonly verdicts: readonly RenderedVerdict[]
  /** The ids that it cites. */
  readonly related: readonly string[]
}

/** A verdict on a record, which is as it was received. */
export interface Verdict extends RenderedVerdict {
  readonly id: string
  readonly received_at: string
  readonly endpoint: string
  readonly record: Json
  readonly record_index: number | null
}

/** What queries do not show yet, and from when on they do: an ISO time by the project's clock. */
interface Pending {
  readonly visible_at: string
}

/** A user in a list. */
export interface ListedUser {
  readonly distinct_id: string
  readonly distinct_ids: readonly string[]
  readonly events: number
  readonly profile?: JsonObject
  readonly pending?: Pending
}

export type Role = 'user' | 'device' | 'identified' | 'anonymous' | 'alias' | 'id'

/** What linked an id to its user, and the contract rule. */
interface LinkedBy {
  readonly event: string
  readonly insert_id: string
  readonly rule: string
}

/** An id of a user; without a link where the user goes by it. */
export interface UserId {
  readonly id: string
  readonly role: Role
  readonly linked_at: string | null
  readonly linked_by: LinkedBy | null
  /** `shown_as`: whose it is for queries until then. */
  readonly pending?: Pending & { readonly shown_as: string }
}

/** A link that joined two ids: `absorbed` is what the canonical id took over. */
export interface Merge extends LinkedBy {
  readonly at: string
  readonly from: string
  readonly to: string
  readonly canonical: string
  readonly absorbed: string
  readonly pending?: Pending
}

/** A user with all ids, and what linked them or did not. */
export interface User {
  readonly distinct_id: string
  readonly distinct_ids: readonly UserId[]
  readonly profile: JsonObject | null
  readonly events: { readonly count: number; readonly first: string | null; readonly last: string | null }
  readonly merges: readonly Merge[]
  readonly refused: readonly Verdict[]
  readonly pending?: Pending
  /** Legacy: ids whose earlier events stay apart. */
  readonly separate?: readonly { readonly id: string; readonly events: number }[]
}

/** What may surprise who works with a client. */
export interface Hint {
  readonly code: string
  readonly message: string
  readonly advice: string
}

/** A program that has sent records; null is not known. */
export interface Client {
  readonly lib: string | null
  readonly version: string | null
  readonly endpoints: readonly string[]
  readonly encoding: string | null
  readonly host: string | null
  /** Where its records do not name their SDK, so that it is named by this. */
  readonly user_agent: string | null
  readonly first_seen: string
  readonly last_seen: string
  readonly requests: number
  readonly records: number
  readonly hints: readonly Hint[]
}

/** How often a code was told, and its newest verdict. */
export interface VerdictCount {
  readonly count: number
  readonly newest: Verdict
}

/** A fault that is set, as far as the page shows it. */
export interface SetFault {
  /** How often it strikes at most; null or absent for no end. */
  readonly times?: number | null
  /** How often it has struck. */
  readonly fired: number
}
