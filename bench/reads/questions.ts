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
}

export const BASE = 'reads-base'
export const DEVICES = 'reads-devices'
export const SECONDS = 'reads-seconds'
export const SIXTY = 'reads-sixty'
export const MILLION = 'reads-million'

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
    { name: 'users, first page', token: BASE, path: own('users'), targetMs: 100 },
    { name: 'users, last seen first', token: BASE, path: own('users?order=last_seen'), targetMs: 100 },
    { name: 'events/names', token: BASE, path: query('events/names', {}), targetMs: 500 },
    { name: 'segmentation, 30 days', token: BASE, path: query('segmentation', counted), targetMs: 1_000 },
    {
      name: 'segmentation, unique users',
      token: BASE,
      path: query('segmentation', { ...counted, type: 'unique' }),
      targetMs: 1_500,
    },
    {
      name: 'segmentation, by a property',
      token: BASE,
      path: query('segmentation', { ...counted, on: 'properties["plan"]' }),
      targetMs: 1_500,
    },
    { name: 'events/top', token: BASE, path: query('events/top', {}), targetMs: 1_000 },
    { name: 'events/properties/top', token: BASE, path: query('events/properties/top', {}), targetMs: 1_000 },
    {
      name: 'events/properties/values',
      token: BASE,
      path: query('events/properties/values', { event: 'Event 1', name: 'plan' }),
      targetMs: 1_000,
    },
    { name: 'newest events', token: BASE, path: own('events?order=newest'), targetMs: 50 },
    {
      name: 'newest events of a name',
      token: BASE,
      path: own('events?order=newest&event=Event%201'),
      targetMs: 50,
    },
    {
      name: 'newest events of a name that never was',
      token: BASE,
      path: own('events?order=newest&event=Never'),
      targetMs: 200,
    },
    {
      name: 'wait of 500 ms for what does not come',
      token: BASE,
      path: own('wait?event=Never&timeout_ms=500'),
      status: 408,
      targetMs: 700,
    },
    { name: 'a user', token: BASE, path: own('users/user-5'), targetMs: 110 },
    {
      name: 'activity of a user',
      token: BASE,
      path: query('stream/query', { distinct_ids: '["user-5"]', ...days }),
      targetMs: 50,
    },
    {
      name: 'segmentation, a user of 2,000 devices',
      token: DEVICES,
      path: query('segmentation', all),
      targetMs: 1_000,
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
    },
    {
      name: 'segmentation, 60 users of 600 devices',
      token: SIXTY,
      path: query('segmentation', all),
      targetMs: 1_000,
    },
    { name: 'a user of 1,000,000 events', token: MILLION, path: own('users/user-0'), targetMs: 300 },
    { name: 'users, one with 1,000,000 events', token: MILLION, path: own('users'), targetMs: 300 },
  ]
}
