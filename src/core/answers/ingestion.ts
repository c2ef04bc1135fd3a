/*
 * The exact words of Mixpanel's ingestion API: in this file those of /track, /engage and /groups, and of refusals that
 * they share with /import. Each has the rule that says when it is sent and how it is known, by the marks of
 * docs/contract/README.md, so that the next measurement changes one line. What only Twinpanel says is not here.
 */

/** TRK-13, TRK-18 a, ENG-03. [O] S-04, S-09. */
export const NO_DATA = 'data, missing or empty'
/** TRK-13. [O] zevarito/mixpanel#84, on /engage. */
export const DATA_NOT_BASE64 = 'data, invalid base64 encoding'
/** TRK-13. [O] mixpanel-unity#74, on /track. */
export const DATA_NOT_JSON = 'data, invalid json encoding'

/** TRK-18 c to f, ENG-03, GRP-02. [O] S-03 for `$token`; for other fields as it says below, or [I]. */
export const missingOrEmpty = <Field extends string>(field: Field) => `${field}, missing or empty` as const
/** TRK-18 b. [O] S-03. */
export const EVENT_MISSING = 'event, missing'
/** TRK-18 c. [I]. */
export const EVENT_EMPTY = missingOrEmpty('event')
/** TRK-18 d. [I]. */
export const PROPERTIES_EMPTY = missingOrEmpty('properties')
/** TRK-18 e, GDP-01. [O] weakly: mocks of third parties. */
export const TOKEN_EMPTY = missingOrEmpty('token')
/** TRK-18 f. [O] mixpanel-python#132. */
export const DISTINCT_ID_EMPTY = missingOrEmpty('distinct_id')
/** ENG-03, of an operation's value of the wrong type. [I]. */
export const invalid = (field: string) => `${field}, invalid`
/** TRK-18 g. [I]. */
export const TIME_INVALID = 'time, invalid'
/** TRK-18 h. [I]. */
export const EVENT_TOO_LARGE = 'event, too large'
/** ENG-03. [I]. */
export const UPDATE_TOO_LARGE = 'record, too large'
/** TRK-28, where the project answers 0. [I] (CON-05). */
export const TIME_TOO_OLD = 'time, too old'
/** TRK-38. [I]. */
export const MERGE_NOT_ON_TRACK = '$merge is only accepted by /import'
/** ENG-03. [I]. */
export const NO_OPERATION = 'no valid operation'
/** GRP-02. [I]; that it is refused [O] mixpanel-swift#539. */
export const DISTINCT_ID_NOT_ALLOWED = '$distinct_id, not allowed'

/** TRK-25, IMP-28: bytes [D] OpenAPI, with another number (CON-14). TRK-24, IMP-29, LKP-06: the others [I]. */
export const exceedsLimit = (limit: number, unit: 'bytes' | 'events' | 'rows' | 'bytes of URL') =>
  `request exceeds max limit of ${limit} ${unit}`
/** TRK-27, IMP-30. [D] OpenAPI; [O] mixpanel-node#231. */
export const RATE_EXCEEDED =
  'Project exceeded rate limits. Please retry the request with exponential backoff.'
/** DEC-08. [O] mixpanel-flutter#88, as `{"error":…,"status":0}`. */
export const TEMPORARY_FAILURE = 'a temporary failure occurred'
