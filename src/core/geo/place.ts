/** The place of an address, as far as it is known. */
export interface Place {
  readonly city?: string
  readonly region?: string
  /** Two letters (ISO 3166-1). */
  readonly countryCode?: string
  /** An IANA name. */
  readonly timezone?: string
}

/** A point on the earth, in degrees. */
export interface Point {
  readonly latitude: number
  readonly longitude: number
}

/** Locates addresses and points. */
export interface Locator {
  /** Undefined for text that is not an address, and for private and unknown addresses (GEO-08). */
  readonly ofAddress: (ip: string) => Place | undefined
  /** The nearest known place within reach, or undefined. */
  readonly ofPoint: (point: Point) => Place | undefined
}

/** A place as properties of an event (GEO-01). */
export function eventPlace({ city, region, countryCode }: Place): Readonly<Record<string, string>> {
  return {
    ...(city !== undefined && { $city: city }),
    ...(region !== undefined && { $region: region }),
    ...(countryCode !== undefined && { mp_country_code: countryCode }),
  }
}

/** A place as properties of a profile (GEO-01). */
export function profilePlace(place: Place): Readonly<Record<string, string>> {
  const { city, region, countryCode, timezone } = place
  return {
    ...(city !== undefined && { $city: city }),
    ...(region !== undefined && { $region: region }),
    ...(countryCode !== undefined && { $country_code: countryCode }),
    ...(timezone !== undefined && { $timezone: timezone }),
  }
}
