import { describe, expect, it } from 'vitest'
import { isFromForeignPage, isLocalOrigin } from '../../../src/http/page-origin.ts'

describe('the origin of a page', () => {
  it.each([
    'http://localhost:3000',
    'https://shop.localhost',
    'http://127.0.0.1:8080',
    'http://[::1]:5173',
    'http://10.1.2.3',
    'http://172.16.0.1',
    'http://172.31.255.255',
    'http://192.168.1.20:3000',
    'http://169.254.1.1',
    'http://100.64.0.1',
    'http://[fd00::1]',
    'http://[fe80::1]',
    'http://[::ffff:192.168.1.1]',
    'http://web:3000',
    'https://laptop.local',
    'https://a.test',
    'http://printer.lan',
    'http://nas.home.arpa',
    'https://app.corp.internal',
    'capacitor://localhost',
    'chrome-extension://abcdefghijklmnop',
    'app://.',
  ])('%s is of this machine or network', (origin) => {
    expect(isLocalOrigin(origin)).toBe(true)
  })

  it.each([
    'https://evil.example',
    'http://203.0.113.9',
    'http://172.15.255.255',
    'http://172.32.0.0',
    'http://11.0.0.0',
    'http://192.169.0.0',
    'http://100.128.0.0',
    'http://[2001:db8::1]',
    'http://[::ffff:203.0.113.9]',
    'https://localhost.evil.example',
    'https://evil.example/localhost',
    'http://localhost@evil.example',
    'https://127.0.0.1.evil.example',
    'http://2130706433.evil',
    'null',
    '',
    'nonsense',
  ])('%j may be anybody’s', (origin) => {
    expect(isLocalOrigin(origin)).toBe(false)
  })
})

describe('a page of the internet has sent it', () => {
  const foreign = 'https://evil.example'
  it.each([
    ['what it posts', { origin: foreign }, true],
    ['a frame in a sandbox', { origin: 'null', 'sec-fetch-site': 'cross-site' }, true],
    ['a picture', { 'sec-fetch-site': 'cross-site', referer: `${foreign}/` }, true],
    ['a picture without a referrer', { 'sec-fetch-site': 'cross-site' }, true],
    ['under a name that leads here', { 'sec-fetch-site': 'same-origin', host: 'evil.example:4100' }, true],
    ['a local app', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, false],
    ['its picture', { 'sec-fetch-site': 'same-site', host: 'localhost:4100' }, false],
    [
      'an app in the network, its picture',
      { 'sec-fetch-site': 'cross-site', referer: 'http://10.0.0.2/' },
      false,
    ],
    ['our own page', { origin: 'http://localhost:4100', 'sec-fetch-site': 'same-origin' }, false],
    ['whoever types the address', { 'sec-fetch-site': 'none', host: 'localhost:4100' }, false],
    ['a server', { host: 'twinpanel.example' }, false],
  ])('%s', (_what, headers, expected) => {
    expect(isFromForeignPage(headers)).toBe(expected)
  })
})
