import { describe, expect, it } from 'vitest'
import { senderKey } from '../../../src/ingest/sender-key.ts'

describe('senderKey', () => {
  it.each([
    ['203.0.113.9', '203.0.113.10', false],
    ['203.0.113.9', '203.0.113.9', true],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.10', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:db8:1:2::1', '2001:0db8:0001:0002:0:0:0:1', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['2001:db8::1', '2001:db8:0:0:5::1', true],
    ['::1', '::2', true],
    ['::1', '1::', false],
    ['', '127.0.0.1', false],
  ])('%s and %s are one sender: %s (SEC-01)', (a, b, isSame) => {
    expect(senderKey(a) === senderKey(b)).toBe(isSame)
    expect(senderKey(a)).toMatch(/^[\w-]{12}$/)
  })
})
