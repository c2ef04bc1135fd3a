/** A file, and a part of the title of the test there. */
export const ELSEWHERE: Readonly<Record<string, readonly [file: string, title: string]>> = {
  S1: ['sdk/node-track', 'TRK-03: raw + and / of base64 survive the form and the URL'],
  S2: ['contract/ways-in', 'TRK-02, TRK-03, TRK-04, IMP-01, IMP-02, ENG-01, GRP-01: each carrier'],
  S3: ['sdk/browser-transports', 'TRK-03: the CESU-8 that the SDK writes for emoji in base64 is understood'],
  S4: ['sdk/node-track', 'TRK-25, PRP-10: a text over 13 KB goes by GET'],
  S9: ['sdk/browser-sessions', 'TRK-02: an event tracked with the transport sendBeacon is stored'],
  S10: ['sdk/browser-origins', 'SEC-09: an answer to a request with credentials can be read'],
  // The browser gives up where there is no answer at all, so there always is one.
  S11: ['contract/decisions', '503 with Retry-After, never 1'],
  S13: ['sdk/wire-limits', 'TRK-25, TRK-42: S13, S14'],
  S14: ['sdk/wire-limits', 'TRK-25, TRK-42: S13, S14'],
  S28: ['sdk/browser-sessions', 'GEN-09, IDS-27, ENG-11: identify() sends what was set before it'],
  S30: ['sdk/wire-limits', 'TRK-25, FLG-07: S30'],
  S33: ['sdk/wire-limits', 'RTL-08, RTL-09: S33'],
  S35: ['sdk/browser-transports', 'TRK-11, TRK-13: img with the default method sends no data'],
  S36: ['contract/track-answers', 'TRK-21, GEN-01, TRK-23: an unknown token is answered like any other'],
}

/** What an SDK does to itself: another host or port than the one it was given. No request comes of it. */
export const KEPT_TO_THEMSELVES = ['S31', 'S34']
