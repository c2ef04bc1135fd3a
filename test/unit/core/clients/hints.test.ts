import { describe, expect, it } from 'vitest'
import type { Client } from '../../../../src/core/clients/client.ts'
import { hintsFor } from '../../../../src/core/clients/hints.ts'
import { PITFALLS } from '../../../../src/core/clients/pitfalls.ts'
import { isOlder } from '../../../../src/core/clients/version.ts'

const CLIENT: Client = {
  lib: '',
  version: '',
  encoding: 'json',
  host: 'twinpanel.test:4100',
  userAgent: '',
  endpoints: ['/track'],
  firstSeenMs: 0,
  lastSeenMs: 0,
  requests: 1,
  records: 1,
}
const codesFor = (client: Partial<Client>) => hintsFor({ ...CLIENT, ...client }).map(({ code }) => code)

/** A client that each pitfall affects, and a similar one that it does not. */
const CASES: readonly (readonly [code: string, has: Partial<Client>, hasNot: Partial<Client>])[] = [
  ['any.cloud_host', { host: 'api-eu.mixpanel.com' }, { host: 'api.mixpanel.com.evil.test' }],
  [
    'any.gzip_on_profiles',
    { encoding: 'form base64 gzip', endpoints: ['/engage'] },
    { encoding: 'form base64 gzip', endpoints: ['/track'] },
  ],
  [
    'any.unnamed_profiles',
    { userAgent: 'Ruby', endpoints: ['/engage', '/groups'] },
    { userAgent: 'Ruby', endpoints: ['/engage', '/track'] },
  ],
  ['any.unnamed_batches', { encoding: 'form base64' }, { encoding: 'form base64', lib: 'node' }],
  ['web.unreachable_drops', { lib: 'web' }, { lib: 'node' }],
  ['web.base64', { lib: 'web', encoding: 'form base64' }, { lib: 'web', encoding: 'form json' }],
  ['web.beacon_repeats', { lib: 'web', encoding: 'text base64' }, { lib: 'web', encoding: 'form base64' }],
  ['web.profile_order', { lib: 'web', endpoints: ['/engage'] }, { lib: 'web', endpoints: ['/track'] }],
  ['android.loopback', { lib: 'android' }, { lib: 'swift' }],
  ['mobile.refused_repeats', { lib: 'swift' }, { lib: 'react-native' }],
  ['swift.alias_identifies', { lib: 'swift' }, { lib: 'android' }],
  ['react-native.alias_argument', { lib: 'react-native' }, { lib: 'android' }],
  ['react-native.bad_request_drops', { lib: 'react-native' }, { lib: 'flutter' }],
  ['unity.bare_id', { lib: 'unity' }, { lib: 'flutter' }],
  ['python.api_host_https', { lib: 'python' }, { lib: 'ruby' }],
  ['python.alias_elsewhere', { lib: 'python' }, { lib: 'python ' }],
  ['python.no_retry_http', { lib: 'python' }, { lib: 'go' }],
  [
    'python.import_without_secret',
    { lib: 'python', endpoints: ['/import'] },
    { lib: 'python', endpoints: ['/track'] },
  ],
  ['ruby.use_ssl', { lib: 'ruby' }, { lib: 'Ruby' }],
  ['ruby.alias_elsewhere', { lib: 'ruby' }, { lib: 'php' }],
  ['ruby.errors_swallowed', { lib: 'Ruby', userAgent: 'Ruby' }, { lib: 'php' }],
  ['node.secret_https', { lib: 'node' }, { lib: 'web' }],
  [
    'node.no_service_accounts',
    { lib: 'node', version: '0.21.0', endpoints: ['/import'] },
    { lib: 'node', version: '0.24.0', endpoints: ['/import'] },
  ],
  ['node.status_ignored', { lib: 'node' }, { lib: 'python' }],
  ['node.flags_port', { lib: 'node' }, { lib: 'web' }],
  ['php.socket_ports', { lib: 'php' }, { lib: 'ruby' }],
  ['php.sends_ten_times', { lib: 'php' }, { lib: 'ruby' }],
  ['java.flags_https', { lib: 'jdk' }, { lib: 'java' }],
  ['go.alias_order', { lib: 'go' }, { lib: 'jdk' }],
  ['server.no_insert_id', { lib: 'go' }, { lib: 'go', endpoints: ['/import'] }],
]

describe('hintsFor', () => {
  it.each(CASES)('%s: to whom it applies, and not to others', (code, has, hasNot) => {
    expect(codesFor(has)).toContain(code)
    expect(codesFor(hasNot)).not.toContain(code)
  })

  it('has a case for every pitfall, each with a unique code', () => {
    const codes = PITFALLS.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(CASES.map(([code]) => code).toSorted()).toEqual(codes.toSorted())
  })

  it.each(PITFALLS.map((pitfall) => [pitfall.code, pitfall] as const))(
    '%s says what happens and what to do',
    (_code, pitfall) => {
      for (const sentence of [pitfall.message, pitfall.advice]) expect(sentence).toMatch(/^\S.*[.})]$/)
    },
  )

  it('knows an SDK by the program that sends for it', () => {
    expect(
      codesFor({ lib: 'python-requests', version: '2.32.5', userAgent: 'python-requests/2.32.5' }),
    ).toContain('python.alias_elsewhere')
    // A name in a record is not the program's.
    expect(codesFor({ lib: 'python-requests' })).toEqual([])
  })

  it('has nothing to say of what it does not know', () => {
    expect(codesFor({ lib: 'toString' })).toEqual([])
    expect(codesFor({ lib: '__proto__', userAgent: 'constructor' })).toEqual([])
  })
})

describe('isOlder', () => {
  it.each([
    ['0.21.0', '0.24.0', true],
    ['0.9', '0.24.0', true],
    ['v0.24.0-beta.2', '0.24.0', false],
    ['0.24', '0.24.0', false],
    ['1.0', '0.24.0', false],
    ['0.24.0', '0.24.0.1', true],
    ['', '0.24.0', false],
    ['new', '0.24.0', false],
    ['99999999999999999999', '0.24.0', false],
  ])('%s is older than %s: %s', (version, than, expected) => {
    expect(isOlder(version, than)).toBe(expected)
  })
})
