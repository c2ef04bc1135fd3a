/** What tells one client from another; empty where it is not known. */
export interface ClientKey {
  /** The SDK as its records name it (`mp_lib`); else the program that the User-Agent names. */
  readonly lib: string
  readonly version: string
  /** How the payload was wrapped, such as `form base64`, with ` gzip` after it where it was compressed. */
  readonly encoding: string
  /** The Host header. */
  readonly host: string
  /** The first word of the User-Agent, where the records do not name the SDK. */
  readonly userAgent: string
}

/** A client that has sent records to a project. */
export interface Client extends ClientKey {
  /** Paths, ascending, each once. */
  readonly endpoints: readonly string[]
  /** Ms since the epoch. */
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  readonly requests: number
  readonly records: number
}

/** Clients of a project that are told apart; what comes after them is one. */
export const MAX_CLIENTS = 50

/** The client that stands for all beyond MAX_CLIENTS. */
export const OTHERS: ClientKey = { lib: 'other', version: '', encoding: '', host: '', userAgent: '' }

/** A text by which clients are told apart; no part holds a line break. */
export function keyOfClient({ lib, version, encoding, host, userAgent }: ClientKey): string {
  return `${lib}\n${version}\n${encoding}\n${host}\n${userAgent}`
}

/** True for the client that stands for others. */
export function standsForOthers(client: ClientKey): boolean {
  return keyOfClient(client) === keyOfClient(OTHERS)
}

/** Two sightings of a client as one. */
export function joinClients(a: Client, b: Client): Client {
  return {
    ...a,
    endpoints: [...new Set([...a.endpoints, ...b.endpoints])].sort(),
    firstSeenMs: Math.min(a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: Math.max(a.lastSeenMs, b.lastSeenMs),
    requests: a.requests + b.requests,
    records: a.records + b.records,
  }
}
