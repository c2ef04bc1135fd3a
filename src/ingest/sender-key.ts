import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

/** The last address and its key: in a flood, it is the same one. */
let last: { readonly address: string; readonly key: string } | undefined

/**
 * Identifies a sender in stored verdicts: a hash of its IPv4 address, or of its IPv6 /64 network, which is usually one
 * sender's. Addresses themselves are not stored.
 */
export function senderKey(address: string): string {
  if (last?.address === address) return last.key
  const key = createHash('sha256').update(networkOf(address)).digest('base64url').slice(0, 12)
  last = { address, key }
  return key
}

function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('::', 2)
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(8 - left.length - right.length, 0) }, () => '0')
  const groups = tail === undefined ? left : [...left, ...zeros, ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16))
    .join(':')
}
