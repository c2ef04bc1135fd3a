/** A file, and a part of the title of the test there. */
export const HELD_BY_OTHER_TESTS: Readonly<Record<string, readonly [file: string, title: string]>> = {
  S1: ['sdk/node-track', 'raw + and / of base64 survive the form and the URL'],
  S2: ['contract/ways-in', 'each carrier'],
  S3: ['sdk/browser-transports', 'the CESU-8 that the SDK writes for emoji in base64 is understood'],
  S4: ['sdk/node-track', 'a text over 13 KB goes by GET'],
  S9: ['sdk/browser-sessions', 'an event tracked with the transport sendBeacon is stored'],
  S10: ['sdk/browser-origins', 'an answer to a request with credentials can be read'],
  // The browser gives up where there is no answer at all, so there always is one.
  S11: ['contract/decisions', '503 with Retry-After, never 1'],
  S13: ['sdk/wire-limits', 'curl asks before it sends a body of 2 MB, and is told to go on'],
  S14: ['sdk/wire-limits', 'curl asks before it sends a body of 2 MB, and is told to go on'],
  S28: ['sdk/browser-sessions', 'identify() sends what was set before it'],
  S30: ['sdk/wire-limits', 'a body past the limit is answered in JSON'],
  S33: ['sdk/wire-limits', 'ten retries without a pause are all answered'],
  S35: ['sdk/browser-transports', 'img with the default method sends no data'],
  S36: ['contract/track-answers', 'an unknown token is answered like any other'],
}

/** What an SDK does to itself: another host or port than the one it was given. No request comes of it. */
export const KEPT_TO_THEMSELVES = ['S31', 'S34']
