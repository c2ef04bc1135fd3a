import { idText } from '../identity/distinct-id.ts'
import type { Json, JsonObject } from '../json.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import type { Locator, Place, Point } from './place.ts'

/** What a record may be located by, beside itself. */
export interface GeoContext {
  readonly locator: Locator
  /** The client's address, as far as proxies are trusted (GEO-09). */
  readonly requestIp: string
  /** The request says that its address may be used: `ip=1` (GEO-03). */
  readonly usesRequestIp: boolean
  /** Remembers who was located by the request's address: how many there were, once they are so many that it is told. */
  readonly remember?: (distinctId: string) => number | undefined
}

/** Where a record is, and how that is known. */
export interface Located {
  readonly place: Place
  readonly by: 'point' | 'sent_ip' | 'request_ip'
}

/** The point that a bag names as `$latitude` and `$longitude`; undefined where it names none. */
export function readPoint(bag: JsonObject): Point | undefined {
  const [latitude, longitude] = [bag['$latitude'], bag['$longitude']]
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  const isOnEarth = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  return isOnEarth ? { latitude, longitude } : undefined
}

/**
 * Where a record is: by its point, by the address that it names, by the request's (GEO-02, GEO-04, ENG-24). `sent` is
 * the address as sent, where 0 says that there shall be none; `mayUseRequest` is whether the request's may stand in.
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
  // The request's own address wins where it is asked for (GEO-04).
  if (address !== undefined && !geo.usesRequestIp) return of(geo.locator.ofAddress(address), 'sent_ip')
  return mayUseRequest ? of(geo.locator.ofAddress(geo.requestIp), 'request_ip') : undefined
}

function of(place: Place | undefined, by: Located['by']): Located | undefined {
  return place === undefined ? undefined : { place, by }
}

/** What to tell of a record that its request's address has located: that so many were that it is a server's (GEO-06). */
export function serverLocationFindings(
  located: Located,
  distinctId: string,
  { requestIp, remember }: GeoContext,
): readonly Finding[] {
  const users = located.by === 'request_ip' && distinctId !== '' ? remember?.(distinctId) : undefined
  if (users === undefined) return []
  return [finding('geo.server_location', { what: `${users} users were located from ${requestIp}` })]
}
