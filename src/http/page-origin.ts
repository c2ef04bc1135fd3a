import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'

const PRIVATE = new BlockList()
for (const [net, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const) {
  PRIVATE.addSubnet(net, prefix, 'ipv4')
}
PRIVATE.addAddress('::1', 'ipv6')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

/** Names that nobody can have on the internet: without a dot, and those of RFC 6761, 6762, 8375 and of many routers. */
const PRIVATE_NAME = /^(?:[^.]+|.+\.(?:localhost|local|test|internal|lan|localdomain|home\.arpa))$/i

/**
 * True for the origin of a page that is of this machine or this network: what a developer's own app has. A page without
 * an origin (`null`) may be anybody's: frames in a sandbox have none. Apps and extensions have schemes of their own.
 */
export function isLocalOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, hostname } = new URL(origin)
  if (protocol !== 'http:' && protocol !== 'https:') return true
  const address = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  return family === 0 ? PRIVATE_NAME.test(hostname) : PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * True for a request that a page of the internet has made, as the browser tells it: by Origin with whatever is sent, by
 * Sec-Fetch-Site with pictures, scripts and links. What no browser sends is no page's.
 */
export function isFromForeignPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host = '', referer = 'null' } = headers
  if (origin !== undefined) return !isLocalOrigin(origin)
  const site = headers['sec-fetch-site']
  if (site === 'cross-site') return !isLocalOrigin(referer)
  // A name of the internet that leads here was made to: the page under it is its owner's.
  return (site === 'same-origin' || site === 'same-site') && !isLocalOrigin(`http://${host}`)
}
