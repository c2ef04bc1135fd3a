import type { SdkSource } from './sdk-scripts.ts'

/** A request that a page sent to one of Mixpanel's hosts. */
export interface RelayedRequest {
  readonly method: string
  readonly url: string
  /** Of the answer; 0 if there was none. */
  readonly status: number
}

/** A test, as the relay knows it. */
export interface Test {
  /** Of its project. */
  readonly token: string
  readonly secret: string
  readonly sdk: SdkSource
  /** The directory that the paths of its settings start from. */
  readonly directory: string
  /** What its pages have sent, oldest first. */
  readonly requests: RelayedRequest[]
}

/** Requests that are kept of a test. */
const MAX_REQUESTS = 1_000

/** Keeps a request of a test. */
export function note({ requests }: Test, request: RelayedRequest): void {
  if (requests.length < MAX_REQUESTS) requests.push(request)
}
