/*
 * The few types of ASN.1 that a certificate consists of, in DER. The libraries for it (some of selfsigned's 22) take
 * 0.4 s to load, change the global Reflect, and selfsigned sets no key identifiers, without which Python 3.13 refuses a
 * certificate.
 */

/** A value with its tag. In: the contents. */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

function lengthOf(bytes: number): readonly number[] {
  if (bytes < 0x80) return [bytes]
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff]
}

export const sequence = (...values: readonly Uint8Array[]) => tagged(0x30, ...values)
export const setOf = (...values: readonly Uint8Array[]) => tagged(0x31, ...values)
export const octets = (value: Uint8Array) => tagged(0x04, value)
export const utf8 = (text: string) => tagged(0x0c, Buffer.from(text))
export const TRUE = tagged(0x01, Buffer.from([0xff]))

/** A positive integer; the first bit of its bytes must be 0. */
export const integer = (...bytes: readonly number[]) => tagged(0x02, Buffer.from(bytes))

/** Bits, the last `unused` of which do not count. */
export const bits = (value: Uint8Array, unused = 0) => tagged(0x03, Buffer.from([unused]), value)

/** A moment before 2050, in whole seconds. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString()
  return tagged(0x17, Buffer.from(`${text.slice(2, 19).replaceAll(/\D/g, '')}Z`))
}

/** An object identifier, such as `2.5.29.17`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return tagged(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80)
  return digits
}
