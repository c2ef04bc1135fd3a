import { expect, it } from 'vitest'
import { networkOf } from '../../../../src/core/geo/address.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:1::', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
  ['unknown', 'unknown'],
  ['_hidden:80', '_hidden:80'],
])('%j is of the client %j', (address, client) => {
  expect(networkOf(address)).toBe(client)
})

it('addresses of one network are one client, those of the next another', () => {
  const inOne = ['2001:db8:0:1::', '2001:db8:0:1:ffff:ffff:ffff:ffff'].map(networkOf)
  expect(new Set(inOne).size).toBe(1)
  expect(networkOf('2001:db8:0:2::')).not.toBe(inOne[0])
})

it('what a proxy forwards may be of any length and form, and is cut', () => {
  for (const text of ['x'.repeat(10_000), ':'.repeat(10_000), '::1::'.repeat(2_000), '1:'.repeat(9)]) {
    expect(networkOf(text).length).toBeLessThanOrEqual(64)
  }
})
