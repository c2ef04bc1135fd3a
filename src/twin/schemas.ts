import type { ClockSetting } from '../core/clock.ts'
import type { IdManagement } from '../core/identity/model.ts'
import type { Json } from '../core/json.ts'
import { MAX_RECORDS } from '../core/limits.ts'
import type { ProjectSettings } from '../core/project.ts'
import { type FieldsOf, PROPAGATION_MS, SETTINGS, STORABLE } from './setting-schemas.ts'

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

const CHANGEABLE: FieldsOf<ProjectChangeBody> = {
  name: { type: 'string', maxLength: 255, pattern: STORABLE },
  id_management: {
    enum: ['simplified', 'original', 'legacy'],
    description: 'Can be changed only while the project is empty.',
  },
  timezone: { type: 'string', minLength: 1, maxLength: 64, description: 'An IANA name.' },
  settings: { type: 'object', properties: SETTINGS, additionalProperties: false },
}

const NEW: FieldsOf<NewProjectBody> = {
  ...CHANGEABLE,
  token: { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$', description: 'Made up unless given.' },
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

/** More ms than any clock can be ahead or behind. */
const MAX_MS = 10_000_000_000_000

/** Body of `PUT /_twin/projects/:project/clock`. */
export type ClockBody = ClockSetting

const CLOCK: FieldsOf<ClockBody> = {
  now: {
    anyOf: [
      { type: 'string', maxLength: 40 },
      { type: 'integer', minimum: -MAX_MS, maximum: MAX_MS },
    ],
  },
  offset_ms: { type: 'integer', minimum: -MAX_MS, maximum: MAX_MS },
}

/** Schema of ClockBody. */
export const CLOCK_BODY = { type: 'object', properties: CLOCK, additionalProperties: false } as const

/** Body of `PUT /_twin/projects/:project/propagation`. */
export interface PropagationBody {
  readonly delay_ms: number
}

const PROPAGATION: FieldsOf<PropagationBody> = { delay_ms: PROPAGATION_MS }

/** Schema of PropagationBody. */
export const PROPAGATION_BODY = {
  type: 'object',
  required: ['delay_ms'],
  properties: PROPAGATION,
  additionalProperties: false,
} as const

/** Body of `POST /_twin/projects/:project/advance`. */
export interface AdvanceBody {
  /** Where tasks are moved that are not there yet: to their end unless it is given. */
  readonly to?: 'STAGING' | 'STARTED' | 'SUCCESS'
}

const ADVANCE: FieldsOf<AdvanceBody> = {
  to: { enum: ['STAGING', 'STARTED', 'SUCCESS'], description: 'SUCCESS unless it is given.' },
}

/** Schema of AdvanceBody. */
export const ADVANCE_BODY = { type: 'object', properties: ADVANCE, additionalProperties: false } as const

/** Body of `POST /_twin/projects/:project/compact`. */
export interface CompactBody {
  /** A day of the project's time zone, as yyyy-mm-dd; every day unless it is given. */
  readonly day?: string
}

const COMPACT: FieldsOf<CompactBody> = {
  day: {
    type: 'string',
    pattern: '^\\d{4}-\\d{2}-\\d{2}$',
    description: "A day of the project's time zone; every day unless it is given.",
  },
}

/** Schema of CompactBody. */
export const COMPACT_BODY = { type: 'object', properties: COMPACT, additionalProperties: false } as const

/** Body of `POST /_twin/explain`. */
export interface ExplainBody {
  readonly records: readonly Json[]
  /** Where the records would be sent; `track` unless it is given, and an import is strict. */
  readonly endpoint?: 'track' | 'import'
  /** All three unless they are given. */
  readonly modes?: readonly IdManagement[]
}

const EXPLAIN: FieldsOf<ExplainBody> = {
  records: {
    type: 'array',
    minItems: 1,
    maxItems: MAX_RECORDS,
    description: 'Events as an SDK sends them, in order.',
  },
  endpoint: { enum: ['track', 'import'], description: 'track unless it is given; an import is strict.' },
  modes: {
    type: 'array',
    minItems: 1,
    items: { enum: ['simplified', 'original', 'legacy'] },
    description: 'All three unless they are given.',
  },
}

/** Schema of ExplainBody. */
export const EXPLAIN_BODY = {
  type: 'object',
  required: ['records'],
  properties: EXPLAIN,
  additionalProperties: false,
} as const

/** Body of `POST /_twin/projects/:project/lookup-tables`; the id is made unless it is given. */
export interface NewLookupTableBody {
  readonly name: string
  readonly id?: string
}

const NEW_LOOKUP_TABLE: FieldsOf<NewLookupTableBody> = {
  name: { type: 'string', minLength: 1, maxLength: 255, pattern: STORABLE },
  id: { type: 'string', pattern: '^[0-9A-Za-z._-]{1,64}$' },
}

/** Schema of NewLookupTableBody. */
export const NEW_LOOKUP_TABLE_BODY = {
  type: 'object',
  required: ['name'],
  properties: NEW_LOOKUP_TABLE,
  additionalProperties: false,
} as const
