/** An address with IPv4-mapped IPv6 (`::ffff:192.0.2.1`) turned into IPv4. */
export function plainAddress(ip: string): string {
  return ip.toLowerCase().startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
}

const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([\da-f:.]+)\])(?::\d+)?$/i

/**
 * An address without the port that some proxies add (`192.0.2.1:5555`, `[2001:db8::1]:443`); any other text unchanged
 * (GEO-09).
 */
export function withoutPort(address: string): string {
  if (!address.includes(':')) return address
  const [, v4, v6] = WITH_PORT.exec(address) ?? []
  return v4 ?? v6 ?? address
}

/** Longer than any address; a proxy may forward any text. */
const MAX_ADDRESS_LENGTH = 64

/**
 * The network that counts as one client: an IPv4 address, or the /64 of an IPv6 address, which is assigned as a whole.
 * Text that is not an address is returned unchanged.
 */
export function networkOf(ip: string): string {
  const address = plainAddress(ip).slice(0, MAX_ADDRESS_LENGTH)
  if (!/^[\da-f:.]*:[\da-f:.]*(%.*)?$/i.test(address)) return address
  const [head = '', tail] = address.replace(/%.*/, '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end counts as two groups.
  const written = before.length + after.length + (address.includes('.') ? 1 : 0)
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, 8 - written)).fill('0')
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
