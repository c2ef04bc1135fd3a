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

/**
 * Names that cannot exist on the internet: those without a dot, and those of RFC 6761, 6762, 8375 and of many routers.
 */
const PRIVATE_NAME = /^(?:[^.]+|.+\.(?:localhost|local|test|internal|lan|localdomain|home\.arpa))$/i

/**
 * True for the origin of a page on this machine or this network, such as a developer's own app. The origin `null` may
 * be anybody's, since sandboxed frames have it. Apps and extensions have their own schemes.
 */
export function isLocalOrigin(origin: string): boolean {
  const known = ORIGINS.get(origin)
  if (known !== undefined) return known
  const found = findLocalOrigin(origin)
  if (ORIGINS.size >= MAX_ORIGINS) ORIGINS.clear()
  if (origin.length <= MAX_ORIGIN_CHARS) ORIGINS.set(origin, found)
  return found
}

/** The origins asked about last: pages send each request with the same, and parsing it takes microseconds. */
const ORIGINS = new Map<string, boolean>()
const MAX_ORIGINS = 100
const MAX_ORIGIN_CHARS = 300

function findLocalOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, hostname } = new URL(origin)
  if (protocol !== 'http:' && protocol !== 'https:') return true
  const address = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  return family === 0 ? PRIVATE_NAME.test(hostname) : PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * True for a request made by a page on the internet, according to the browser: by Origin if it is sent, or by
 * Sec-Fetch-Site for images, scripts and links. Clients other than browsers send neither.
 */
export function isFromForeignPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host = '', referer = 'null' } = headers
  if (origin !== undefined) return !isLocalOrigin(origin)
  const site = headers['sec-fetch-site']
  if (site === 'cross-site') return !isLocalOrigin(referer)
  // An internet name that resolves to this server was set up to: the page under it belongs to its owner.
  return (site === 'same-origin' || site === 'same-site') && !isLocalOrigin(`http://${host}`)
}
