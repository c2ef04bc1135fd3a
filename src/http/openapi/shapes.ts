import type { Difference as Differing } from '../../core/near-miss.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { OUTCOMES } from '../../core/verdict/entry.ts'
import type { RenderedVerdict } from '../../core/verdict/verdict.ts'
import type { showVerdict } from '../../read/verdicts.ts'
import type { Difference, ExplainedRecord, ExplainedUser, ModeExplanation } from '../../twin/explanation.ts'
import { FAULT } from '../../twin/fault-schemas.ts'
import type { showProject } from '../../twin/projects.ts'
import { type FieldsOf, SETTINGS } from '../../twin/setting-schemas.ts'
import { listOf, object, type Schema, shape } from './operation.ts'

/** What our API shows. The fields are those of the types that are shown; a test holds real answers against them. */

const TEXT: Schema = { type: 'string' }
const COUNT: Schema = { type: 'integer', minimum: 0 }
/** A moment, as ISO 8601. */
export const MOMENT: Schema = { type: 'string', format: 'date-time' }
/** JSON of any kind. */
export const WHATEVER: Schema = {}
const PROPERTIES: Schema = { type: 'object', additionalProperties: true }
/** The names of the identity systems. */
const MODE: Schema = { enum: ['simplified', 'original', 'legacy'] }
const BY_MODE = (schema: Schema): Schema => ({
  type: 'object',
  properties: { simplified: schema, original: schema, legacy: schema },
})
/** What is null where there is none. */
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })

const PROJECT: FieldsOf<ReturnType<typeof showProject>> = {
  project_id: { type: 'integer' },
  name: TEXT,
  token: TEXT,
  id_management: MODE,
  timezone: { ...TEXT, description: 'An IANA name.' },
  settings: shape('Settings'),
  created_at: MOMENT,
  clock: { ...object({ offset_ms: { type: 'integer' } }), description: 'Where its clock was set.' },
}

const CREDENTIALS: Record<string, Schema> = {
  secret: { ...TEXT, description: 'The API secret: shown here and never again.' },
  service_account: object({ username: TEXT, secret: TEXT }),
}

const RENDERED_VERDICT: FieldsOf<RenderedVerdict> = {
  outcome: { enum: OUTCOMES },
  code: shape('VerdictCode'),
  severity: {
    enum: ['E', 'W', 'I'],
    description: 'E: lost, or counted for the wrong person. W: probably not what was meant. I: information.',
  },
  message: { ...TEXT, description: 'What happened, and why.' },
  advice: { ...TEXT, description: 'What to do about it.' },
  rule: { ...TEXT, description: 'The rule: GET /_twin/rules/:id has its text.' },
}

const VERDICT: FieldsOf<ReturnType<typeof showVerdict>> = {
  ...RENDERED_VERDICT,
  id: TEXT,
  received_at: MOMENT,
  endpoint: TEXT,
  record: { description: 'As it was received; null for a verdict on the request.' },
  record_index: { type: ['integer', 'null'], description: 'Its place in the request.' },
}

const EVENT: Record<string, Schema> = {
  event: TEXT,
  distinct_id: { ...TEXT, description: 'The canonical one: whose the event is now.' },
  original_distinct_id: { ...TEXT, description: 'As it was sent.' },
  time: { type: 'integer', description: 'Milliseconds since 1970.' },
  insert_id: TEXT,
  received_at: MOMENT,
  properties: PROPERTIES,
}

const DIFFERING: FieldsOf<Differing> = {
  field: { type: 'string', description: 'event, distinct_id, or properties. with a name.' },
  wanted: { type: 'string', description: 'Values of properties as JSON.' },
  found: { type: 'string', description: 'The same; empty where there is no such property.' },
  hint: TEXT,
}

const LINKED_BY: Record<string, Schema> = { event: TEXT, insert_id: TEXT, rule: TEXT }

const EXPLAINED_RECORD: FieldsOf<ExplainedRecord> = {
  record_index: COUNT,
  event: { type: ['string', 'null'] },
  outcome: { enum: OUTCOMES },
  distinct_id: { type: ['string', 'null'], description: 'Whose it would be; null where it is not stored.' },
  verdicts: listOf(shape('RenderedVerdict')),
}

const EXPLAINED_USER: FieldsOf<ExplainedUser> = {
  distinct_id: TEXT,
  distinct_ids: listOf(TEXT),
  records: { ...listOf(COUNT), description: 'The places of the records that would be of this user.' },
}

const MODE_EXPLANATION: FieldsOf<ModeExplanation> = {
  users: listOf(object(EXPLAINED_USER)),
  records: listOf(object(EXPLAINED_RECORD)),
}

const DIFFERENCE: FieldsOf<Difference> = {
  record_index: { type: ['integer', 'null'], description: 'Null for the users of all records.' },
  message: TEXT,
  modes: BY_MODE(TEXT),
}

const LOOKUP_TABLE: Record<string, Schema> = {
  id: TEXT,
  name: TEXT,
  columns: { ...listOf(TEXT), description: 'The first is the key.' },
  row_count: COUNT,
  replaced_at: orNull(MOMENT),
}

const SHARE: Schema = { type: 'number', minimum: 0, maximum: 1 }

/** A flag, as it is shown; what is sent needs its key and its variants only. */
const FLAG = object(
  {
    id: TEXT,
    name: TEXT,
    key: TEXT,
    status: { enum: ['enabled', 'disabled'] },
    context: {
      ...TEXT,
      description: 'The key of the context that decides: distinct_id, device_id, a group.',
    },
    hash_salt: TEXT,
    experiment_id: { type: 'string', format: 'uuid' },
    is_experiment_active: { type: 'boolean' },
    ruleset: object({
      variants: listOf(object({ key: TEXT, value: WHATEVER, is_control: { type: 'boolean' }, split: SHARE })),
      rollout: listOf(
        object(
          {
            rollout_percentage: { ...SHARE, description: 'From 0 to 1.' },
            variant_splits: { type: 'object', additionalProperties: SHARE },
            variant_override: object({ key: TEXT }),
            runtime_evaluation_rule: { type: 'object', description: 'JSON logic over custom properties.' },
            runtime_event: object({ event_name: TEXT }),
          },
          ['variant_splits', 'variant_override', 'runtime_evaluation_rule', 'runtime_event'],
        ),
      ),
      test: object({ users: { type: 'object', additionalProperties: TEXT } }),
    }),
  },
  ['hash_salt', 'experiment_id', 'is_experiment_active'],
)

/** Every shape that has a name, under it. */
export const SHAPES: Readonly<Record<string, Schema>> = {
  Problem: {
    ...object({
      type: { const: 'about:blank' },
      title: TEXT,
      status: { type: 'integer' },
      detail: { ...TEXT, description: 'What is wrong, in a sentence.' },
    }),
    description: 'Problem details, RFC 9457.',
  },
  Settings: object(SETTINGS),
  Project: object(PROJECT, ['clock']),
  Credentials: object(CREDENTIALS),
  NewProject: object({ ...PROJECT, ...CREDENTIALS }, ['clock']),
  VerdictCode: { enum: Object.keys(CATALOGUE), description: 'Stable; GET /_twin/verdicts lists all.' },
  RenderedVerdict: object(RENDERED_VERDICT),
  Verdict: object(VERDICT),
  Event: object(EVENT),
  NearMiss: object({ ...EVENT, differences: listOf(object(DIFFERING)) }),
  Absence: object({
    type: { const: 'about:blank' },
    title: TEXT,
    status: { const: 408 },
    detail: { type: 'string', description: 'The likeliest reason, in a sentence.' },
    matched: listOf({ anyOf: [shape('Event'), shape('Verdict')] }),
    nearest: { ...listOf(shape('NearMiss')), description: 'What came instead, with what differs.' },
    verdicts: { ...listOf(shape('Verdict')), description: 'What may explain the absence.' },
    elsewhere: {
      ...listOf(
        object({
          project_id: COUNT,
          token: TEXT,
          event: TEXT,
          distinct_id: TEXT,
          received_at: MOMENT,
        }),
      ),
      description: 'Other projects to which such an event came: was it sent with the wrong token?',
    },
  }),
  Pending: {
    ...object({ shown_as: TEXT, visible_at: MOMENT }, ['shown_as']),
    description: 'Until when queries do not show a merge, and whose they show an id to be.',
  },
  ListedUser: object(
    {
      distinct_id: TEXT,
      distinct_ids: listOf(TEXT),
      events: COUNT,
      profile: PROPERTIES,
      pending: shape('Pending'),
    },
    ['profile', 'pending'],
  ),
  UserId: object(
    {
      id: TEXT,
      role: { enum: ['user', 'device', 'identified', 'anonymous', 'alias', 'id'] },
      linked_at: orNull(MOMENT),
      linked_by: orNull(object(LINKED_BY)),
      pending: shape('Pending'),
    },
    ['pending'],
  ),
  Merge: object(
    {
      at: MOMENT,
      ...LINKED_BY,
      from: TEXT,
      to: TEXT,
      canonical: TEXT,
      absorbed: TEXT,
      pending: shape('Pending'),
    },
    ['pending'],
  ),
  User: object(
    {
      distinct_id: TEXT,
      distinct_ids: listOf(shape('UserId')),
      profile: { type: ['object', 'null'], additionalProperties: true },
      events: object({ count: COUNT, first: orNull(MOMENT), last: orNull(MOMENT) }),
      merges: listOf(shape('Merge')),
      refused: { ...listOf(shape('Verdict')), description: 'Why other ids are not this user.' },
      separate: {
        ...listOf(object({ id: TEXT, events: COUNT })),
        description: 'Legacy: ids whose earlier events stay apart.',
      },
      pending: shape('Pending'),
    },
    ['separate', 'pending'],
  ),
  Client: object({
    lib: { ...orNull(TEXT), description: 'The SDK as its records name it, or the program that sent them.' },
    version: orNull(TEXT),
    endpoints: listOf(TEXT),
    encoding: orNull(TEXT),
    host: orNull(TEXT),
    user_agent: orNull(TEXT),
    first_seen: MOMENT,
    last_seen: MOMENT,
    requests: COUNT,
    records: COUNT,
    hints: listOf(object({ code: TEXT, message: TEXT, advice: TEXT })),
  }),
  Explanation: object({
    modes: BY_MODE(object(MODE_EXPLANATION)),
    differences: listOf(object(DIFFERENCE)),
  }),
  ArmedFault: object({ ...FAULT, id: COUNT, matched: COUNT, fired: COUNT }, [...Object.keys(FAULT)]),
  Flag: FLAG,
  LookupTable: object(LOOKUP_TABLE),
  LookupRows: object({
    ...LOOKUP_TABLE,
    rows: listOf(object({ id: TEXT, properties: PROPERTIES })),
    next: { type: ['string', 'null'] },
  }),
}
