/** Records in one ingestion request (TRK-24, IMP-29). */
export const MAX_RECORDS = 2_000

/** Uncompressed bytes of one request's payload (TRK-25, IMP-28). */
export const MAX_REQUEST_BYTES = 10_485_760

/**
 * Bytes of a form body. Base64 and percent-encoding enlarge a payload up to three times, so the body may be larger than
 * what it carries (docs/sdks.md S13).
 */
export const MAX_FORM_BYTES = 3 * MAX_REQUEST_BYTES

/** Bytes that are decoded, parsed and judged in one go; whatever they contain, that takes a few milliseconds. */
export const SMALL_BYTES = 65_536

/** Bytes of one record's JSON (TRK-18h, IMP-14 row 19). */
export const MAX_RECORD_BYTES = 1_048_576

/** Length of strings, event names and property names (PRP-10, PRP-11). */
export const MAX_STRING_LENGTH = 255

/** Properties of an event, keys of an object, elements of an array (PRP-12 to PRP-14, CON-04). */
export const MAX_ELEMENTS = 255

/** Nesting of a property value, itself being level 1 (PRP-13). */
export const MAX_DEPTH = 3

/** JSON bytes of a list or object value on an event (PRP-15). */
export const MAX_CONTAINER_BYTES = 8_192

/** Bytes of an `$insert_id` that strict import takes (IMP-14 row 12). */
export const MAX_INSERT_ID_BYTES = 36

/** How old an event may be on /track: five days, in ms (TRK-28). */
export const TRACK_WINDOW_MS = 432_000_000

/** How far in the future strict import allows a time to be: one hour, in ms (IMP-20). */
export const FUTURE_TOLERANCE_MS = 3_600_000

/** 1971-01-01T00:00:00Z in ms, the earliest time that /import takes (IMP-20). */
export const MIN_IMPORT_TIME_MS = 31_536_000_000

/** Request line and headers, in bytes: the Node SDK sends everything by GET (TRK-25, docs/sdks.md S4). */
export const MAX_HEADER_BYTES = 1_048_576 + 16_384

/** The length from which other servers begin to refuse a GET URL, in bytes (`limit.get_url_long`). */
export const LONG_URL_BYTES = 8_192

/** JSON bytes of a list or object value on a profile (PRP-15). */
export const MAX_PROFILE_CONTAINER_BYTES = 262_144

/**
 * Bytes of a profile as JSON, names included, counting each digit that Postgres writes (1e308 has 309). Every update
 * reads and writes the whole profile, so this is what the other limits are meant for: 2,000 properties of 255 letters,
 * name and value, or four lists of the maximum size.
 */
export const MAX_PROFILE_BYTES = 1_048_576

/** Properties of a profile (ENG-29). */
export const MAX_PROFILE_PROPERTIES = 2_000

/** Uncompressed bytes of a lookup table (LKP-06). */
export const MAX_LOOKUP_BYTES = 104_857_600

/** Rows of all lookup tables of a project together (LKP-06). */
export const MAX_LOOKUP_ROWS = 5_000_000

/** Characters of one row of a lookup table: how much an unclosed quote may consume before it is noticed. */
export const MAX_LOOKUP_ROW_LENGTH = 1_048_576

/** A byte limit as text. */
export function inKilobytes(bytes: number): string {
  return `${bytes / 1_024} KB`
}

/** The number and the age of verdicts kept per project (VRD-01). */
export const MAX_VERDICTS = 10_000
export const MAX_VERDICT_AGE_MS = 2_592_000_000
