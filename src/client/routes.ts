import type { LIST_CLIENTS } from '../api/clients.shape.ts'
import type { READ_CLOCK, RESET_CLOCK, SET_CLOCK } from '../api/clock.shape.ts'
import type { LIST_EVENTS, StoredEvent } from '../api/events.shape.ts'
import type { EXPLAIN } from '../api/explain.shape.ts'
import type {
  DELETE_FAULTS,
  DELETE_PROJECT_FAULTS,
  LIST_FAULTS,
  LIST_PROJECT_FAULTS,
  PUT_FAULTS,
  PUT_PROJECT_FAULTS,
} from '../api/faults.shape.ts'
import type { DELETE_FLAGS, LIST_FLAGS, PUT_FLAGS } from '../api/flags.shape.ts'
import type { HEALTH, READY } from '../api/health.shape.ts'
import type {
  CREATE_LOOKUP_TABLE,
  DELETE_LOOKUP_TABLE,
  LIST_LOOKUP_TABLES,
  READ_LOOKUP_TABLE,
} from '../api/lookup-tables.shape.ts'
import type { ADVANCE_TASKS, COMPACT_PROJECT } from '../api/maintenance.shape.ts'
import type {
  CHANGE_PROJECT,
  CREATE_PROJECT,
  DELETE_PROJECT,
  LIST_PROJECTS,
  READ_PROJECT,
  RENEW_CREDENTIALS,
  RESET_PROJECT,
} from '../api/projects.shape.ts'
import type { READ_PROPAGATION, SET_PROPAGATION } from '../api/propagation.shape.ts'
import type { LIST_RULES, READ_RULE } from '../api/rules.shape.ts'
import type { LIST_USERS, READ_USER } from '../api/users.shape.ts'
import type {
  COUNT_VERDICTS,
  LIST_CATALOGUE,
  LIST_UNROUTED_VERDICTS,
  LIST_VERDICTS,
  Verdict,
} from '../api/verdicts.shape.ts'
import type { Profile, WAIT } from '../api/wait.shape.ts'
import { UnexpectedEventError, WaitTimeoutError } from './errors.ts'
import { type CallOptions, type QueryOf, route } from './route.ts'

type WaitParameters = QueryOf<(typeof WAIT)['query']>

/** Parameters that wait for events. */
export type EventWait = WaitParameters & {
  readonly [Name in 'code' | 'profile' | 'group_key' | 'group_id']?: undefined
}

/** Parameters that wait for verdicts. */
export type VerdictWait = WaitParameters & { readonly code: string }

/** Parameters that wait for a profile. */
export type ProfileWait = WaitParameters &
  ({ readonly profile: string } | { readonly group_key: string; readonly group_id: string })

/** What it waits for is what it returns. */
interface Wait {
  (query?: EventWait, options?: CallOptions): Promise<{ readonly matched: readonly StoredEvent[] }>
  (query: VerdictWait, options?: CallOptions): Promise<{ readonly matched: readonly Verdict[] }>
  (query: ProfileWait, options?: CallOptions): Promise<{ readonly matched: readonly Profile[] }>
}

/** The routes of the server as a whole. */
export const SERVER_ROUTES = {
  /** Whether the server can accept records; one that cannot is an answer, no error. */
  ready: route<typeof READY>('GET /_twin/ready', 'none', { answers: 503 }),
  /** Whether the process runs. */
  health: route<typeof HEALTH>('GET /_twin/health', 'none'),
  projects: {
    create: route<typeof CREATE_PROJECT>('POST /_twin/projects', 'body'),
    list: route<typeof LIST_PROJECTS>('GET /_twin/projects', 'query', { pages: 'projects' }),
    get: route<typeof READ_PROJECT>('GET /_twin/projects/:project', 'none'),
    update: route<typeof CHANGE_PROJECT>('PATCH /_twin/projects/:project', 'body'),
    delete: route<typeof DELETE_PROJECT>('DELETE /_twin/projects/:project', 'none'),
  },
  /** What records would do in each identity system. Nothing is stored. */
  explain: route<typeof EXPLAIN>('POST /_twin/explain', 'body'),
  verdictCatalogue: route<typeof LIST_CATALOGUE>('GET /_twin/verdicts', 'none'),
  /** The verdicts that belong to no project. */
  unroutedVerdicts: route<typeof LIST_UNROUTED_VERDICTS>('GET /_twin/verdicts/unrouted', 'query', {
    pages: 'verdicts',
  }),
  rules: {
    list: route<typeof LIST_RULES>('GET /_twin/rules', 'none'),
    get: route<typeof READ_RULE>('GET /_twin/rules/:rule', 'none'),
  },
  /** The faults of all projects. */
  faults: {
    get: route<typeof LIST_FAULTS>('GET /_twin/faults', 'none'),
    set: route<typeof PUT_FAULTS>('PUT /_twin/faults', 'body'),
    clear: route<typeof DELETE_FAULTS>('DELETE /_twin/faults', 'none'),
  },
}

/** The routes of a project. */
export const PROJECT_ROUTES = {
  /** Deletes all records, and keeps the settings; takes a few milliseconds. */
  reset: route<typeof RESET_PROJECT>('POST /_twin/projects/:project/reset', 'none'),
  /**
   * Waits for events, verdicts or a profile. Throws `WaitTimeoutError`, or `UnexpectedEventError` with `exactly` or
   * `only`.
   */
  wait: route<typeof WAIT, Wait>('GET /_twin/projects/:project/wait', 'query', {
    errors: { 408: WaitTimeoutError, 409: UnexpectedEventError },
  }),
  events: route<typeof LIST_EVENTS>('GET /_twin/projects/:project/events', 'query', { pages: 'events' }),
  users: {
    list: route<typeof LIST_USERS>('GET /_twin/projects/:project/users', 'query', { pages: 'users' }),
    /** A user, by any id. */
    get: route<typeof READ_USER>('GET /_twin/projects/:project/users/*', 'none'),
  },
  verdicts: {
    list: route<typeof LIST_VERDICTS>('GET /_twin/projects/:project/verdicts', 'query', {
      pages: 'verdicts',
    }),
    /** How often each was given, the worst first. */
    counts: route<typeof COUNT_VERDICTS>('GET /_twin/projects/:project/verdicts/counts', 'query'),
  },
  /** The SDKs that have sent records. */
  clients: route<typeof LIST_CLIENTS>('GET /_twin/projects/:project/clients', 'none'),
  faults: {
    get: route<typeof LIST_PROJECT_FAULTS>('GET /_twin/projects/:project/faults', 'none'),
    set: route<typeof PUT_PROJECT_FAULTS>('PUT /_twin/projects/:project/faults', 'body'),
    clear: route<typeof DELETE_PROJECT_FAULTS>('DELETE /_twin/projects/:project/faults', 'none'),
  },
  clock: {
    get: route<typeof READ_CLOCK>('GET /_twin/projects/:project/clock', 'none'),
    set: route<typeof SET_CLOCK>('PUT /_twin/projects/:project/clock', 'body'),
    reset: route<typeof RESET_CLOCK>('DELETE /_twin/projects/:project/clock', 'none'),
  },
  /** How long queries take to show a merge. */
  propagation: {
    get: route<typeof READ_PROPAGATION>('GET /_twin/projects/:project/propagation', 'none'),
    set: route<typeof SET_PROPAGATION>('PUT /_twin/projects/:project/propagation', 'body'),
  },
  flags: {
    get: route<typeof LIST_FLAGS>('GET /_twin/projects/:project/flags', 'none'),
    set: route<typeof PUT_FLAGS>('PUT /_twin/projects/:project/flags', 'body'),
    clear: route<typeof DELETE_FLAGS>('DELETE /_twin/projects/:project/flags', 'none'),
  },
  lookupTables: {
    create: route<typeof CREATE_LOOKUP_TABLE>('POST /_twin/projects/:project/lookup-tables', 'body'),
    list: route<typeof LIST_LOOKUP_TABLES>('GET /_twin/projects/:project/lookup-tables', 'none'),
    get: route<typeof READ_LOOKUP_TABLE>('GET /_twin/projects/:project/lookup-tables/:id', 'query', {
      pages: 'rows',
    }),
    delete: route<typeof DELETE_LOOKUP_TABLE>('DELETE /_twin/projects/:project/lookup-tables/:id', 'none'),
  },
  /** New credentials; the old ones stop working. */
  renewCredentials: route<typeof RENEW_CREDENTIALS>('POST /_twin/projects/:project/credentials', 'none'),
  /** Completes pending data retrievals and deletions now. */
  advance: route<typeof ADVANCE_TASKS>('POST /_twin/projects/:project/advance', 'body'),
  /** Removes duplicates now, as Mixpanel's compaction does. */
  compact: route<typeof COMPACT_PROJECT>('POST /_twin/projects/:project/compact', 'body'),
}
