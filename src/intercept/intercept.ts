import type { PassThrough } from './hosts.ts'

// No types of Node: this is what users of the package see.

/** What is intercepted, and how. */
export interface InterceptSettings {
  /** Other hosts that may be reached through the proxy. */
  readonly passThrough: PassThrough
  /** The token of the project that any secret and any service account gives access to. */
  readonly project: string | undefined
}

/** A proxy that answers for Mixpanel's hosts, and what its clients need. */
export interface Intercept {
  readonly proxyUrl: string
  /** Of the authority that was made for this run, as PEM text. */
  readonly caCertificate: string
  /** The same in a file, for as long as the server runs. */
  readonly caFile: string
  /** The authority's fingerprint, for Chromium's --ignore-certificate-errors-spki-list. */
  readonly spki: string
  /** The variables that lead a command to the proxy. They are not set in this process. */
  readonly env: Readonly<Record<string, string>>
  /** What came to the proxy, with counts. */
  requests(): readonly InterceptedRequests[]
}

/** What became of requests: `untrusted` is a client that did not accept the certificate, so that it sent none. */
export type Outcome = 'answered' | 'refused' | 'passed' | 'untrusted'

/** Equal requests to a host, for the same projects. */
export interface InterceptedRequests {
  readonly outcome: Outcome
  /** `CONNECT` for a connection whose contents Twinpanel has not seen. */
  readonly method: string
  readonly host: string
  /** Without the query; empty for a connection. */
  readonly path: string
  readonly count: number
  /** The tokens of their records, sorted, as far as they could be read; a few of them at most. */
  readonly tokens: readonly string[]
  /** How many of them had credentials that were refused with status 401. */
  readonly unauthorized: number
}
