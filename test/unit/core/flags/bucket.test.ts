import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../../../src/core/flags/bucket.ts'

/** FNV-1a as its authors write it. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash
}

describe('the bucket of a user (FLG-02)', () => {
  it.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('is the published FNV-1a of %j, in hundredths', (text, hash) => {
    expect(fnv1a64(text)).toBe(hash)
    expect(bucketOf(text, '')).toBe(Number(hash % 100n) / 100)
  })

  it('is the same hash for any text', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(text, text, (value, salt) => {
        expect(bucketOf(value, salt)).toBe(Number(fnv1a64(value + salt) % 100n) / 100)
      }),
    )
  })

  it('is spread evenly', () => {
    const counts = new Map<number, number>()
    for (let n = 0; n < 20_000; n++) {
      const bucket = bucketOf(`user-${n}`, 'salt')
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
    }
    expect(counts.size).toBe(100)
    expect(Math.min(...counts.values())).toBeGreaterThan(130)
    expect(Math.max(...counts.values())).toBeLessThan(280)
  })
})
