import { idText } from '../identity/distinct-id.ts'
import type { Json, JsonObject } from '../json.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import type { Locator, Place, Point } from './place.ts'

/** The sources of a record's location, besides its own fields. */
export interface GeoContext {
  readonly locator: Locator
  /** The client's address, as far as proxies are trusted (GEO-09). */
  readonly requestIp: string
  /** The request allows the use of its address: `ip=1` (GEO-03). */
  readonly usesRequestIp: boolean
  /** Remembers a user located by the request's address. Out: how many there are, once that is worth a finding. */
  readonly remember?: (distinctId: string) => number | undefined
}

/** A place, and how it was determined. */
export interface Located {
  readonly place: Place
  readonly by: 'point' | 'sent_ip' | 'request_ip'
}

/** The point of `$latitude` and `$longitude` in an object, or undefined. */
export function readPoint(bag: JsonObject): Point | undefined {
  const latitude = bag['$latitude']
  const longitude = bag['$longitude']
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  return isOnEarth ? { latitude, longitude } : undefined
}

/**
 * The place of a record: by its point, its address, or the request's address (GEO-02, GEO-04, ENG-24). `sent` is the
 * address as sent, where 0 means none; `mayUseRequest`: the request's address may be used instead.
 */
export function locate(
  bag: JsonObject,
  sent: Json | undefined,
  mayUseRequest: boolean,
  geo: GeoContext,
): Located | undefined {
  const point = readPoint(bag)
  const ofPoint = point === undefined ? undefined : geo.locator.ofPoint(point)
  if (ofPoint !== undefined) return { place: ofPoint, by: 'point' }
  const address = idText(sent)
  if (address === '0') return undefined
  // The request's address takes precedence if it was asked for (GEO-04).
  if (address !== undefined && !geo.usesRequestIp) return of(geo.locator.ofAddress(address), 'sent_ip')
  return mayUseRequest ? of(geo.locator.ofAddress(geo.requestIp), 'request_ip') : undefined
}

function of(place: Place | undefined, by: Located['by']): Located | undefined {
  return place === undefined ? undefined : { place, by }
}

/** The finding on a request address that located so many users that it must be a server's (GEO-06). */
export function serverLocationFindings(
  located: Located,
  distinctId: string,
  { requestIp, remember }: GeoContext,
): readonly Finding[] {
  const users = located.by === 'request_ip' && distinctId !== '' ? remember?.(distinctId) : undefined
  if (users === undefined) return []
  return [finding('geo.server_location', { what: `${users} users were located from ${requestIp}` })]
}
