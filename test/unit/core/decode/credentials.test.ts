import { describe, expect, it } from 'vitest'
import { parseAuthorization } from '../../../../src/core/decode/credentials.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const basic = (username: string, password: string) => ({ kind: 'basic', username, password })

describe('parseAuthorization', () => {
  it.each([
    ['user and password', `Basic ${base64('user:pass')}`, basic('user', 'pass')],
    ['a token with an empty password', `Basic ${base64('TOK:')}`, basic('TOK', '')],
    ['an empty user', `Basic ${base64(':pass')}`, basic('', 'pass')],
    ['a password with colons', `Basic ${base64('u:a:b:')}`, basic('u', 'a:b:')],
    ['text beyond ASCII', `Basic ${base64('ü:ß')}`, basic('ü', 'ß')],
    ['unpadded base64', `Basic ${base64('u:pa').replace(/=+$/, '')}`, basic('u', 'pa')],
    ['any case of the scheme', `bASIC ${base64('u:p')}`, basic('u', 'p')],
    ['blanks around', `  Basic   ${base64('u:p')}  `, basic('u', 'p')],
    ['a bearer token', 'Bearer abc.def', { kind: 'bearer', token: 'abc.def' }],
    ['a bearer token with a colon', 'bearer a:b', { kind: 'bearer', token: 'a:b' }],
  ])('reads %s (IMP-04)', (_name, header, expected) => {
    expect(parseAuthorization(header)).toEqual(expected)
  })

  it.each([
    [
      'a service account',
      'Basic ci.ab12cd.mp-service-account:sa-pass',
      'ci.ab12cd.mp-service-account',
      'sa-pass',
    ],
    ['a token', 'Basic TOK:', 'TOK', ''],
    ['a password with a blank', 'Basic user:two words', 'user', 'two words'],
  ])('takes %s in clear text (IMP-05)', (_name, header, username, password) => {
    expect(parseAuthorization(header)).toEqual(basic(username, password))
  })

  it.each([
    ['in base64', `Basic ${base64('TOK')}`, 'TOK'],
    ['of a service account', `Basic ${base64('ci.mp-service-account')}`, 'ci.mp-service-account'],
    ['in clear text', 'Basic !!', ''],
  ])('tells a user without a colon, %s (IMP-04)', (_name, header, username) => {
    expect(parseAuthorization(header)).toEqual({ ...basic(username, ''), lacksColon: true })
  })

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['only the scheme', 'Basic'],
    ['the scheme and blanks', 'Basic    '],
    ['another scheme', 'Digest username="u"'],
    ['a bare token', 'TOK'],
    ['a scheme without a blank after it', 'BasicdTpw'],
  ])('takes %s for no credentials (IMP-06)', (_name, header) => {
    expect(parseAuthorization(header)).toEqual({ kind: 'none' })
  })

  it('a long header of blanks is read in no time (DEC-07)', () => {
    const started = performance.now()
    parseAuthorization(`Basic a${' '.repeat(30_000)}b`)
    expect(performance.now() - started).toBeLessThan(300)
  })
})
