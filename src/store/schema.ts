import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { IdManagement } from '../core/identity/distinct-id.ts'
import type { Json } from '../core/json.ts'
import type { ProjectSettings } from '../core/project.ts'

/** The tables, as the migrations make them; a test holds the two together. */
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
    created_at: Generated<Date>
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
}
