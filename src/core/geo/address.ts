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
