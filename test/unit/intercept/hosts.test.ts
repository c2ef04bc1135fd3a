import { describe, expect, it } from 'vitest'
import { decideFate, readAbsoluteUrl, readAuthority, readPassThrough } from '../../../src/intercept/hosts.ts'

describe('the fate of a request', () => {
  it.each([
    // Every host that an SDK or a tool sends to.
    'api.mixpanel.com',
    'api-js.mixpanel.com',
    'api-eu.mixpanel.com',
    'api-in.mixpanel.com',
    'decide.mixpanel.com',
    'data.mixpanel.com',
    'data-eu.mixpanel.com',
    'data-in.mixpanel.com',
    'mixpanel.com',
    'eu.mixpanel.com',
    'in.mixpanel.com',
    'of-a-region-to-come.mixpanel.com',
  ])('Twinpanel answers for %s, whatever may pass', (host) => {
    expect(decideFate(host, [])).toBe('answer')
    expect(decideFate(host, ['*', host])).toBe('answer')
  })

  it.each(['localhost', 'a.localhost', '127.0.0.1', '127.1.2.3', '::1'])('%s is passed on', (host) => {
    expect(decideFate(host, [])).toBe('pass')
  })

  it.each([
    ['example.com', [], 'refuse'],
    ['example.com', ['example.com'], 'pass'],
    ['www.example.com', ['example.com'], 'refuse'],
    ['www.example.com', ['*.example.com'], 'pass'],
    ['example.com', ['*.example.com'], 'refuse'],
    ['badexample.com', ['*.example.com'], 'refuse'],
    ['example.com', ['other', '*'], 'pass'],
    ['cdn.mxpnl.com', [], 'refuse'],
    ['cdn.mxpnl.com', ['cdn.mxpnl.com'], 'pass'],
    ['notmixpanel.com', [], 'refuse'],
    ['mixpanel.com.example.com', [], 'refuse'],
    ['localhost.example.com', [], 'refuse'],
    ['0.0.0.0', [], 'refuse'],
  ] as const)('%s with %j: %s', (host, passThrough, fate) => {
    expect(decideFate(host, passThrough)).toBe(fate)
  })
})

describe('the target of a request', () => {
  it.each([
    ['api.mixpanel.com:443', { host: 'api.mixpanel.com', port: 443 }],
    ['API.Mixpanel.COM.:443', { host: 'api.mixpanel.com', port: 443 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['api.mixpanel.com', undefined],
    ['a:0', undefined],
    ['a:65536', undefined],
    [':443', undefined],
    ['a b:443', undefined],
    ['user@a:443', undefined],
    ['a:443/path', undefined],
    ['[a]:443', undefined],
    ['', undefined],
  ])('CONNECT %s', (text, target) => {
    expect(readAuthority(text)).toEqual(target)
  })

  it.each([
    ['http://api.mixpanel.com/track?a=b', { host: 'api.mixpanel.com', port: 80, path: '/track?a=b' }],
    ['HTTP://api.mixpanel.com:8080', { host: 'api.mixpanel.com', port: 8080, path: '/' }],
    ['http://api.mixpanel.com?a=b', { host: 'api.mixpanel.com', port: 80, path: '/?a=b' }],
    ['http://[::1]:80/a//b', { host: '::1', port: 80, path: '/a//b' }],
    ['http://evil@api.mixpanel.com/', undefined],
    ['https://api.mixpanel.com/', undefined],
    ['/track', undefined],
    ['http:///track', undefined],
  ])('GET %s', (url, target) => {
    expect(readAbsoluteUrl(url)).toEqual(target)
  })
})

it.each([
  [['Example.com', '*', '*.a.b', '10.0.0.1', '::1'], undefined],
  [
    ['https://example.com'],
    '"https://example.com" cannot be let through: it must be a host such as example.com',
  ],
  [['example.com:443'], '"example.com:443" cannot be let through: '],
  [['a', ''], '"" cannot be let through: '],
  [['*example.com'], '"*example.com" cannot be let through: '],
])('hosts to let through are checked: %j', (names, error) => {
  const read = readPassThrough(names)
  if (error === undefined) expect(read).toEqual({ ok: true, value: names.map((name) => name.toLowerCase()) })
  else expect(read.ok ? '' : read.error.slice(0, error.length)).toBe(error)
})
