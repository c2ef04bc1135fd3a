import type { Infer } from '../core/json-schema.ts'
import { LIMIT } from '../read/limit.ts'
import { USER_ORDER } from '../read/order.ts'
import {
  AFTER,
  ANY_OBJECT,
  COUNT,
  listOf,
  NEXT,
  named,
  object,
  orNull,
  TEXT,
  TIMESTAMP,
} from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'
import { VERDICT } from './verdicts.shape.ts'

const PENDING = named('Pending', {
  ...object({ shown_as: TEXT, visible_at: TIMESTAMP }, ['shown_as']),
  description:
    'The time from which queries show a merge, and the user to which they assign an id until then.',
})

const HAS_MORE = {
  type: 'boolean',
  description: 'True if the user has more events: only the first 10,000 are counted.',
} as const

const LISTED_USER = named(
  'ListedUser',
  object(
    {
      distinct_id: TEXT,
      distinct_ids: listOf(TEXT),
      events: COUNT,
      has_more_events: HAS_MORE,
      last_seen: { ...orNull(TIMESTAMP), description: 'The time of the last event.' },
      profile: ANY_OBJECT,
      pending: PENDING,
    },
    ['has_more_events', 'profile', 'pending'],
  ),
)

const LINKED_BY = { event: TEXT, insert_id: TEXT, rule: TEXT } as const

const USER_ID = named(
  'UserId',
  object(
    {
      id: TEXT,
      role: { enum: ['user', 'device', 'identified', 'anonymous', 'alias', 'id'] },
      linked_at: orNull(TIMESTAMP),
      linked_by: orNull(object(LINKED_BY)),
      pending: PENDING,
    },
    ['pending'],
  ),
)

const MERGE = named(
  'Merge',
  object(
    { at: TIMESTAMP, ...LINKED_BY, from: TEXT, to: TEXT, canonical: TEXT, absorbed: TEXT, pending: PENDING },
    ['pending'],
  ),
)

const REFUSED = named('RefusedLink', {
  ...object(
    {
      ...VERDICT.properties,
      between: { ...listOf(TEXT), description: 'The two ids that the record would have joined.' },
    },
    ['between'],
  ),
})

const USER = named(
  'User',
  object(
    {
      distinct_id: TEXT,
      summary: {
        ...TEXT,
        description: 'Why this is one user, or not the user that was meant, in one sentence.',
      },
      distinct_ids: listOf(USER_ID),
      profile: { type: ['object', 'null'], additionalProperties: true },
      events: object(
        { count: COUNT, has_more: HAS_MORE, first: orNull(TIMESTAMP), last: orNull(TIMESTAMP) },
        ['has_more'],
      ),
      merges: listOf(MERGE),
      refused: { ...listOf(REFUSED), description: 'Refused links: why other ids are not this user.' },
      problems: {
        ...listOf(object({ count: COUNT, newest: VERDICT })),
        description: 'The errors and warnings on records that name the user, by code, newest first.',
      },
      separate: {
        ...listOf(object({ id: TEXT, events: COUNT })),
        description: 'Legacy: ids that have earlier events, which do not belong to this user.',
      },
      pending: PENDING,
    },
    ['separate', 'pending'],
  ),
)

const SEARCH = {
  type: 'string',
  maxLength: 255,
  description:
    'A part of an id, of $name, $first_name and $last_name, $email or $phone; case is ignored. Searches the newest million events, and up to a million links and profiles; ids in older events are found by their beginning. Finds up to 1,000 users in each of these.',
} as const

export const LIST_USERS = {
  method: 'GET',
  url: '/_twin/projects/:project/users',
  tag: 'Records',
  operationId: 'listUsers',
  summary: 'List the users of a project',
  description:
    'Users that have an event, a profile or a link. Devices that belong to no user come last, unless there is a search.',
  query: { search: SEARCH, order: USER_ORDER, after: AFTER, limit: LIMIT },
  answers: { 200: json('A page of users.', object({ users: listOf(LISTED_USER), next: NEXT })) },
} as const satisfies RouteShape

export const READ_USER = {
  method: 'GET',
  url: '/_twin/projects/:project/users/*',
  params: { distinct_id: 'Any id of the user.' },
  tag: 'Records',
  operationId: 'readUser',
  summary: 'Read a user, by any id',
  description:
    'All ids of the user and what linked each, the profile, and refused links. An id may contain slashes.',
  answers: { 200: json('The user.', USER) },
} as const satisfies RouteShape

export type ListedUser = Infer<typeof LISTED_USER>

/** An id of a user. The canonical one has no link. */
export type UserId = Infer<typeof USER_ID>

/** A link that joined two ids. `absorbed` is the former canonical id of the merged user. */
export type Merge = Infer<typeof MERGE>

/** A user with all ids, what linked them, and what was refused. */
export type User = Infer<typeof USER>
