import { type Static, Type } from 'typebox'

const IdManagement = Type.Union([
  Type.Literal('simplified'),
  Type.Literal('original'),
  Type.Literal('legacy'),
])

const Settings = Type.Object(
  {
    track_stale_response: Type.Optional(Type.Union([Type.Literal('1'), Type.Literal('0')])),
    retention_days: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 36_500 }), Type.Null()])),
    string_limit_unit: Type.Optional(Type.Union([Type.Literal('chars'), Type.Literal('bytes')])),
    region: Type.Optional(
      Type.Union([Type.Literal('us'), Type.Literal('eu'), Type.Literal('in'), Type.Null()]),
    ),
    api_endpoint: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$' })),
  },
  { additionalProperties: false },
)

/** Text that Postgres can hold: no U+0000, no lone surrogate. */
const STORABLE = '^[^\\u0000\\ud800-\\udfff]+$'
const Name = Type.String({ maxLength: 255, pattern: STORABLE })
const Timezone = Type.String({ minLength: 1, maxLength: 64 })

/** Body of `POST /_twin/projects`; every field has a default. */
export const NewProjectBody = Type.Object(
  {
    name: Type.Optional(Name),
    token: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$' })),
    id_management: Type.Optional(IdManagement),
    timezone: Type.Optional(Timezone),
    settings: Type.Optional(Settings),
  },
  { additionalProperties: false },
)
export type NewProjectBody = Static<typeof NewProjectBody>

/** Body of `PATCH /_twin/projects/:project`. */
export const ProjectChangeBody = Type.Object(
  {
    name: Type.Optional(Name),
    id_management: Type.Optional(IdManagement),
    timezone: Type.Optional(Timezone),
    settings: Type.Optional(Settings),
  },
  { additionalProperties: false },
)
export type ProjectChangeBody = Static<typeof ProjectChangeBody>

/** The path parameter that every project route has: an id or a token. */
export const ProjectParams = Type.Object({ project: Type.String() })
export type ProjectParams = Static<typeof ProjectParams>
