import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * The hash that a secret is stored as. Secrets are 128 random bits, safe from dictionaries, so SHA-256 is enough and
 * costs an import nothing.
 */
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}

/** Compares in constant time (SEC-08). */
export function matchesHash(secret: string, hash: Uint8Array): boolean {
  const given = hashSecret(secret)
  return given.length === hash.length && timingSafeEqual(given, hash)
}

/** Compares two secrets of any length in constant time (SEC-08). */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hashSecret(given), hashSecret(expected))
}

/** A new secret or token: 32 hexadecimal digits, like Mixpanel's. */
export function newSecret(): string {
  return randomBytes(16).toString('hex')
}
