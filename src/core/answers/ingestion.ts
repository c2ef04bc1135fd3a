/*
 * Mixpanel's exact words on /track, /engage and /groups. Each has the rule that says when it is sent, and where it was
 * seen; the marks are those of docs/contract/README.md. A new measurement is a change of one line here.
 */

/** TRK-13, TRK-18a. [O] S-04, S-09. */
export const NO_DATA = 'data, missing or empty'
/** TRK-13. [O] zevarito/mixpanel#84, on /engage. */
export const DATA_NOT_BASE64 = 'data, invalid base64 encoding'
/** TRK-13. [O] mixpanel-unity#74, on /track. */
export const DATA_NOT_JSON = 'data, invalid json encoding'

/** TRK-27, IMP-30. [D] OpenAPI `TooManyRequests`; [O] mixpanel-node#231. */
export const RATE_EXCEEDED =
  'Project exceeded rate limits. Please retry the request with exponential backoff.'
