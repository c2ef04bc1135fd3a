import { describe, expect, it } from 'vitest'
import { explainPath } from '../../../../src/core/paths/explain-path.ts'

/* Why a path has no route: what its sender has set wrongly, or that only Mixpanel has it. */

const SERVED = [
  '/track',
  '/import',
  '/engage',
  '/flags',
  '/flags/definitions',
  '/lookup-tables',
  '/lookup-tables/:id',
  '/api/2.0/export',
  '/api/query/engage',
  '/api/2.0/engage',
  '/api/query/events',
  '/api/query/events/names',
  '/api/app/me',
]

const leave = (prefix: string) =>
  `leave ${prefix} out of api_host (the SDK adds the path), or have the proxy remove it`
const CASE = 'paths are case-sensitive, without a file extension or suffix'
const BASE = 'the client’s base URL lacks part of the path'

describe('a path that ends like a served one', () => {
  it.each([
    ['/mp/track', '/track', leave('/mp')],
    ['/api/track', '/track', leave('/api')],
    ['/proxy/v1/engage', '/engage', leave('/proxy/v1')],
    ['/track/track', '/track', leave('/track')],
    ['/Track', '/track', CASE],
    ['/track.php', '/track', CASE],
    ['/track;jsessionid=1', '/track', CASE],
    ['/track&ip=1', '/track', CASE],
    ['/track%3Fip=1', '/track', CASE],
    ['/track%20', '/track', CASE],
    ['/MP/TRACK', '/track', leave('/MP')],
    ['/mp%2Ftrack', '/track', leave('/mp')],
    ['/mp\\track', '/track', leave('/mp')],
    ['/https:/api.mixpanel.com/track', '/track', leave('/https:/api.mixpanel.com')],
    ['/api/mixpanel/flags/definitions', '/flags/definitions', leave('/api/mixpanel')],
    ['/mp/lookup-tables/7f3e', '/lookup-tables/:id', leave('/mp')],
    ['/export', '/api/2.0/export', BASE],
    ['/2.0/export.json', '/api/2.0/export', BASE],
    ['/events/names', '/api/query/events/names', BASE],
    ['/query/events', '/api/query/events', BASE],
    ['/mp/api/query/events', '/api/query/events', leave('/mp')],
    ['/query/engage', '/api/query/engage', BASE],
    ['/mp/%zz/track', '/track', leave('/mp/%zz')],
  ])('%s is told to become %s (DIA-117)', (path, served, change) => {
    expect(explainPath('POST', path, SERVED)).toEqual({
      code: 'path.not_served',
      values: { asked: `POST ${path}`, served, change },
    })
  })

  it.each(['/', '/trak', '/tracks', '/track/events', '/app/events', '/users/me', '/favicon.ico', '/names'])(
    'nothing is said of %s, which may be anything (GEN-05)',
    (path) => expect(explainPath('GET', path, SERVED)).toBeUndefined(),
  )

  it('nothing is said of a path of more than two thousand characters (GEN-05)', () => {
    expect(explainPath('GET', `${'/a'.repeat(1_024)}/track`, SERVED)).toBeUndefined()
  })
})

describe('a route that only Mixpanel has', () => {
  it.each([
    ['POST', '/api/query/jql', 'POST /api/query/jql', 'query-jql'],
    ['GET', '/api/query/jql', 'POST /api/query/jql', 'query-jql'],
    ['GET', '/api/2.0/insights', 'GET /api/query/insights', 'insights-query'],
    [
      'GET',
      '/api/2.0/nessie/pipeline/jobs',
      'GET /api/2.0/nessie/pipeline/jobs',
      'list-warehouse-pipeline-jobs',
    ],
    [
      'GET',
      '/api/app/organizations/9/service-accounts/4',
      'GET /api/app/organizations/:id/service-accounts/:id',
      'get-service-account',
    ],
    [
      'PUT',
      '/api/app/projects/1/warehouse-sources/imports/people',
      'POST /api/app/projects/:id/warehouse-sources/imports/people',
      'create-people-import',
    ],
  ])('%s %s is named with its documentation (DIA-118)', (method, path, route, page) => {
    expect(explainPath(method, path, SERVED)).toEqual({
      code: 'endpoint.not_served',
      values: { route, docs: `https://developer.mixpanel.com/reference/${page}` },
    })
  })
})
