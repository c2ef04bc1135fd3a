import { plainAddress } from './address.ts'
import type { Locator, Place, Point } from './place.ts'

/** A network that is always known, so that tests have an answer with any database (GEO-07). */
interface KnownNetwork {
  /** The first three numbers of a network, or all four of an address. */
  readonly prefix: string
  readonly place: Place
  readonly at: Point
}

/** The documentation's example address, and the three networks that RFC 5737 reserves for documentation. */
const NETWORKS: readonly KnownNetwork[] = [
  {
    prefix: '136.24.0.114',
    place: {
      city: 'San Francisco',
      region: 'California',
      countryCode: 'US',
      timezone: 'America/Los_Angeles',
    },
    at: { latitude: 37.7749, longitude: -122.4194 },
  },
  {
    prefix: '192.0.2.',
    place: { city: 'Oslo', region: 'Oslo', countryCode: 'NO', timezone: 'Europe/Oslo' },
    at: { latitude: 59.9139, longitude: 10.7522 },
  },
  {
    prefix: '198.51.100.',
    place: { city: 'São Paulo', region: 'São Paulo', countryCode: 'BR', timezone: 'America/Sao_Paulo' },
    at: { latitude: -23.5505, longitude: -46.6333 },
  },
  {
    prefix: '203.0.113.',
    place: { city: 'Tokyo', region: 'Tokyo', countryCode: 'JP', timezone: 'Asia/Tokyo' },
    at: { latitude: 35.6762, longitude: 139.6503 },
  },
]

/** The maximum distance of a point from a known place, in km. */
const REACH_KM = 50
const EARTH_RADIUS_KM = 6_371

/** Locates the addresses reserved for documentation. */
export const TABLE_LOCATOR: Locator = {
  ofAddress: (ip) => {
    const address = plainAddress(ip)
    return NETWORKS.find(({ prefix }) => isIn(address, prefix))?.place
  },
  ofPoint: (point) => {
    const near = NETWORKS.map(({ place, at }) => ({ place, km: distanceKm(point, at) }))
    return near.toSorted((a, b) => a.km - b.km).find(({ km }) => km <= REACH_KM)?.place
  },
}

function isIn(ip: string, prefix: string): boolean {
  if (!prefix.endsWith('.')) return ip === prefix
  return ip.startsWith(prefix) && /^\d{1,3}$/.test(ip.slice(prefix.length))
}

/** Great-circle distance. */
function distanceKm(a: Point, b: Point): number {
  const [latA, latB] = [radians(a.latitude), radians(b.latitude)]
  const byLatitude = Math.sin((latB - latA) / 2) ** 2
  const byLongitude = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  return (
    2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(byLatitude + Math.cos(latA) * Math.cos(latB) * byLongitude))
  )
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
