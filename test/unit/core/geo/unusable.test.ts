import { describe, expect, it } from 'vitest'
import { unusableAddress } from '../../../../src/core/geo/unusable.ts'
import type { Json } from '../../../../src/core/json.ts'

const PUBLIC = 'Send the public address of the user'

describe('an address that was sent', () => {
  it.each<[Json, string, string]>([
    ['203.0.113.9, 10.0.0.1', 'a list of addresses', 'Send one: 203.0.113.9'],
    ['10.0.0.1, 203.0.113.9:80', 'a list of addresses', 'Send one: 203.0.113.9'],
    ['10.0.0.1 10.0.0.2', 'a list of addresses', 'Send one: 10.0.0.1'],
    ['203.0.113.9:443', 'with a port', 'Send 203.0.113.9'],
    ['[2001:db8::1]:443', 'with a port', 'Send 2001:db8::1'],
    [' 203.0.113.9', 'with spaces around it', 'Send 203.0.113.9'],
    ['10.1.2.3', 'a private address', PUBLIC],
    ['172.31.0.1', 'a private address', PUBLIC],
    ['192.168.1.1:80', 'a private address', PUBLIC],
    ['100.64.0.1', 'a private address', PUBLIC],
    ['127.0.0.1', 'a private address', PUBLIC],
    ['::1', 'a private address', PUBLIC],
    ['fd00::1', 'a private address', PUBLIC],
    ['fe80::1', 'a private address', PUBLIC],
    ['::ffff:10.0.0.1', 'a private address', PUBLIC],
    ['unknown', 'not an address', PUBLIC],
    ['999.1.1.1', 'not an address', PUBLIC],
    ['example.com:80', 'not an address', PUBLIC],
    ['{{ip}}', 'not an address', PUBLIC],
    [1, 'not an address', 'Send ip=1 as a parameter of the URL'],
    [true, 'not an address', 'Send ip=1 as a parameter of the URL'],
    [['203.0.113.9'], 'not a string', 'as a string'],
    [{}, 'not a string', 'as a string'],
  ])('%j is %s (DIA-95)', (sent, what, send) => {
    const values = unusableAddress('ip', sent)?.values
    expect(values?.['what']).toBe(what)
    expect(values?.['send']).toContain(send)
  })

  it.each<Json | undefined>([
    undefined,
    null,
    '',
    0,
    '0',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '203.0.113.0',
    '2a00:1450:4001:82b::200e',
    '::ffff:8.8.8.8',
  ])('%j is none, or may be known (DIA-95)', (sent) => {
    expect(unusableAddress('ip', sent)).toBeUndefined()
  })
})
