import type { IdManagement } from '../core/identity/distinct-id.ts'
import type { ProjectSettings } from '../core/project.ts'

// Plain JSON Schema beside plain types: a library of schema builders cost 80 ms of every start. Each schema must
// name every field of its type, and no other; a test sends each field.

/** What may be said of a project, when it is made or later. */
export interface ProjectChangeBody {
  readonly name?: string
  readonly id_management?: IdManagement
  readonly timezone?: string
  readonly settings?: Partial<ProjectSettings>
}

/** Body of `POST /_twin/projects`; every field has a default. */
export interface NewProjectBody extends ProjectChangeBody {
  readonly token?: string
}

/** The schemas of exactly the fields that T has. */
type FieldsOf<T> = { readonly [Name in keyof Required<T>]: object }

/** Text that Postgres can hold: no U+0000, no lone surrogate. */
const STORABLE = '^[^\\u0000\\ud800-\\udfff]+$'

const SETTINGS: FieldsOf<ProjectSettings> = {
  track_stale_response: { enum: ['1', '0'] },
  retention_days: { type: ['integer', 'null'], minimum: 1, maximum: 36_500 },
  string_limit_unit: { enum: ['chars', 'bytes'] },
  region: { enum: ['us', 'eu', 'in', null] },
  api_endpoint: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}

const CHANGEABLE: FieldsOf<ProjectChangeBody> = {
  name: { type: 'string', maxLength: 255, pattern: STORABLE },
  id_management: { enum: ['simplified', 'original', 'legacy'] },
  timezone: { type: 'string', minLength: 1, maxLength: 64 },
  settings: { type: 'object', properties: SETTINGS, additionalProperties: false },
}

const NEW: FieldsOf<NewProjectBody> = {
  ...CHANGEABLE,
  token: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' },
}

/** Schema of NewProjectBody. */
export const NEW_PROJECT_BODY = { type: 'object', properties: NEW, additionalProperties: false } as const

/** Schema of ProjectChangeBody. */
export const PROJECT_CHANGE_BODY = {
  type: 'object',
  properties: CHANGEABLE,
  additionalProperties: false,
} as const

/** The path parameter that every project route has: an id or a token. */
export interface ProjectParams {
  readonly project: string
}
