import { isIP } from 'node:net'
import { open, type Reader, type Response } from 'maxmind'
import { plainAddress } from '../core/geo/address.ts'
import type { Locator, Place } from '../core/geo/place.ts'
import { TABLE_LOCATOR } from '../core/geo/table.ts'
import { err, ok, type Result } from '../core/result.ts'

/** Cached addresses: those of a fleet of servers, and of the clients within a minute. */
const CACHED_ADDRESSES = 10_000

/**
 * Opens a database in MaxMind's format: MaxMind's own, DB-IP's, or one of ip-location-db. In: its path. Errors: why it
 * cannot be used.
 */
export async function openLocator(path: string): Promise<Result<Locator, string>> {
  try {
    const reader = await open<Response>(path, { cache: { max: CACHED_ADDRESSES } })
    return ok({
      ofAddress: (ip) => TABLE_LOCATOR.ofAddress(ip) ?? findPlace(reader, plainAddress(ip)),
      ofPoint: TABLE_LOCATOR.ofPoint,
    })
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

function findPlace(reader: Reader<Response>, ip: string): Place | undefined {
  if (isIP(ip) === 0) return undefined
  // A database of IPv4 addresses throws on IPv6.
  if (isIP(ip) === 6 && reader.metadata.ipVersion === 4) return undefined
  return placeOf(reader.get(ip))
}

/** A row of any of these databases as a place; undefined without a country. */
export function placeOf(row: unknown): Place | undefined {
  const countryCode = textAt(row, 'country', 'iso_code') ?? textAt(row, 'country_code')
  if (countryCode === undefined) return undefined
  const city = textAt(row, 'city', 'names', 'en') ?? textAt(row, 'city')
  const region = textAt(row, 'subdivisions', '0', 'names', 'en') ?? textAt(row, 'state1')
  const timezone = textAt(row, 'location', 'time_zone') ?? textAt(row, 'timezone')
  return {
    countryCode,
    ...(city !== undefined && { city }),
    ...(region !== undefined && { region }),
    ...(timezone !== undefined && { timezone }),
  }
}

/** The text at a path of keys, or undefined. */
function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Object.entries(found).find(([key]) => key === name)?.[1]
  }
  return typeof found === 'string' && found !== '' ? found : undefined
}
