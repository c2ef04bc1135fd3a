/** A file, and a part of the title of the test there. */
export const ELSEWHERE: Readonly<Record<string, readonly [file: string, title: string]>> = {
  S1: ['sdk/node-track', 'raw + and / of base64 survive the form and the URL (TRK-03)'],
  S2: ['contract/ways-in', 'each carrier (TRK-02, TRK-03, TRK-04, IMP-01, IMP-02, ENG-01, GRP-01)'],
  S3: ['sdk/browser-transports', 'the CESU-8 that the SDK writes for emoji in base64 is understood (TRK-03)'],
  S4: ['sdk/node-track', 'a text over 13 KB goes by GET (TRK-25, PRP-10)'],
  S9: ['sdk/browser-sessions', 'an event tracked with the transport sendBeacon is stored (TRK-02)'],
  S10: ['sdk/browser-origins', 'an answer to a request with credentials can be read (SEC-09)'],
  // The browser gives up where there is no answer at all, so there always is one.
  S11: ['contract/decisions', '503 with Retry-After, never 1'],
  S13: ['sdk/wire-limits', 'S13, S14 (TRK-25, TRK-42)'],
  S14: ['sdk/wire-limits', 'S13, S14 (TRK-25, TRK-42)'],
  S28: ['sdk/browser-sessions', 'identify() sends what was set before it (GEN-09, IDS-27, ENG-11)'],
  S30: ['sdk/wire-limits', 'S30 (TRK-25, FLG-07)'],
  S33: ['sdk/wire-limits', 'S33 (RTL-08, RTL-09)'],
  S35: ['sdk/browser-transports', 'img with the default method sends no data (TRK-11, TRK-13)'],
  S36: ['contract/track-answers', 'an unknown token is answered like any other (TRK-21, GEN-01, TRK-23)'],
}

/** What an SDK does to itself: another host or port than the one it was given. No request comes of it. */
export const KEPT_TO_THEMSELVES = ['S31', 'S34']
