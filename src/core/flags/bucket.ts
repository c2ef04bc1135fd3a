const TWO_TO_32 = 4_294_967_296
/** The low part of the prime 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3
const BUCKETS = 100

/**
 * The bucket of somebody for a salt: 0, 0.01, … 0.99, the same for ever. FNV-1a of 64 bits over the UTF-8 bytes
 * of both, as every SDK computes it; in halves of 32 bits, since BigInt is slow.
 */
export function bucketOf(value: string, salt: string): number {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of Buffer.from(value + salt)) {
    low = (low ^ byte) >>> 0
    // Times 2^40 + 0x1b3: the low half moves up by 40 bits, so by 8 in the high one.
    const product = low * PRIME_LOW
    const carry = Math.floor(product / TWO_TO_32)
    high = (high * PRIME_LOW + carry + ((low << 8) >>> 0)) % TWO_TO_32
    low = product % TWO_TO_32
  }
  return (((high % BUCKETS) * (TWO_TO_32 % BUCKETS) + low) % BUCKETS) / BUCKETS
}
