import type { LaunchOptions } from '@playwright/test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isPast, pastProxy, throughRelay } from '../../../src/playwright/launch.ts'

const relay = { port: 4101, fingerprint: 'abc=' }
const hosts = ['mixpanel.com', '*.mixpanel.com']
const launch = (options: LaunchOptions) => throughRelay(options, relay, hosts)
const OWN = [
  '--host-resolver-rules=MAP mixpanel.com 127.0.0.1:4101,MAP *.mixpanel.com 127.0.0.1:4101',
  '--ignore-certificate-errors-spki-list=abc=',
  '--ip-address-space-overrides=127.0.0.1:4101=public',
]

afterEach(() => vi.unstubAllEnvs())

function withoutSystemProxy(): void {
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy']) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toUpperCase(), undefined)
  }
}

describe('a launch through the relay', () => {
  it('has arguments for the hosts, the certificate and the address', () => {
    withoutSystemProxy()
    expect(launch({})).toEqual({ args: OWN })
    expect(launch({ args: ['--lang=de'], headless: false })).toEqual({
      args: ['--lang=de', ...OWN],
      headless: false,
    })
  })

  it('keeps the values that the same arguments have, behind its own', () => {
    withoutSystemProxy()
    const args = ['--host-resolver-rules=MAP * ~NOTFOUND', '--ignore-certificate-errors-spki-list=def=']
    expect(launch({ args }).args).toEqual([`${OWN[0]},MAP * ~NOTFOUND`, `${OWN[1]},def=`, OWN[2]])
  })

  it('does not send requests to the hosts to a proxy, whether of the options or of the system', () => {
    withoutSystemProxy()
    const server = 'http://proxy.example:3128'
    expect(launch({ proxy: { server } }).proxy).toEqual({
      server,
      bypass: 'mixpanel.com,*.mixpanel.com',
    })
    vi.stubEnv('HTTPS_PROXY', server)
    vi.stubEnv('no_proxy', 'localhost')
    expect(launch({}).env).toMatchObject({
      HTTPS_PROXY: server,
      no_proxy: 'mixpanel.com,.mixpanel.com,localhost',
    })
    expect(launch({ env: { DISPLAY: ':1' } }).env).toEqual({ DISPLAY: ':1' })
  })
})

describe('a proxy', () => {
  const proxy = { server: 'http://proxy.example:3128', bypass: 'localhost' }

  it('is told by its bypass whether it gets requests to the hosts', () => {
    expect(isPast(proxy, hosts)).toBe(false)
    expect(isPast({ server: proxy.server }, hosts)).toBe(false)
    expect(isPast({ ...proxy, bypass: 'mixpanel.com' }, hosts)).toBe(false)
    expect(isPast(pastProxy(proxy, hosts), hosts)).toBe(true)
    expect(pastProxy(proxy, hosts).bypass).toBe('mixpanel.com,*.mixpanel.com,localhost')
  })
})
