import { type ClientKey, keyOfClient, MAX_CLIENTS, OTHERS, standsForOthers } from '../core/clients/client.ts'
import { type Arrival, namesSameClient, recogniseClient } from '../core/clients/recognise.ts'
import type { Project } from '../core/project.ts'
import type { ProjectClient } from '../store/clients.ts'
import type { SentRecord } from './request.ts'

/** The interval of writes, in ms: one small transaction for all requests in between. */
const WRITE_MS = 1_000
/** Clients of all projects that may wait to be written: some 2 MB. */
const MAX_WAITING = 5_000

/** The requests of a client since it was last written. */
interface Seen {
  readonly endpoints: string[]
  firstSeenMs: number
  lastSeenMs: number
  requests: number
  records: number
}

interface Waiting {
  readonly projectId: number
  readonly key: ClientKey
  readonly seen: Seen
}

/** A request of one record as it arrived, and where it was counted. */
interface Sighting {
  readonly endpoint: string
  readonly arrival: Arrival
  readonly project: Project
  readonly record: SentRecord['record']
  readonly counted: Seen
}

export interface ClientLogOptions {
  readonly write: (clients: readonly ProjectClient[]) => Promise<void>
  /** Now, in ms since the epoch. */
  readonly clock: () => number
  /** Called for each write that failed; its clients are written again with the next. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Records which clients send records to which project. Requests are counted in memory, and the counts written at most
 * once per second. A server that is killed loses the last second.
 */
export class ClientLog {
  readonly #options: ClientLogOptions
  /** By project id and client key. */
  #waiting = new Map<string, Waiting>()
  #perProject = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #isStopped = false
  /** What was counted last, as it arrived: nearly all requests are from the same client as the one before. */
  #last: Sighting | undefined

  constructor(options: ClientLogOptions) {
    this.#options = options
  }

  /** Counts a request once for each project it has records of; a project's first record identifies the client. */
  count(endpoint: string, arrival: Arrival, records: readonly SentRecord[]): void {
    if (this.#countAgain(endpoint, arrival, records)) return
    const isOne = records.length === 1
    for (const [project, sent] of byProject(records)) {
      const nowMs = this.#options.clock()
      const key = recogniseClient(sent.first, arrival)
      const seen = {
        endpoints: [endpoint],
        firstSeenMs: nowMs,
        lastSeenMs: nowMs,
        requests: 1,
        records: sent.count,
      }
      const counted = this.#add(project.id, key, seen)
      if (isOne && counted !== undefined)
        this.#last = { endpoint, arrival, project, record: sent.first, counted }
    }
  }

  /** Counts a request of one record, if it is from the client that was counted last. Out: whether it was. */
  #countAgain(endpoint: string, arrival: Arrival, [record, ...others]: readonly SentRecord[]): boolean {
    const last = this.#last
    if (last === undefined || record?.project !== last.project || others.length > 0) return false
    if (endpoint !== last.endpoint || !areAlike(arrival, last.arrival)) return false
    if (!namesSameClient(record.record, last.record)) return false
    const nowMs = this.#options.clock()
    const { counted } = last
    counted.firstSeenMs = Math.min(counted.firstSeenMs, nowMs)
    counted.lastSeenMs = Math.max(counted.lastSeenMs, nowMs)
    counted.requests++
    counted.records++
    return true
  }

  /** Resolves once all counts up to now are written, or their write has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    await this.#writing
  }

  /** Writes the counts a last time; later ones are not written. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.flush()
  }

  /** Out: what was added to; undefined if there was no room. */
  #add(projectId: number, key: ClientKey, seen: Seen): Seen | undefined {
    const name = `${projectId}\n${keyOfClient(key)}`
    const known = this.#waiting.get(name)
    if (known !== undefined) {
      join(known.seen, seen)
      return known.seen
    }
    if (this.#waiting.size >= MAX_WAITING) return undefined
    const count = this.#perProject.get(projectId) ?? 0
    if (count >= MAX_CLIENTS && !standsForOthers(key)) return this.#add(projectId, OTHERS, seen)
    this.#waiting.set(name, { projectId, key, seen })
    this.#perProject.set(projectId, count + 1)
    if (!this.#isStopped) this.#timer ??= setTimeout(() => void this.flush(), WRITE_MS).unref()
    return seen
  }

  async #write(): Promise<void> {
    const waiting = [...this.#waiting.values()]
    if (waiting.length === 0) return
    this.#waiting = new Map()
    this.#perProject = new Map()
    this.#last = undefined
    try {
      await this.#options.write(waiting.map(({ projectId, key, seen }) => ({ ...key, ...seen, projectId })))
    } catch (error) {
      this.#options.onFailure(error)
      for (const { projectId, key, seen } of waiting) this.#add(projectId, key, seen)
    }
  }
}

function areAlike(a: Arrival, b: Arrival): boolean {
  return (
    a.host === b.host && a.userAgent === b.userAgent && a.encoding === b.encoding && a.isGzip === b.isGzip
  )
}

/** Adds in place, since this runs on every request of a known client. */
function join(known: Seen, seen: Seen): void {
  for (const endpoint of seen.endpoints) {
    if (!known.endpoints.includes(endpoint)) known.endpoints.push(endpoint)
  }
  known.firstSeenMs = Math.min(known.firstSeenMs, seen.firstSeenMs)
  known.lastSeenMs = Math.max(known.lastSeenMs, seen.lastSeenMs)
  known.requests += seen.requests
  known.records += seen.records
}

interface Sent {
  readonly first: SentRecord['record']
  count: number
}

function byProject(records: readonly SentRecord[]): Iterable<readonly [Project, Sent]> {
  const [only] = records
  if (records.length === 1 && only?.project !== undefined) {
    return [[only.project, { first: only.record, count: 1 }]]
  }
  const projects = new Map<Project, Sent>()
  let last: Project | undefined
  let sent: Sent | undefined
  for (const { project, record } of records) {
    if (project === undefined) continue
    if (project !== last || sent === undefined) {
      last = project
      sent = projects.get(project)
      if (sent === undefined) {
        sent = { first: record, count: 0 }
        projects.set(project, sent)
      }
    }
    sent.count++
  }
  return projects
}
