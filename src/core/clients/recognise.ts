import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import type { ClientKey } from './client.ts'

/** The headers of a request that identify its client. */
export interface Arrival {
  readonly encoding: string
  readonly isGzip: boolean
  readonly host: string
  /** Empty if there was none. */
  readonly userAgent: string
}

/** Longer names are cut, so that a client takes little room whatever it sends. */
const MAX_NAME_CHARS = 50
const MAX_HOST_CHARS = 100

/** Events have `mp_lib` in their properties; of profile updates, only those of the two mobile SDKs name their SDK. */
const PROFILE_VERSIONS: readonly (readonly [name: string, lib: string])[] = [
  ['$android_lib_version', 'android'],
  ['$ios_lib_version', 'swift'],
  ['$swift_lib_version', 'swift'],
]

/** Identifies the client of a request by its first record, or else by the program that sent it. */
export function recogniseClient(record: Json, arrival: Arrival): ClientKey {
  const common = {
    encoding: arrival.isGzip ? `${arrival.encoding} gzip` : arrival.encoding,
    host: clean(arrival.host.toLowerCase(), MAX_HOST_CHARS),
  }
  const named = isJsonObject(record) ? (nameInEvent(record) ?? nameInProfile(record)) : undefined
  if (named !== undefined) return { ...named, ...common, userAgent: '' }
  const [product = ''] = /^[^\s;()]+/.exec(arrival.userAgent) ?? []
  const [program = '', version = ''] = product.split('/', 2)
  // Every browser claims to be Mozilla/5.0.
  const isBrowser = program === 'Mozilla'
  return {
    ...common,
    lib: isBrowser ? 'browser' : clean(program, MAX_NAME_CHARS),
    version: isBrowser ? '' : clean(version, MAX_NAME_CHARS),
    userAgent: clean(product, MAX_NAME_CHARS),
  }
}

/** True for two events that name the same SDK, in the same version; false when in doubt. */
export function namesSameClient(a: Json, b: Json): boolean {
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const [{ properties: ofA }, { properties: ofB }] = [a, b]
  if (!isJsonObject(ofA) || !isJsonObject(ofB)) return false
  const lib = ofA['mp_lib']
  return lib === ofB['mp_lib'] && ofA['$lib_version'] === ofB['$lib_version'] && text(lib) !== ''
}

type Named = Pick<ClientKey, 'lib' | 'version'>

function nameInEvent({ properties }: JsonObject): Named | undefined {
  if (!isJsonObject(properties)) return undefined
  const lib = text(properties['mp_lib'])
  return lib === '' ? undefined : { lib, version: text(properties['$lib_version']) }
}

function nameInProfile({ $set, $set_once: once }: JsonObject): Named | undefined {
  for (const values of [$set, once]) {
    if (!isJsonObject(values)) continue
    for (const [name, lib] of PROFILE_VERSIONS) {
      const version = text(values[name])
      if (version !== '') return { lib, version }
    }
  }
  return undefined
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? clean(value, MAX_NAME_CHARS) : ''
}

/** Removes characters that cannot be shown, stored or put between line breaks. */
function clean(value: string, limit: number): string {
  const cut = value.length > limit ? value.slice(0, limit) : value
  // Most texts need no cleaning.
  return /^[\x20-\x7e]*$/.test(cut) ? cut.trim() : cut.toWellFormed().replace(/\p{C}/gu, '').trim()
}
