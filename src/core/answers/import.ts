/*
 * The exact words of /import; see ingestion.ts for how to read them.
 */

/** IMP-11, LKP-05, ENG-05. [D] OpenAPI, `reference/replace-lookup-table.mdx`. */
export const SOME_FAILED = 'some data points in the request failed validation'
/** IDS-22. [O] S-01. */
export const NO_IDENTITY_EVENTS =
  'identity events are not allowed when project is using simplified identity management'
/** IMP-32. [I]. */
export const BODY_NOT_JSON = 'request body is not valid JSON'

/** IMP-14. The sentence about a field; row 15 [D] has no quotes. */
export const isInvalid = (field: string, problem: string) => `'${field}' is invalid: ${problem}`

/** Row 1. [I]. */
export const RECORD_NOT_OBJECT = 'record must be a JSON object'
/** Row 2. [O] S-02, S-09. For fields of updates ENG-05, [I]. */
export const missingOrBlank = (field: string) => `'${field}' must not be missing or blank`
/** Row 3. [I]. */
export const NOT_A_STRING = 'must be a string'
/** Row 4. [I]. */
export const PROPERTIES_MISSING = "'properties' must not be missing"
/** Rows 5 [O] S-12, 9 [O] S-02, and 11 [O] mpMigrate#14. */
export const MISSING = 'must not be missing'
/** Row 6. [D] OpenAPI. */
export const TIME_NOT_NUMERIC = 'must be specified as seconds since epoch'
/** Row 7. [I]. */
export const TIME_TOO_EARLY = 'must not be before 1971-01-01'
/** Row 8. [O] S-02, S-12. */
export const TIME_IN_FUTURE = 'must not be in the future'
/** Rows 10 and 14. [I]. */
export const DISALLOWED_VALUE = 'must not be one of the disallowed values'
/** Row 12. [I]. */
export const longerThan = (bytes: number) => `must be at most ${bytes} bytes`
/** Row 13. [O] mixpanel-utils#40. */
export const BAD_INSERT_ID = "must only contain alphanumeric or hyphen '-' characters"
/** Row 15. [D] `reference/import-events.mdx`. */
export const NOT_UTF8 = 'string should be valid utf8'
/** Row 15, the sentence: [D], without quotes. */
export const notUtf8 = (field: string) => `${field} is invalid: ${NOT_UTF8}`
/** Rows 16 to 18. [I]. */
export const tooMany = (what: 'properties' | 'keys' | 'elements') => `must have fewer than 255 ${what}`
/** Row 17. [I]. */
export const deeperThan = (depth: number) => `exceeds maximum nesting depth of ${depth}`
/** Row 19 [I]; ENG-05 for updates, [I]. */
export const largerThan = (what: 'event' | 'record', bytes: number) => `${what} is larger than ${bytes} bytes`
/** Row 20. [O] weakly, S-02: it contains “retention”. */
export const OUTSIDE_RETENTION = 'outside of the retention window'
/** IDO-21. [I]. */
export const NOT_TWO_IDS = 'must contain exactly two ids'

/** ENG-05: `strict=1` of an update whose operation has a value of the wrong type. [I]. */
export const isOfWrongType = (operation: string) => `'${operation}' is invalid`
/** GRP-02: `strict=1` of a group update with a `$distinct_id`. [I]. */
export const isNotAllowed = (field: string) => `'${field}' is not allowed`
