import { describe, expect, it } from 'vitest'
import { isLoopback, OncePerClient } from '../../../src/http/once-per-client.ts'

describe('ToldOnce', () => {
  it('is first once for each client (TRK-40)', () => {
    const told = new OncePerClient()
    expect(['a', 'b', 'a', 'b', 'c'].map((client) => told.isFirst(client))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ])
  })

  it('starts anew after ten thousand clients, so that memory is bounded (TRK-40)', () => {
    const told = new OncePerClient()
    for (let n = 0; n < 10_000; n++) told.isFirst(`client ${n}`)
    expect(told.isFirst('client 0')).toBe(false)
    expect(told.isFirst('one more')).toBe(true)
    expect(told.isFirst('client 0')).toBe(true)
  })
})

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['203.0.113.127', false],
    ['::2', false],
    ['::ffff:10.0.0.1', false],
    ['', false],
  ])('%s is this machine: %s (TRK-40)', (ip, expected) => {
    expect(isLoopback(ip)).toBe(expected)
  })
})
