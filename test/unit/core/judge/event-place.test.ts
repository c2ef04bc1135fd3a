import { describe, expect, it } from 'vitest'
import type { Locator } from '../../../../src/core/geo/place.ts'
import type { JsonObject } from '../../../../src/core/json.ts'
import { buildEvent } from '../../../../src/core/judge/build-event.ts'
import { aContext, aProject, NEW_ID } from '../../build.ts'

const PLACES: Readonly<Record<string, string>> = { '192.0.2.7': 'Oslo', '192.0.2.8': 'Bergen' }

const LOCATOR: Locator = {
  ofAddress: (ip) => {
    const city = PLACES[ip]
    return city === undefined
      ? undefined
      : { city, region: 'Region', countryCode: 'NO', timezone: 'Europe/Oslo' }
  },
  ofPoint: () => ({ city: 'Tromsø' }),
}

interface How {
  readonly requestIp?: string
  readonly usesRequestIp?: boolean
  readonly isImported?: boolean
  readonly fromRequest?: boolean
  readonly users?: number
}

/** The city that an event is stored with, and what is said about its place. */
function placeOf(
  sent: JsonObject,
  { requestIp = '192.0.2.8', usesRequestIp = false, isImported = false, fromRequest = true, users }: How,
) {
  const project = aProject({}, { import_geo_from_request: fromRequest })
  const geo = { locator: LOCATOR, requestIp, usesRequestIp, remember: () => users }
  const properties = { distinct_id: 'u', ...sent }
  const record = { event: 'E', properties }
  const valid = {
    record,
    event: 'E',
    properties,
    timeMs: undefined,
    insertId: { text: NEW_ID, findings: [] },
    isImported,
  }
  const { event, findings } = buildEvent(valid, aContext(project, { geo }))
  const stored = JSON.parse(event.propertiesJson)
  const what = findings
    .filter(({ code }) => code === 'geo.server_location')
    .map(({ values }) => values['what'])
  return [stored.$city, stored.mp_country_code, ...what]
}

describe('the place of an event', () => {
  it.each<[title: string, sent: JsonObject, how: How, place: readonly unknown[]]>([
    ['is that of its own ip', { ip: '192.0.2.7' }, {}, ['Oslo', 'NO']],
    ['is none without an address', {}, {}, [undefined, undefined]],
    ['is that of the request with ip=1', {}, { usesRequestIp: true }, ['Bergen', 'NO']],
    [
      'is that of the request with ip=1, whatever its own',
      { ip: '192.0.2.7' },
      { usesRequestIp: true },
      ['Bergen', 'NO'],
    ],
    ['is that of an import’s request', {}, { isImported: true }, ['Bergen', 'NO']],
    ['is that of an imported event’s own ip', { ip: '192.0.2.7' }, { isImported: true }, ['Oslo', 'NO']],
    [
      'is none of an import if the project says so',
      {},
      { isImported: true, fromRequest: false },
      [undefined, undefined],
    ],
    ['is none of an import with ip 0', { ip: '0' }, { isImported: true }, [undefined, undefined]],
    [
      'is that of a point before any address',
      { $latitude: 1, $longitude: 2, ip: '192.0.2.7' },
      {},
      ['Tromsø', undefined],
    ],
    ['leaves what the event says itself', { $city: 'Hamar', ip: '192.0.2.7' }, {}, ['Hamar', 'NO']],
  ])('%s (GEO-02, GEO-03, GEO-04)', (_title, sent, how, place) => {
    expect(placeOf(sent, how)).toEqual(place)
  })

  it.each<[title: string, sent: JsonObject, how: How, what: readonly string[]]>([
    [
      'an address that ip=1 made useless',
      { ip: '192.0.2.7' },
      { usesRequestIp: true, requestIp: '10.0.0.1' },
      ['10.0.0.1, the address of the request, is not known'],
    ],
    ['not one of 0', { ip: '0' }, { usesRequestIp: true, requestIp: '10.0.0.1' }, []],
    ['nor an event without one', {}, { usesRequestIp: true, requestIp: '10.0.0.1' }, []],
    ['nor one that was used', { ip: '10.0.0.1' }, {}, []],
    [
      'many users of one address',
      {},
      { usesRequestIp: true, users: 10 },
      ['10 users were located from 192.0.2.8'],
    ],
    ['not of their own addresses', { ip: '192.0.2.7' }, { users: 10 }, []],
  ])('says: %s (GEO-04, GEO-06)', (_title, sent, how, what) => {
    expect(placeOf(sent, how).slice(2)).toEqual(what)
  })
})
