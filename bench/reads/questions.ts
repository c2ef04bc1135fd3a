/** Something that is read, as a request of one of the projects of bench/reads/fill.ts. */
export interface Question {
  readonly name: string
  /** The token of the project. */
  readonly token: string
  /** With TOKEN for the token. */
  readonly path: string
  /** By default 200. */
  readonly status?: number
  /** The longest that the answer should take at 10,000,000 events, in ms. */
  readonly targetMs?: number
  /**
   * The question as somebody would ask the table, with copies of events: $1 is the project, $2 and $3 are the period, in
   * ms since the epoch.
   */
  readonly sql?: string
}

export const BASE = 'reads-base'
export const DEVICES = 'reads-devices'
export const SECONDS = 'reads-seconds'
export const SIXTY = 'reads-sixty'
export const MILLION = 'reads-million'

const DAY = `to_timestamp(time_ms / 1000.0)::date`
const IN_PERIOD = 'event.project_id = $1 and time_ms >= $2 and time_ms < $3'
const WITH_USERS = 'event left join identity using (project_id, distinct_id)'
const USER = 'coalesce(canonical, distinct_id)'
const NEWEST = 'select * from event where event.project_id = $1 and time_ms >= $2 and time_ms < $3'
const BY_TIME = 'order by time_ms desc, seq desc limit'

/** The counts of a name's days. */
const countDays = (name: string, count = 'count(*)') =>
  `select ${DAY}, ${count} from ${WITH_USERS} where ${IN_PERIOD} and event = '${name}' group by 1`

/** The events of a user and of its other ids. */
const ofUser = (id: string) =>
  `select * from event where ${IN_PERIOD} and distinct_id = any (
     select '${id}' union select distinct_id from identity where project_id = $1 and canonical = '${id}')`

const query = (path: string, params: object) =>
  `/api/query/${path}?${Object.entries(params)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`
const own = (path: string) => `/_twin/projects/TOKEN/${path}`

/** In: the first and the last day of the events, as yyyy-mm-dd. */
export function questionsOf(from_date: string, to_date: string): readonly Question[] {
  const days = { from_date, to_date }
  const counted = { event: 'Event 1', ...days }
  const all = { event: 'Event 0', ...days }
  return [
    {
      name: 'users, first page',
      token: BASE,
      path: own('users'),
      targetMs: 100,
      sql: `select distinct ${USER} from ${WITH_USERS} where ${IN_PERIOD} order by 1 limit 100`,
    },
    {
      name: 'users, last seen first',
      token: BASE,
      path: own('users?order=last_seen'),
      targetMs: 100,
      sql: `select ${USER}, max(time_ms) from ${WITH_USERS} where ${IN_PERIOD} group by 1 order by 2 desc limit 100`,
    },
    {
      name: 'events/names',
      token: BASE,
      path: query('events/names', {}),
      targetMs: 500,
      sql: `select event, count(*) from event where ${IN_PERIOD} group by 1 order by 2 desc`,
    },
    {
      name: 'segmentation, 30 days',
      token: BASE,
      path: query('segmentation', counted),
      targetMs: 1_000,
      sql: countDays('Event 1'),
    },
    {
      name: 'segmentation, unique users',
      token: BASE,
      path: query('segmentation', { ...counted, type: 'unique' }),
      targetMs: 1_500,
      sql: countDays('Event 1', `count(distinct ${USER})`),
    },
    {
      name: 'segmentation, by a property',
      token: BASE,
      path: query('segmentation', { ...counted, on: 'properties["plan"]' }),
      targetMs: 1_500,
      sql: `select ${DAY}, properties ->> 'plan', count(*) from event where ${IN_PERIOD} and event = 'Event 1' group by 1, 2`,
    },
    {
      name: 'events/top',
      token: BASE,
      path: query('events/top', {}),
      targetMs: 1_000,
      sql: `select event, count(*) from event where ${IN_PERIOD} and time_ms >= $3::bigint - 86400000 group by 1 order by 2 desc`,
    },
    {
      name: 'events/properties/top',
      token: BASE,
      path: query('events/properties/top', {}),
      targetMs: 1_000,
      sql: `select name, count(*) from (${NEWEST} ${BY_TIME} 100000) as newest, jsonb_object_keys(properties) as name group by 1 order by 2 desc`,
    },
    {
      name: 'events/properties/values',
      token: BASE,
      path: query('events/properties/values', { event: 'Event 1', name: 'plan' }),
      targetMs: 1_000,
      sql: `select properties ->> 'plan', count(*) from (${NEWEST} and event = 'Event 1' ${BY_TIME} 100000) as newest group by 1 order by 2 desc`,
    },
    {
      name: 'newest events',
      token: BASE,
      path: own('events?order=newest'),
      targetMs: 50,
      sql: `${NEWEST} ${BY_TIME} 100`,
    },
    {
      name: 'newest events of a name',
      token: BASE,
      path: own('events?order=newest&event=Event%201'),
      targetMs: 50,
      sql: `${NEWEST} and event = 'Event 1' ${BY_TIME} 100`,
    },
    {
      name: 'newest events of a name that never was',
      token: BASE,
      path: own('events?order=newest&event=Never'),
      targetMs: 200,
      sql: `${NEWEST} and event = 'Never' ${BY_TIME} 100`,
    },
    {
      name: 'wait of 500 ms for what does not come',
      token: BASE,
      path: own('wait?event=Never&timeout_ms=500'),
      status: 408,
      targetMs: 700,
    },
    {
      name: 'a user',
      token: BASE,
      path: own('users/user-5'),
      targetMs: 110,
      sql: `select count(*), max(time_ms) from (${ofUser('user-5')}) as found`,
    },
    {
      name: 'activity of a user',
      token: BASE,
      path: query('stream/query', { distinct_ids: '["user-5"]', ...days }),
      targetMs: 50,
      sql: `${ofUser('user-5')} order by time_ms, seq`,
    },
    {
      name: 'segmentation, a user of 2,000 devices',
      token: DEVICES,
      path: query('segmentation', all),
      targetMs: 1_000,
      sql: countDays('Event 0'),
    },
    {
      name: 'activity of a user of 2,000 devices',
      token: DEVICES,
      path: query('stream/query', { distinct_ids: '["user-0"]', ...days }),
    },
    {
      name: 'segmentation, 1,000 events at a time',
      token: SECONDS,
      path: query('segmentation', all),
      targetMs: 1_000,
      sql: countDays('Event 0'),
    },
    {
      name: 'segmentation, 60 users of 600 devices',
      token: SIXTY,
      path: query('segmentation', all),
      targetMs: 1_000,
      sql: countDays('Event 0'),
    },
    {
      name: 'a user of 1,000,000 events',
      token: MILLION,
      path: own('users/user-0'),
      targetMs: 300,
      sql: `select count(*), max(time_ms) from event where ${IN_PERIOD} and distinct_id = 'user-0'`,
    },
    { name: 'users, one with 1,000,000 events', token: MILLION, path: own('users'), targetMs: 300 },
  ]
}
