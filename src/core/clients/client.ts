/** What distinguishes clients; empty fields are not known. */
export interface ClientKey {
  /** The SDK as its records name it (`mp_lib`), or else the program in the User-Agent. */
  readonly lib: string
  readonly version: string
  /** The encoding of the payload, such as `form base64`, followed by ` gzip` if it was compressed. */
  readonly encoding: string
  /** The Host header. */
  readonly host: string
  /** The first word of the User-Agent, if the records do not name the SDK. */
  readonly userAgent: string
}

/** A client that has sent records to a project. */
export interface Client extends ClientKey {
  /** Paths, ascending, without repetition. */
  readonly endpoints: readonly string[]
  /** Ms since the epoch. */
  readonly firstSeenMs: number
  readonly lastSeenMs: number
  readonly requests: number
  readonly records: number
}

/** Clients of a project that are distinguished; further ones are counted as one. */
export const MAX_CLIENTS = 50

/** Stands for all clients beyond MAX_CLIENTS. */
export const OTHERS: ClientKey = { lib: 'other', version: '', encoding: '', host: '', userAgent: '' }

/** A key that distinguishes clients; no part contains a line break. */
export function keyOfClient({ lib, version, encoding, host, userAgent }: ClientKey): string {
  return `${lib}\n${version}\n${encoding}\n${host}\n${userAgent}`
}

/** True for the client that counts for all further ones. */
export function standsForOthers(client: ClientKey): boolean {
  return keyOfClient(client) === keyOfClient(OTHERS)
}

/** Combines two sightings of a client. */
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
