import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

/** What is remembered of the last address: a flood has one. */
let last: { readonly address: string; readonly key: string } | undefined

/**
 * What tells senders apart where verdicts are kept: a hash of the address, of IPv6 of the network of 64 bits that a
 * sender has to itself. Addresses themselves are not kept.
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
