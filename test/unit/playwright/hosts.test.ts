import { describe, expect, it } from 'vitest'
import { hostsOf, isAmong, isScriptHost } from '../../../src/playwright/hosts.ts'

describe('the hosts that are answered', () => {
  const hosts = hostsOf(['mp.example.com', '*.proxy.example'])

  it.each([
    ['api-js.mixpanel.com', true],
    ['API-EU.mixpanel.com:443', true],
    ['mixpanel.com', true],
    ['cdn.mxpnl.com', true],
    ['mp.example.com', true],
    ['eu.proxy.example:8443', true],
    ['notmixpanel.com', false],
    ['mixpanel.com.example', false],
    ['mxpnl.com', false],
    ['example.com', false],
    ['', false],
  ])('%s: %s', (host, expected) => {
    expect(isAmong(hosts, host)).toBe(expected)
  })

  it.each([
    'https://mp.example.com',
    'mp.example.com/track',
    'mp.example.com:8080',
    'localhost',
    'shop.localhost',
    '127.0.0.1',
    '*',
    'com',
    '',
  ])('a proxy named %j is refused, with what to name instead', (host) => {
    expect(() => hostsOf([host])).toThrow(
      `twinpanel.proxyHosts has ${JSON.stringify(host)}: each must be a host name that only serves as a proxy for ` +
        'Mixpanel, such as "mp.example.com", without scheme, port and path.',
    )
  })

  it('those of scripts are told from those of records', () => {
    expect(['cdn.mxpnl.com', 'cdn4.mxpnl.com:443', 'api.mixpanel.com'].map(isScriptHost)).toEqual([
      true,
      true,
      false,
    ])
  })
})
