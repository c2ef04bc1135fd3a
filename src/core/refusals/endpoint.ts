import type { Params } from '../decode/params.ts'

/** The endpoints with explained records. */
export type Endpoint = '/track' | '/import' | '/engage' | '/groups'

/** A record of each endpoint, as sentences show it. */
export const FORMS: Readonly<Record<Endpoint, string>> = {
  '/track': '{"event":"Sign Up","properties":{"token":"…","distinct_id":"…"}}',
  '/import': '{"event":"Sign Up","properties":{"time":1767225600,"distinct_id":"…","$insert_id":"…"}}',
  '/engage': '{"$token":"…","$distinct_id":"…","$set":{"plan":"pro"}}',
  '/groups': '{"$token":"…","$group_key":"…","$group_id":"…","$set":{"plan":"pro"}}',
}

/** How a refused record was sent. */
export interface Carrier {
  readonly params: Params
  /** An Authorization header came with it. */
  readonly hasCredentials: boolean
}

/** A record that came by itself, as for `/_twin/explain`. */
export const NO_CARRIER: Carrier = { params: { get: () => undefined }, hasCredentials: false }
