/** An IPv4 address that came as IPv6 (`::ffff:192.0.2.1`) as itself. */
export function plainAddress(ip: string): string {
  return ip.toLowerCase().startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
}

const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([\da-f:.]+)\])(?::\d+)?$/i

/** An address as some proxies forward it (`192.0.2.1:5555`, `[2001:db8::1]:443`) without the port; else as it is (GEO-09). */
export function withoutPort(address: string): string {
  const [, v4, v6] = WITH_PORT.exec(address) ?? []
  return v4 ?? v6 ?? address
}

/** Longer than any address: what a proxy forwards may be anything. */
const MAX_ADDRESS_LENGTH = 64

/**
 * What is one client by its address: an IPv4 address, or the 64 bits before an IPv6 address that whoever has one is given
 * whole. What is no address stands for itself.
 */
export function networkOf(ip: string): string {
  const address = plainAddress(ip).slice(0, MAX_ADDRESS_LENGTH)
  if (!/^[\da-f:.]*:[\da-f:.]*(%.*)?$/i.test(address)) return address
  const [head = '', tail] = address.replace(/%.*/, '').split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  // An IPv4 address at the end is two groups.
  const written = before.length + after.length + (address.includes('.') ? 1 : 0)
  const zeros = Array<string>(tail === undefined ? 0 : Math.max(0, 8 - written)).fill('0')
  const groups = [...before, ...zeros, ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
