import { describe, expect, it } from 'vitest'
import { matchesCall, normalisePath } from '../../../../src/core/faults/match.ts'

describe('the path of a URL', () => {
  it.each([
    ['/track', '/track'],
    ['/track/?ip=1&verbose=1', '/track'],
    ['//track/', '/track'],
    ['/api//2.0/export?from_date=x', '/api/2.0/export'],
    ['/', '/'],
    ['/?a=/b/', '/'],
    ['', ''],
  ])('of %j is %j (GEN-05)', (url, path) => {
    expect(normalisePath(url)).toBe(path)
  })
})

describe('the calls that a fault concerns', () => {
  it.each([
    [{ path: '/track' }, '/track', true],
    [{ path: '/track/' }, '/track', true],
    [{ path: '/track' }, '/engage', false],
    [{ path: '/track' }, '/tracks', false],
    [{ path: '/TRACK' }, '/track', false],
    [{ path: '/flags' }, '/flags/definitions', false],
    [{ path: '/flags*' }, '/flags/definitions', true],
    [{ path: '/api/*' }, '/api/2.0/export', true],
    [{ path: '/api/*' }, '/api', false],
    [{ path: '*' }, '/settings', true],
    [{ path: '*' }, '/_twin/faults', false],
    [{ path: '/_*' }, '/_twin/projects', false],
    [{ path: '*' }, '/metrics', false],
    [{ path: '*' }, '/metricsfoo', true],
    [{}, '/track', true],
    [{}, '/engage', true],
    [{}, '/groups', true],
    [{}, '/import', true],
    [{}, '/flags', false],
    [{}, '/api/2.0/export', false],
    [{ method: 'POST' }, '/track', true],
    [{ method: 'GET' }, '/track', false],
    [{ method: 'GET', path: '*' }, '/track', false],
  ])('%j and POST %s: %j', (fault, path, expected) => {
    expect(matchesCall(fault, { method: 'POST', path })).toBe(expected)
  })
})
