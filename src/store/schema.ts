import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { Flag } from '../core/flags/flag.ts'
import type { IdManagement } from '../core/identity/model.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { ComplianceType, DisclosureType, TaskKind, TaskStatus } from '../core/privacy/task.ts'
import type { ProjectSettings } from '../core/settings.ts'
import type { VerdictCode } from '../core/verdict/catalogue.ts'
import type { Outcome, Severity } from '../core/verdict/entry.ts'
import type { Finding } from '../core/verdict/finding.ts'

/** The tables that the migrations create; a test compares the two. */
export interface Schema {
  project: {
    id: GeneratedAlways<number>
    token: string
    name: string
    id_management: IdManagement
    secret_hash: Uint8Array
    timezone: string
    /** The settings that differ from their defaults. */
    settings: ColumnType<Partial<ProjectSettings>, string, string>
    version: Generated<number>
    public_id: GeneratedAlways<number>
    created_at: Generated<Date>
    /** Bigint: pg reads it as text. */
    clock_offset_ms: ColumnType<string, number | undefined, number>
    is_from_token: Generated<boolean>
    /** The public id of another project. */
    similar_to: Generated<number | null>
    /** Bigint: pg reads it as text. */
    event_seq_at_start: Generated<string>
    verdict_seq_at_start: Generated<string>
  }
  /** One row. */
  new_token_quota: {
    used: number
    used_at: Date
    total: number
  }
  service_account: {
    username: string
    secret_hash: Uint8Array
    expires_at: Date | null
    created_at: Generated<Date>
  }
  project_member: {
    project_id: number
    username: string
    role: 'owner' | 'admin' | 'analyst' | 'consumer'
  }
  event: {
    project_id: number
    distinct_id: string
    /** Bigint: pg reads it as text. */
    time_ms: ColumnType<string, number, never>
    seq: GeneratedAlways<string>
    received_at_ms: ColumnType<string, number, never>
    event: string
    insert_id: string
    size_bytes: number
    is_imported: boolean
    properties: ColumnType<Json, string, never>
  }
  event_column: {
    project_id: number
    column_id: GeneratedAlways<number>
    event: string
    property: string
    asked_at: Generated<Date>
    is_fit: Generated<boolean>
  }
  event_column_part: {
    project_id: number
    column_id: number
    from_ms: string
    to_ms: string
    seqs: readonly string[]
    contents: readonly Json[]
  }
  identity: {
    project_id: number
    distinct_id: string
    canonical: string
    is_alias: Generated<boolean>
    is_identified: Generated<boolean>
    first_seen_seq: ColumnType<string, number, never>
    rekeyed_seq: ColumnType<string, number | undefined, number>
    linked_at_ms: ColumnType<string | null, number | null, number>
  }
  identity_link: {
    project_id: number
    from_id: string
    seq: GeneratedAlways<string>
    to_id: string
    canonical: string
    absorbed: string
    event: string
    insert_id: string
    rule: string
    at_ms: ColumnType<string, number, never>
  }
  identity_pending: {
    project_id: number
    distinct_id: string
    seq: string
    canonical: string
    rekeyed_seq: string
    at_ms: ColumnType<string, number, number>
  }
  profile: {
    project_id: number
    /** Empty for a user. */
    group_key: string
    distinct_id: string
    properties: ColumnType<JsonObject, string, string>
  }
  flag: {
    project_id: number
    key: string
    definition: ColumnType<Flag, string, string>
  }
  annotation: {
    /** project.public_id. */
    project_id: number
    id: GeneratedAlways<string>
    date: string
    description: string
  }
  data_task: {
    project_id: number
    tracking_id: string
    seq: GeneratedAlways<string>
    kind: TaskKind
    status: TaskStatus
    compliance_type: ComplianceType
    disclosure_type: DisclosureType
    distinct_ids: readonly string[]
    requested_at_ms: ColumnType<string, number, never>
  }
  query_session: {
    project_id: number
    session_id: string
    page: number
    ids: readonly string[]
    total: number
    at_ms: ColumnType<string, number, never>
  }
  purge: { project_id: number }
  verdict: {
    project_id: number
    seq: GeneratedAlways<string>
    received_at_ms: ColumnType<string, number, never>
    endpoint: string
    outcome: Outcome
    code: VerdictCode
    severity: Severity
    finding_values: ColumnType<Finding['values'], string, never>
    ids: readonly string[]
    record: string | null
    record_index: number | null
    pending_device: string | null
    /** For a verdict without a project: a hash of the sender's address. */
    sender: string | null
  }
  lookup_table: {
    project_id: number
    id: string
    name: string
    version: Generated<string>
    columns: Generated<readonly string[]>
    row_count: Generated<number>
    replaced_at_ms: ColumnType<string | null, number | undefined, number | null>
  }
  lookup_row: {
    project_id: number
    version: string
    row_index: number
    key: string
    /** A value for every column except the first. */
    properties: ColumnType<readonly Json[], string, never>
  }
  client: {
    project_id: number
    lib: string
    version: string
    encoding: string
    host: string
    user_agent: string
    endpoints: readonly string[]
    first_seen_ms: ColumnType<string, number, number>
    last_seen_ms: ColumnType<string, number, number>
    requests: ColumnType<string, number, number>
    records: ColumnType<string, number, number>
  }
}
