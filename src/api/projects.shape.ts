import type { Infer } from '../core/json-schema.ts'
import { SETTINGS, type SettingName, STORABLE } from '../core/settings.ts'
import { PROJECTS_LIMIT } from '../read/limit.ts'
import { ORDER } from '../read/order.ts'
import { AFTER, listOf, MODE, NEXT, named, object, TEXT, TIMESTAMP } from './routing/schemas.ts'
import { type BodyOf, json, nothing, type RouteShape } from './routing/shape.ts'

type SettingSchemas = { readonly [Name in SettingName]: (typeof SETTINGS)[Name]['schema'] }

const SETTING_SCHEMAS = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { schema }]) => [name, schema]),
) as SettingSchemas

const PROJECT_FIELDS = {
  project_id: { type: 'integer' },
  name: TEXT,
  token: TEXT,
  id_management: MODE,
  timezone: { ...TEXT, description: 'An IANA name.' },
  settings: named('Settings', object(SETTING_SCHEMAS)),
  created_at: TIMESTAMP,
  similar_to: {
    ...TEXT,
    description:
      'In lists: the token of another project that the token of this one, created by its first use, may be a slip of.',
  },
  clock: { ...object({ offset_ms: { type: 'integer' } }), description: 'Only if its clock was set.' },
} as const

const CREDENTIAL_FIELDS = {
  secret: { ...TEXT, description: 'The API secret, shown only once.' },
  service_account: object({ username: TEXT, secret: TEXT }),
} as const

const PROJECT = named('Project', object(PROJECT_FIELDS, ['similar_to', 'clock']))
const CREDENTIALS = named('Credentials', object(CREDENTIAL_FIELDS))
const NEW_PROJECT = named(
  'NewProject',
  object({ ...PROJECT_FIELDS, ...CREDENTIAL_FIELDS }, ['similar_to', 'clock']),
)

const CHANGEABLE = {
  name: { type: 'string', maxLength: 255, pattern: STORABLE },
  id_management: { ...MODE, description: 'Can be changed only while the project is empty.' },
  timezone: { type: 'string', minLength: 1, maxLength: 64, description: 'An IANA name.' },
  settings: { type: 'object', properties: SETTING_SCHEMAS, additionalProperties: false },
} as const

const TOKEN = {
  type: 'string',
  pattern: '^[\\x21-\\x7e]{1,128}$',
  description: 'Generated if omitted.',
} as const

export const CREATE_PROJECT = {
  method: 'POST',
  url: '/_twin/projects',
  tag: 'Projects',
  operationId: 'createProject',
  summary: 'Create a project',
  description: 'Every field has a default. The secrets are shown only in this answer.',
  body: { type: 'object', properties: { ...CHANGEABLE, token: TOKEN }, additionalProperties: false },
  isBodyOptional: true,
  example: { name: 'Shop', token: 'shop-test', id_management: 'simplified', timezone: 'Europe/Berlin' },
  answers: { 201: json('The project, and its secrets.', NEW_PROJECT) },
} as const satisfies RouteShape

export const LIST_PROJECTS = {
  method: 'GET',
  url: '/_twin/projects',
  tag: 'Projects',
  operationId: 'listProjects',
  summary: 'List the projects',
  query: {
    search: { type: 'string', description: 'A part of the name or the token; case is ignored.' },
    order: ORDER,
    after: AFTER,
    limit: PROJECTS_LIMIT,
  },
  answers: { 200: json('A page of projects.', object({ projects: listOf(PROJECT), next: NEXT })) },
} as const satisfies RouteShape

export const READ_PROJECT = {
  method: 'GET',
  url: '/_twin/projects/:project',
  tag: 'Projects',
  operationId: 'readProject',
  summary: 'Read a project',
  answers: { 200: json('The project, without its secrets.', PROJECT) },
} as const satisfies RouteShape

export const CHANGE_PROJECT = {
  method: 'PATCH',
  url: '/_twin/projects/:project',
  tag: 'Projects',
  operationId: 'changeProject',
  summary: 'Change a project',
  description:
    'Omitted fields are not changed. id_management can be changed only while the project is empty.',
  body: { type: 'object', properties: CHANGEABLE, additionalProperties: false },
  example: { name: 'Shop', settings: { retention_days: 30 } },
  answers: { 200: json('The project as it is now.', PROJECT) },
} as const satisfies RouteShape

export const DELETE_PROJECT = {
  method: 'DELETE',
  url: '/_twin/projects/:project',
  tag: 'Projects',
  operationId: 'deleteProject',
  summary: 'Delete a project with all its data',
  answers: { 204: nothing('It is gone.') },
} as const satisfies RouteShape

export const RESET_PROJECT = {
  method: 'POST',
  url: '/_twin/projects/:project/reset',
  tag: 'Projects',
  operationId: 'resetProject',
  summary: 'Reset a project',
  description:
    'Deletes all records, identities, profiles, verdicts and faults; keeps the project, its credentials, settings and flags. Takes a few milliseconds whatever the amount of data, so it is suitable for beforeEach.',
  answers: { 204: nothing('The project is empty.') },
} as const satisfies RouteShape

export const RENEW_CREDENTIALS = {
  method: 'POST',
  url: '/_twin/projects/:project/credentials',
  tag: 'Projects',
  operationId: 'renewCredentials',
  summary: 'Rotate the credentials of a project',
  description:
    'The old credentials stop working. This is how to get credentials for a project that was created by the first use of its token.',
  answers: { 201: json('The new ones.', CREDENTIALS) },
} as const satisfies RouteShape

/** A project, without its secrets. */
export type Project = Infer<typeof PROJECT>

/** Shown only once, when a project is created or its credentials are renewed. */
export type Credentials = Infer<typeof CREDENTIALS>

/** A project to create. Every field has a default. */
export type NewProjectBody = BodyOf<typeof CREATE_PROJECT>

/** The changes to a project. */
export type ProjectChangeBody = BodyOf<typeof CHANGE_PROJECT>
