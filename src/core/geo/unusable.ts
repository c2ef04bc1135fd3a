import type { Json } from '../json.ts'
import { showValue } from '../refusals/words.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { plainAddress, withoutPort } from './address.ts'

/** Longer texts are cut, and not examined further. */
const MAX_CHARS = 1_024

const PUBLIC = 'Send the public address of the user; behind a proxy that is the first of X-Forwarded-For'
const NONE = 'or 0 for no location'

/**
 * The finding on an address, sent as `field`, that no database can know (GEO-08); undefined for one that may have a
 * place. An empty text, null and 0 mean that none was sent.
 */
export function unusableAddress(field: string, sent: Json | undefined): Finding | undefined {
  if (sent === undefined || sent === null || sent === '' || sent === 0 || sent === '0') return undefined
  const problem = problemOf(sent)
  if (problem === undefined) return undefined
  const [what, send] = problem
  return finding('geo.address_unusable', { field, value: showValue(sent), what, send })
}

type Problem = readonly [what: string, send: string]

function problemOf(sent: Json): Problem | undefined {
  if (sent === 1 || sent === true || sent === '1' || sent === 'true') {
    return ['not an address', 'Send ip=1 as a parameter of the URL to use the address of the request']
  }
  if (typeof sent !== 'string') return ['not a string', `Send the address as a string, ${NONE}`]
  const parts = sent
    .slice(0, MAX_CHARS)
    .trim()
    .split(/[\s,;]+/)
  const [first = ''] = parts
  if (parts.length > 1 && parts.some(isAddress)) {
    const client = parts.map(withoutPort).find((part) => isAddress(part) && !isPrivate(part)) ?? first
    return ['a list of addresses', `Send one: ${client}`]
  }
  const bare = withoutPort(first)
  if (parts.length > 1 || !isAddress(bare)) return ['not an address', `${PUBLIC}, ${NONE}`]
  if (isPrivate(bare)) return ['a private address', `${PUBLIC}, ${NONE}`]
  if (bare !== first) return ['with a port', `Send ${bare}`]
  return first === sent ? undefined : ['with spaces around it', `Send ${first}`]
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
const IPV6 = /^[\da-f]{0,4}(:[\da-f.]*){2,8}$/i

function isAddress(text: string): boolean {
  const address = plainAddress(withoutPort(text))
  const [, ...numbers] = IPV4.exec(address) ?? []
  return numbers.length > 0 ? numbers.every((number) => Number(number) <= 255) : IPV6.test(address)
}

/** Addresses that are not public: private, loopback, link-local, carrier-grade NAT, and unspecified. */
const PRIVATE =
  /^(10\.|127\.|0\.0\.0\.0$|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1?$|f[cd][\da-f]{2}:|fe[89ab][\da-f]:)/i

function isPrivate(text: string): boolean {
  return PRIVATE.test(plainAddress(withoutPort(text)))
}
