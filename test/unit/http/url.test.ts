import { describe, expect, it } from 'vitest'
import { cutEncodedFragment } from '../../../src/http/url.ts'

describe('cutEncodedFragment', () => {
  it.each([
    ['/track', '/track'],
    ['/track/?data=a', '/track/?data=a'],
    ['/engage%23profile-set', '/engage'],
    ['/track%23create-identity?verbose=1', '/track?verbose=1'],
    ['/track%23a%23b?x', '/track?x'],
    ['/track%23?', '/track?'],
    ['/track/%23live?data=%23', '/track/?data=%23'],
    ['/track?data=%23x', '/track?data=%23x'],
    ['/track?a?b%23', '/track?a?b%23'],
    ['/track%2523', '/track%2523'],
    ['/_twin/projects/a%23b', '/_twin/projects/a%23b'],
    ['', ''],
    ['?%23', '?%23'],
  ])('%s is served as %s (GEN-06)', (url, expected) => {
    expect(cutEncodedFragment(url)).toBe(expected)
  })
})
