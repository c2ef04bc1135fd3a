import { describe, expect, it } from 'vitest'
import { replyWithFault } from '../../../../src/core/respond/fault.ts'

const callTo = (path: string) => ({ path, url: `${path}?project_id=101` })

const QUERY_RATE =
  'Query rate limit exceeded for project_id: 101. 1/5 queries running concurrently and 61/60 queries running in the last hour. ' +
  'For more information, please consult our documentation at ' +
  'https://help.mixpanel.com/hc/en-us/articles/115004602563-Rate-Limits-for-Export-API-Endpoints'
const RATE = 'Project exceeded rate limits. Please retry the request with exponential backoff.'

describe('the answer of a fault has the form of its endpoint', () => {
  it.each([
    ['TRK-27', 429, '/track', { code: 429, error: RATE, status: 'Too Many Requests' }],
    ['IMP-30', 429, '/import', { code: 429, error: RATE, status: 'Too Many Requests' }],
    [
      'IMP-28',
      413,
      '/import',
      {
        code: 413,
        error: 'request exceeds max limit of 10485760 bytes',
        status: 'Request Entity Too Large',
      },
    ],
    ['IMP-06', 401, '/import', { code: 401, error: 'Unauthorized', status: 'Unauthorized' }],
    ['IMP-31', 502, '/import', { code: 502, error: 'bad gateway', status: 'Bad Gateway' }],
    [
      'IMP-31',
      503,
      '/import',
      { code: 503, error: 'a temporary failure occurred', status: 'Service Unavailable' },
    ],
    ['IMP-27', 500, '/groups', { code: 500, error: 'internal error', status: 'Internal Server Error' }],
    ['IMP-27', 418, '/engage', { code: 418, error: 'error', status: 'Error' }],
    ['TRK-23', 401, '/track', { error: 'unauthorized', status: 'error' }],
    ['TRK-23', 403, '/engage', { error: 'forbidden', status: 'error' }],
    ['FLG-04', 503, '/flags', { error: 'service unavailable', status: 'error' }],
    ['FLG-04', 403, '/flags/definitions', { error: 'forbidden', status: 'error' }],
    ['RTL-07', 429, '/api/query/engage', { request: '/api/query/engage?project_id=101', error: QUERY_RATE }],
    [
      'RTL-07',
      503,
      '/api/query/engage',
      { request: '/api/query/engage?project_id=101', error: 'service unavailable' },
    ],
    [
      'QRY-23',
      402,
      '/api/query/segmentation',
      { error: 'Your plan does not allow API calls. Upgrade at mixpanel.com/pricing' },
    ],
    ['GDP-03', 429, '/api/app/data-deletions/v3.0', { status: 'error', error: 'rate limit exceeded' }],
  ])('%s: %i of %s', (_rule, status, path, body) => {
    const plan = replyWithFault({ status }, status, callTo(path))
    expect([plan.status, plan.contentType, JSON.parse(String(plan.body))]).toEqual([
      status,
      'application/json',
      body,
    ])
  })

  it('that of the export is text (QRY-07)', () => {
    expect(replyWithFault({}, 503, callTo('/api/2.0/export'))).toEqual({
      status: 503,
      contentType: 'text/plain',
      body: 'service unavailable',
      headers: {},
    })
  })

  it.each([
    ['TRK-27', 429, '/track', undefined, '2'],
    ['TRK-27', 429, '/track', 7, '7'],
    ['TRK-27', 429, '/track', null, undefined],
    ['IMP-31', 503, '/import', undefined, '2'],
    ['IMP-31', 503, '/import', 0, '0'],
    ['IMP-31', 502, '/import', undefined, undefined],
    ['IMP-31', 502, '/import', 30, '30'],
    ['RTL-07', 429, '/api/2.0/engage', undefined, '2'],
    ['RTL-07', 429, '/api/2.0/export', undefined, '2'],
    ['RTL-07', 503, '/api/2.0/engage', undefined, undefined],
  ])('%s: %i of %s with retry_after %j has Retry-After %j', (_rule, status, path, given, header) => {
    const fault = given === undefined ? { status } : { status, retry_after: given }
    expect(replyWithFault(fault, status, callTo(path)).headers?.['retry-after']).toBe(header)
  })

  it('body and content_type are sent as given', () => {
    const fault = { status: 502, body: '<h1>Bad</h1>', content_type: 'text/html; charset=UTF-8' }
    expect(replyWithFault(fault, 502, callTo('/track'))).toEqual({
      status: 502,
      contentType: 'text/html; charset=UTF-8',
      body: '<h1>Bad</h1>',
      headers: {},
    })
    expect(replyWithFault({ body: '0' }, 200, callTo('/track'))).toMatchObject({
      contentType: 'text/plain',
      body: '0',
    })
  })
})
