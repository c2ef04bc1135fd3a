import type { Answer, Description } from '../routing/shape.ts'

const ANSWERED: Readonly<Record<number, Answer>> = {
  200: { description: 'As Mixpanel answers it.', headers: { 'Twinpanel-Verdict': { type: 'string' } } },
}

type Operations = Readonly<Record<string, Description>>

/** An operation of Mixpanel, described briefly: its documentation has the details. */
function operation(summary: string, description?: string): Description {
  return {
    tag: 'Mixpanel',
    summary,
    ...(description !== undefined && { description }),
    access: 'mixpanel',
    answers: ANSWERED,
  }
}

const QUERIES: Readonly<Record<string, Description>> = {
  'stream/query': operation('The activity of users'),
  segmentation: operation(
    'Count events by a property',
    'Of each day, or another unit; where, on; each event, user, or events a user.',
  ),
  'segmentation/sum': operation(
    'Add up an expression of events',
    'on is the expression; what is no number counts 0.',
  ),
  'segmentation/average': operation(
    'Average an expression of events',
    'on is the expression; what is no number counts 0.',
  ),
  events: operation('Count events', 'Between days, or interval units up to now.'),
  'events/names': operation('List the most common events', 'Of the last 31 days.'),
  'events/top': operation('List the events of today', 'With how they compare to yesterday.'),
  'events/properties': operation(
    'Count an event by the values of a property',
    'All values, or those in values.',
  ),
  'events/properties/top': operation(
    'List the properties of events',
    'Of one event or of all, with how many have each.',
  ),
  'events/properties/values': operation('List the values of a property', 'The most frequent first.'),
  'engage/properties': operation('List the properties of profiles', 'With how many have each, and its type.'),
  'cohorts/list': operation('List saved cohorts', 'There are none here.'),
  'funnels/list': operation('List saved funnels', 'There are none here.'),
  engage: operation('Query profiles'),
}

const POSTED: ReadonlySet<string> = new Set(['engage', 'cohorts/list', 'funnels/list'])

function queryOperations(): Operations {
  const bases = ['/api/query', '/api/2.0']
  const entries = Object.entries(QUERIES).flatMap(([name, query]) => {
    const methods = POSTED.has(name) ? ['GET', 'POST'] : ['GET']
    return bases.flatMap((base) => methods.map((method) => [`${method} ${base}/${name}`, query] as const))
  })
  return Object.fromEntries(entries)
}

const TRACK = operation(
  'Track events',
  'JSON, form, query or base64; verbose, img, callback, redirect, ip; explain=1 adds the verdicts.',
)
const IMPORT = operation('Import events', 'JSON or NDJSON, gzip; strict=1 tells what failed.')
const ENGAGE = operation('Change user profiles')
const GROUPS = operation('Change group profiles')
const DECIDE = operation('Answer old SDKs neutrally')
const FLAGS = operation('The variants of a user')
const RETRIEVALS = operation('Ask for the data of users, and list what was asked')
const DELETIONS = operation('Ask for the deletion of users, list and cancel')

/** The operations of Mixpanel, by method and URL. Those with several methods share a description. */
export const MIXPANEL_OPERATIONS: Operations = {
  'POST /track': TRACK,
  'GET /track': TRACK,
  'POST /import': IMPORT,
  'GET /import': IMPORT,
  'POST /engage': ENGAGE,
  'GET /engage': ENGAGE,
  'POST /groups': GROUPS,
  'GET /groups': GROUPS,
  'POST /decide': DECIDE,
  'GET /decide': DECIDE,
  'POST /flags': FLAGS,
  'GET /flags': FLAGS,
  'GET /flags/definitions': operation('The flags, for SDKs that evaluate by themselves'),
  'POST /flags/:flag_id/first-time-events': operation('Take note of a first-time event'),
  'GET /settings': operation('The settings of SDKs'),
  'POST /record': operation('Take a session recording and throw it away'),
  'GET /api/2.0/export': operation('Export raw events'),
  'GET /api/app/me': operation('The projects of a service account'),
  'GET /lookup-tables': operation('List lookup tables'),
  'PUT /lookup-tables/:id': operation('Replace a lookup table', 'CSV, gzip.'),
  'POST /api/app/data-retrievals/v3.0': RETRIEVALS,
  'GET /api/app/data-retrievals/v3.0': RETRIEVALS,
  'GET /api/app/data-retrievals/v3.0/:tracking_id': operation('How far a retrieval is'),
  'GET /api/app/data-retrievals/v3.0/:tracking_id/result': operation('The data of a retrieval'),
  'POST /api/app/data-deletions/v3.0': DELETIONS,
  'GET /api/app/data-deletions/v3.0': DELETIONS,
  'DELETE /api/app/data-deletions/v3.0': DELETIONS,
  'GET /api/app/data-deletions/v3.0/:tracking_id': operation('How far a deletion is'),
  'DELETE /api/app/data-deletions/v3.0/:tracking_id': operation('Cancel a deletion'),
  ...queryOperations(),
}

/** Descriptions of their path parameters. */
export const MIXPANEL_PARAMS: Readonly<Record<string, string>> = {
  id: 'The id of a lookup table.',
  tracking_id: 'What the request was answered with.',
  flag_id: 'The id of a flag.',
}
