import { describe, expect, it } from 'vitest'
import { eventPlace, profilePlace } from '../../../../src/core/geo/place.ts'
import { type GeoContext, locate, readPoint } from '../../../../src/core/geo/sources.ts'
import { TABLE_LOCATOR } from '../../../../src/core/geo/table.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'

const REQUEST_IP = '203.0.113.9'
const OSLO = '192.0.2.1'
const SAN_FRANCISCO = { $latitude: 37.77, $longitude: -122.42 }

function cityOf(bag: JsonObject, sent: Json | undefined, mayUseRequest: boolean, usesRequestIp = false) {
  const geo: GeoContext = { locator: TABLE_LOCATOR, requestIp: REQUEST_IP, usesRequestIp }
  const located = locate(bag, sent, mayUseRequest, geo)
  return located && [located.place.city, located.by]
}

describe('locate', () => {
  it.each<readonly [string, JsonObject, Json | undefined, boolean, boolean, unknown]>([
    ['nothing', {}, undefined, false, false, undefined],
    ['the request', {}, undefined, true, false, ['Tokyo', 'request_ip']],
    ['an address', {}, OSLO, true, false, ['Oslo', 'sent_ip']],
    ['an address, IPv6', {}, `::ffff:${OSLO}`, false, false, ['Oslo', 'sent_ip']],
    ['a point', SAN_FRANCISCO, OSLO, true, true, ['San Francisco', 'point']],
    ['a point nobody knows', { $latitude: 0, $longitude: 0 }, OSLO, true, false, ['Oslo', 'sent_ip']],
    ['the request, where it is asked for', {}, OSLO, true, true, ['Tokyo', 'request_ip']],
    ['0', {}, '0', true, true, undefined],
    ['the number 0', {}, 0, true, true, undefined],
    ['a private address', {}, '10.0.0.1', true, false, undefined],
    ['no address', {}, 'nonsense', true, false, undefined],
    ['an empty one', {}, '', true, false, ['Tokyo', 'request_ip']],
  ])('by %s (GEO-02, GEO-04)', (_name, bag, sent, mayUseRequest, usesRequestIp, expected) => {
    expect(cityOf(bag, sent, mayUseRequest, usesRequestIp)).toEqual(expected)
  })
})

describe('readPoint', () => {
  it.each<readonly [JsonObject, unknown]>([
    [SAN_FRANCISCO, { latitude: 37.77, longitude: -122.42 }],
    [
      { $latitude: -90, $longitude: 180 },
      { latitude: -90, longitude: 180 },
    ],
    [{ $latitude: 90.1, $longitude: 0 }, undefined],
    [{ $latitude: 0, $longitude: -180.1 }, undefined],
    [{ $latitude: '1', $longitude: 1 }, undefined],
    [{ $latitude: 1 }, undefined],
  ])('of %j (GEO-02)', (bag, point) => {
    expect(readPoint(bag)).toEqual(point)
  })
})

describe('a place', () => {
  it('is three properties of an event and four of a profile (GEO-01)', () => {
    const place = TABLE_LOCATOR.ofAddress('136.24.0.114') ?? {}
    expect(eventPlace(place)).toEqual({
      $city: 'San Francisco',
      $region: 'California',
      mp_country_code: 'US',
    })
    expect(profilePlace(place)).toEqual({
      $city: 'San Francisco',
      $region: 'California',
      $country_code: 'US',
      $timezone: 'America/Los_Angeles',
    })
  })

  it('reaches 50 km around its middle (GEO-07)', () => {
    expect(TABLE_LOCATOR.ofPoint({ latitude: 60.3, longitude: 10.75 })?.city).toBe('Oslo')
    expect(TABLE_LOCATOR.ofPoint({ latitude: 60.5, longitude: 10.75 })).toBeUndefined()
  })

  it.each(['192.0.2.0', '192.0.2.255', '198.51.100.7', '203.0.113.9', '136.24.0.114'])(
    'is known of %s (GEO-07)',
    (ip) => {
      expect(TABLE_LOCATOR.ofAddress(ip)).toBeDefined()
    },
  )

  it.each(['192.0.20.1', '136.24.0.115', '136.24.0.1140', '127.0.0.1', '::1', ''])(
    'is not known of %j (GEO-08)',
    (ip) => {
      expect(TABLE_LOCATOR.ofAddress(ip)).toBeUndefined()
    },
  )
})
