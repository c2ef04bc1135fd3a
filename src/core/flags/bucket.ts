const TWO_TO_32 = 4_294_967_296
/** The low part of the prime 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3
const BUCKETS = 100

/** The bucket of a value for a salt: 0, 0.01, … 0.99, permanently the same, and the same in every SDK. */
export function bucketOf(value: string, salt: string): number {
  const [high, low] = hash(value + salt)
  return (((high % BUCKETS) * (TWO_TO_32 % BUCKETS) + low) % BUCKETS) / BUCKETS
}

/** The hash of a text as 16 hexadecimal digits. */
export function hashOf(text: string): string {
  return hash(text)
    .map((half) => half.toString(16).padStart(8, '0'))
    .join('')
}

/** FNV-1a of 64 bits over the UTF-8 bytes of a text, in halves of 32 bits, since BigInt is slow. */
function hash(text: string): readonly [high: number, low: number] {
  let high = 0xcbf29ce4
  let low = 0x84222325
  for (const byte of Buffer.from(text)) {
    low = (low ^ byte) >>> 0
    // Times 2^40 + 0x1b3: the low half is shifted by 40 bits, so by 8 in the high half.
    const product = low * PRIME_LOW
    const carry = Math.floor(product / TWO_TO_32)
    high = (high * PRIME_LOW + carry + ((low << 8) >>> 0)) % TWO_TO_32
    low = product % TWO_TO_32
  }
  return [high, low]
}
