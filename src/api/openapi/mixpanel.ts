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
  'stream/query': operation('Read the activity of users'),
  segmentation: operation(
    'Count events by a property',
    'Of each day, or another unit; where, on; each event, user, or events a user.',
  ),
  'segmentation/sum': operation(
    'Add up an expression of events',
    'on is the expression; a value that is not a number counts as 0.',
  ),
  'segmentation/average': operation(
    'Average an expression of events',
    'on is the expression; a value that is not a number counts as 0.',
  ),
  events: operation('Count events', 'Between two days, or over the last units of the interval.'),
  'events/names': operation('List the most common events', 'Over the last 31 days.'),
  'events/top': operation('List the events of today', 'Compared with yesterday.'),
  'events/properties': operation(
    'Count an event by the values of a property',
    'All values, or those in values.',
  ),
  'events/properties/top': operation(
    'List the properties of events',
    'Of one event or of all, with how many have each.',
  ),
  'events/properties/values': operation('List the values of a property', 'The most frequent first.'),
  'engage/properties': operation(
    'List the properties of profiles',
    'With the type of each, and the number of profiles that have it.',
  ),
  'engage/stats': operation('Count profiles'),
  'engage/revenue': operation('Add up the transactions of profiles', 'By day.'),
  annotations: operation('List annotations', 'In the older form.'),
  'cohorts/list': operation('List saved cohorts', 'Always empty.'),
  'funnels/list': operation('List saved funnels', 'Always empty.'),
  engage: operation('Query profiles'),
}

const POSTED: ReadonlySet<string> = new Set(['engage', 'engage/stats', 'cohorts/list', 'funnels/list'])

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
const IMPORT = operation('Import events', 'JSON or NDJSON, gzip; strict=1 lists the records that failed.')
const ENGAGE = operation('Update user profiles')
const GROUPS = operation('Update group profiles')
const DECIDE = operation('Neutral answer for old SDKs')
const FLAGS = operation('Evaluate the feature flags of a user')
const RETRIEVALS = operation('Request data retrievals, and list them')
const DEFINITION = operation('Change a definition of the Lexicon', 'Answered, and not kept.')
const DELETIONS = operation('Request, list and cancel data deletions')

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
  'GET /flags/definitions': operation('Read the flag definitions, for SDKs that evaluate locally'),
  'POST /flags/:flag_id/first-time-events': operation('Record a first-time event'),
  'GET /settings': operation('Read the remote settings of an SDK'),
  'POST /record': operation('Accept a session recording and discard it'),
  'GET /api/2.0/export': operation('Export raw events'),
  'GET /api/app/me': operation('List the projects of a service account'),
  'GET /api/app/projects/:project_id/annotations': operation(
    'List annotations',
    'fromDate and toDate limit them.',
  ),
  'POST /api/app/projects/:project_id/annotations': operation('Create an annotation'),
  'GET /api/app/projects/:project_id/annotations/tags': operation(
    'List the tags of annotations',
    'Always empty.',
  ),
  'GET /api/app/projects/:project_id/annotations/:annotation_id': operation('Read an annotation'),
  'PATCH /api/app/projects/:project_id/annotations/:annotation_id': operation('Change an annotation'),
  'DELETE /api/app/projects/:project_id/annotations/:annotation_id': operation('Delete an annotation'),
  'GET /api/app/projects/:project_id/workspaces/public': operation('List the workspaces of a project'),
  'GET /api/app/projects/:project_id/data-groups': operation('List the group keys of a project'),
  'GET /api/app/projects/:project_id/data-definitions/lookup-tables': operation(
    'List lookup tables, with numbers as ids',
  ),
  'POST /api/app/projects/:project_id/data-definitions/lookup-tables': operation(
    'Name an uploaded lookup table',
    'A form with name and path.',
  ),
  'GET /api/app/projects/:project_id/data-definitions/lookup-tables/upload-url': operation(
    'Get an address to upload a lookup table to',
    'PUT takes the CSV there, without credentials.',
  ),
  'PATCH /api/app/projects/:project_id/data-definitions/events': DEFINITION,
  'PATCH /api/app/projects/:project_id/data-definitions/properties': DEFINITION,
  'GET /lookup-tables': operation('List lookup tables'),
  'PUT /lookup-tables/:id': operation('Replace a lookup table', 'CSV, gzip.'),
  'POST /api/app/data-retrievals/v3.0': RETRIEVALS,
  'GET /api/app/data-retrievals/v3.0': RETRIEVALS,
  'GET /api/app/data-retrievals/v3.0/:tracking_id': operation('Read the status of a data retrieval'),
  'GET /api/app/data-retrievals/v3.0/:tracking_id/result': operation('Read the result of a data retrieval'),
  'POST /api/app/data-deletions/v3.0': DELETIONS,
  'GET /api/app/data-deletions/v3.0': DELETIONS,
  'DELETE /api/app/data-deletions/v3.0': DELETIONS,
  'GET /api/app/data-deletions/v3.0/:tracking_id': operation('Read the status of a data deletion'),
  'DELETE /api/app/data-deletions/v3.0/:tracking_id': operation('Cancel a data deletion'),
  ...queryOperations(),
}

/** Descriptions of their path parameters. */
export const MIXPANEL_PARAMS: Readonly<Record<string, string>> = {
  id: 'The id of a lookup table.',
  tracking_id: 'What the request was answered with.',
  flag_id: 'The id of a flag.',
  project_id: 'The id of a project.',
  annotation_id: 'The id of an annotation.',
}
