/** A route's methods, each with its page below `REFERENCE`, or with the address of another page. */
type Documented = Readonly<Record<string, string>>

const REFERENCE = 'https://developer.mixpanel.com/reference/'
const SDK_PROXY = 'https://docs.mixpanel.com/docs/tracking-methods/sdks/javascript#tracking-via-proxy'

/**
 * The routes of Mixpanel that Twinpanel does not serve; `:id` is any segment. They are those of mixpanel/docs at
 * ba229069, file by file, and those that public clients call without documentation. A route that becomes served leaves
 * this table: a test fails until its row is deleted.
 */
export const UNSERVED_ROUTES: Readonly<Record<string, Documented>> = {
  // openapi/data-pipelines.openapi.yaml
  '/api/2.0/nessie/pipeline/cancel': { POST: 'cancel-warehouse-pipeline' },
  '/api/2.0/nessie/pipeline/create': { POST: 'create-warehouse-pipeline' },
  '/api/2.0/nessie/pipeline/edit': { POST: 'edit-warehouse-pipeline' },
  '/api/2.0/nessie/pipeline/jobs': { GET: 'list-warehouse-pipeline-jobs' },
  '/api/2.0/nessie/pipeline/pause': { POST: 'pause-warehouse-pipeline' },
  '/api/2.0/nessie/pipeline/resume': { POST: 'resume-warehouse-pipeline' },
  '/api/2.0/nessie/pipeline/status': { GET: 'get-warehouse-pipeline-status' },
  '/api/2.0/nessie/pipeline/timeline': { GET: 'list-warehouse-pipeline-sync-dates' },
  // openapi/experiments.openapi.yaml
  '/api/app/workspaces/:id/experiments': { GET: 'list-experiments', POST: 'create-experiment' },
  '/api/app/workspaces/:id/experiments/:id': {
    DELETE: 'delete-experiment',
    GET: 'get-experiment',
    PATCH: 'update-experiment',
  },
  '/api/app/workspaces/:id/experiments/:id/archive': {
    DELETE: 'unarchive-experiment',
    POST: 'archive-experiment',
  },
  '/api/app/workspaces/:id/experiments/:id/decide': { PATCH: 'decide-experiment' },
  '/api/app/workspaces/:id/experiments/:id/force_conclude': { PUT: 'force-conclude-experiment' },
  '/api/app/workspaces/:id/experiments/:id/launch': { PUT: 'launch-experiment' },
  // openapi/feature-flags-management.openapi.yaml
  '/api/app/projects/:id/workspaces/:id/feature-flags': {
    GET: 'list-feature-flags-1',
    POST: 'create-feature-flag-1',
  },
  '/api/app/projects/:id/workspaces/:id/feature-flags/:id': {
    DELETE: 'delete-feature-flag-1',
    GET: 'get-feature-flag-1',
    PUT: 'update-feature-flag-1',
  },
  // openapi/lexicon-schemas.openapi.yaml
  '/api/app/projects/:id/schemas': {
    DELETE: 'delete-all-schemas-in-project',
    GET: 'list-all-schemas-for-project',
    POST: 'upload-schemas-for-project',
  },
  '/api/app/projects/:id/schemas/:id': {
    DELETE: 'delete-schemas-for-entity',
    GET: 'list-schemas-for-entity',
  },
  '/api/app/projects/:id/schemas/:id/:id': {
    DELETE: 'delete-schema-by-entity-and-name',
    GET: 'list-schemas-by-entity-and-name',
    POST: 'upload-schema-by-entity-and-name',
  },
  // openapi/query.openapi.yaml
  '/api/query/funnels': { GET: 'funnels-query' },
  '/api/query/insights': { GET: 'insights-query' },
  '/api/query/jql': { POST: 'query-jql' },
  '/api/query/retention': { GET: 'retention-query' },
  '/api/query/retention/addiction': { GET: 'retention-frequency-query' },
  '/api/query/segmentation/numeric': { GET: 'segmentation-numeric-query' },
  // openapi/service-accounts.openapi.yaml
  '/api/app/organizations/:id/service-accounts': {
    GET: 'list-service-accounts',
    POST: 'create-service-account',
  },
  '/api/app/organizations/:id/service-accounts/:id': {
    DELETE: 'delete-service-account',
    GET: 'get-service-account',
  },
  '/api/app/organizations/:id/service-accounts/add-to-project': { POST: 'add-service-accounts-to-projects' },
  '/api/app/organizations/:id/service-accounts/remove-from-project': {
    POST: 'remove-service-accounts-from-projects',
  },
  '/api/app/projects/:id/service-accounts': { GET: 'list-project-service-accounts' },
  // openapi/warehouse-connectors.openapi.yaml
  '/api/app/projects/:id/warehouse-sources/imports': { GET: 'list-warehouse-imports' },
  '/api/app/projects/:id/warehouse-sources/imports/:id': {
    DELETE: 'delete-warehouse-import',
    GET: 'get-warehouse-import',
    PATCH: 'update-warehouse-import',
  },
  '/api/app/projects/:id/warehouse-sources/imports/:id/history': { GET: 'get-import-history' },
  '/api/app/projects/:id/warehouse-sources/imports/:id/manual-sync': { PUT: 'run-an-import-1' },
  '/api/app/projects/:id/warehouse-sources/imports/event-stream': { POST: 'create-event-stream-import' },
  '/api/app/projects/:id/warehouse-sources/imports/groups': { POST: 'create-groups-import' },
  '/api/app/projects/:id/warehouse-sources/imports/lookup-table': { POST: 'create-lookup-table-import' },
  '/api/app/projects/:id/warehouse-sources/imports/people': { POST: 'create-people-import' },
  // Asked for by the Terraform provider and mixpanel-headless.
  '/api/app/projects/:id/bookmarks': { GET: 'https://docs.mixpanel.com/docs/reports' },
  '/api/app/workspaces/:id/bookmarks': { GET: 'https://docs.mixpanel.com/docs/reports' },
  '/api/app/workspaces/:id/dashboards': { GET: 'https://docs.mixpanel.com/docs/boards' },
  '/api/app/workspaces/:id/cohorts': { GET: 'https://docs.mixpanel.com/docs/users/cohorts' },
  // The scripts of the browser SDK, which a proxy takes from cdn.mxpnl.com.
  '/lib.js': { GET: SDK_PROXY },
  '/lib.min.js': { GET: SDK_PROXY },
  '/libs/:id': { GET: SDK_PROXY },
}

/** A route of Mixpanel, and its documentation. */
export interface UnservedRoute {
  /** Methods and path. */
  readonly route: string
  /** An address. */
  readonly docs: string
}

/** Finds the route of Mixpanel that a request asks for. In: the path without doubled slashes and slash at its end. */
export function findUnserved(method: string, path: string): UnservedRoute | undefined {
  const segments = path.replace(OLDER_BASE, '/api/query/').split('/')
  const known = ROUTES.filter(
    (route) => isMatch(route.segments, segments) || isMatch(route.segments, path.split('/')),
  )
  const [found] = known.toSorted((a, b) => a.parameters - b.parameters)
  if (found === undefined) return undefined
  const { pattern, documented } = found
  const methods = method in documented ? [method] : Object.keys(documented)
  const page = documented[methods[0] ?? ''] ?? ''
  return {
    route: `${methods.join(', ')} ${pattern}`,
    docs: page.startsWith('https:') ? page : REFERENCE + page,
  }
}

/** Queries are served at /api/2.0 too, their older place. */
const OLDER_BASE = /^\/api\/2\.0\//

const ROUTES = Object.entries(UNSERVED_ROUTES).map(([pattern, documented]) => {
  const segments = pattern.split('/')
  return { pattern, segments, documented, parameters: segments.filter((segment) => segment === ':id').length }
})

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((segment, at) => segment === ':id' || segment === segments[at])
  )
}
