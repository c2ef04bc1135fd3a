import { basic, importJson, NOW_MS, NOW_S, type TestProject, type TestServer, trackJson } from './server.ts'

/** An event of a history: its name, and its properties without token, time and `$insert_id`. */
export type Sent = readonly [event: string, properties: Readonly<Record<string, unknown>>]
/** The same with token, time and `$insert_id`. */
export interface Sendable {
  readonly event: string
  readonly properties: Readonly<Record<string, unknown>>
}
/** Where a history is sent. */
export type Way = 'track' | 'import'

/** A verdict as returned by the API. */
export interface ShownVerdict {
  readonly id: string
  readonly received_at: string
  readonly endpoint: string
  readonly outcome: string
  readonly code: string
  readonly severity: string
  readonly message: string
  readonly advice: string
  readonly rule: string
  readonly record: { readonly event?: string; readonly properties?: Readonly<Record<string, unknown>> } | null
  readonly record_index: number | null
}

/** A user as returned by `GET …/users/:distinct_id`. */
export interface ShownUser {
  readonly distinct_id: string
  readonly distinct_ids: readonly {
    readonly id: string
    readonly role: string
    readonly linked_at: string | null
    readonly linked_by: { readonly event: string; readonly insert_id: string; readonly rule: string } | null
  }[]
  readonly profile: unknown
  readonly events: { readonly count: number; readonly first: string | null; readonly last: string | null }
  readonly merges: readonly Readonly<Record<string, unknown>>[]
  readonly summary: string
  readonly refused: readonly (ShownVerdict & { readonly between?: readonly string[] })[]
  readonly problems: readonly { readonly count: number; readonly newest: ShownVerdict }[]
}

/** A project with methods that send histories of events and read the results. */
export class History {
  readonly server: TestServer
  readonly project: TestProject
  #sent = 0

  constructor(server: TestServer, project: TestProject) {
    this.server = server
    this.project = project
  }

  static async start(server: TestServer, id_management: string, settings: object = {}): Promise<History> {
    return new History(server, await server.createProject({ id_management, settings }))
  }

  /** The records of a history: each a second later than the one before, and with a unique `$insert_id`. */
  records(...sent: readonly Sent[]): readonly Sendable[] {
    return sent.map(([event, properties]) => {
      const n = this.#sent++
      const defaults = { token: this.project.token, time: NOW_S - 3_000 + n, $insert_id: `i-${n}` }
      return { event, properties: { ...defaults, ...properties } }
    })
  }

  /** Sends all events in one request. */
  async batch(way: Way, ...sent: readonly Sent[]) {
    return await this.post(way, this.records(...sent))
  }

  async post(way: Way, records: readonly object[]) {
    const request = way === 'track' ? trackJson(records) : importJson(this.project.token, records)
    return await this.server.send(request)
  }

  /** Sends each event in a separate request. Out: the bodies of the answers. */
  async sendEach(way: Way, ...sent: readonly Sent[]): Promise<readonly string[]> {
    const answers: string[] = []
    for (const one of sent) answers.push((await this.batch(way, one)).body)
    return answers
  }

  /** Each user's ids, the canonical one first, the others sorted; users by canonical id. */
  async users(): Promise<readonly string[]> {
    const users = (await this.listUsers()).toSorted((a, b) => (a.distinct_id < b.distinct_id ? -1 : 1))
    return users.map(({ distinct_id, distinct_ids }) => showIds(distinct_id, distinct_ids))
  }

  /** The result of `/_twin/explain` for the records in one mode: users in the form of `users()`, sorted, and all codes. */
  async explain(mode: string, endpoint: Way, records: readonly Sendable[]) {
    // An import needs no token: its credentials name the project.
    const explained = records.map(({ event, properties: { token, ...others } }) => {
      return { event, properties: endpoint === 'track' ? { token, ...others } : others }
    })
    const payload = { records: explained, endpoint, modes: [mode] }
    const answer = await this.server.send({ method: 'POST', url: '/_twin/explain', payload })
    const result = answer.json<Explained>().modes[mode]
    const users = result?.users.map(({ distinct_id, distinct_ids }) => showIds(distinct_id, distinct_ids))
    const codes = result?.records.flatMap(({ verdicts }) => verdicts.map((verdict) => verdict.code))
    return { users: users?.toSorted(), codes }
  }

  async listUsers() {
    const answer = await this.get('users?limit=1000')
    return answer.json<{
      users: { distinct_id: string; distinct_ids: string[]; events: number }[]
      next: string | null
    }>().users
  }

  async user(distinctId: string): Promise<ShownUser | undefined> {
    const answer = await this.get(`users/${encodeURIComponent(distinctId)}`)
    return answer.statusCode === 200 ? answer.json<ShownUser>() : undefined
  }

  /** The user of each event except identity events, by the event's name. */
  async owners(): Promise<Record<string, string>> {
    return this.#byName((event) => event.distinct_id)
  }

  /** The id under which each event except identity events is stored, by the event's name. */
  async originals(): Promise<Record<string, string>> {
    return this.#byName((event) => event.original_distinct_id)
  }

  async #byName(show: (event: { distinct_id: string; original_distinct_id: string }) => string) {
    const events = await this.server.readEvents(this.project.token)
    return Object.fromEntries(
      events.filter(({ event }) => !isVerb(event)).map((event) => [event.event, show(event)]),
    )
  }

  /** The name and the failure properties of each stored event that has any. */
  async failureReasons(): Promise<readonly (readonly string[])[]> {
    const events = await this.server.readEvents(this.project.token)
    return events.flatMap(({ event, properties }) => {
      const names = ['$identity_failure_reason', '$failure_reason', '$failure_description']
      const reasons = names.flatMap((name) => (name in properties ? [String(properties[name])] : []))
      return reasons.length === 0 ? [] : [[event, ...reasons]]
    })
  }

  async verdicts(query = ''): Promise<readonly ShownVerdict[]> {
    const answer = await this.get(`verdicts?limit=1000&${query}`)
    return answer.json<{ verdicts: ShownVerdict[] }>().verdicts
  }

  async codes(query = ''): Promise<readonly string[]> {
    return (await this.verdicts(query)).map((verdict) => verdict.code)
  }

  /** The lines of the raw export. */
  async export(): Promise<readonly { event: string; properties: Record<string, unknown> }[]> {
    const today = new Date(NOW_MS).toISOString().slice(0, 10)
    const url = `/api/2.0/export?from_date=2020-01-01&to_date=${today}`
    const answer = await this.server.send({ url, headers: basic(this.project.secret) })
    return answer.body
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  async get(path: string) {
    return await this.server.send({ url: `/_twin/projects/${this.project.token}/${path}` })
  }

  async reset(): Promise<number> {
    const url = `/_twin/projects/${this.project.token}/reset`
    return (await this.server.send({ method: 'POST', url })).statusCode
  }
}

interface Explained {
  readonly modes: Readonly<
    Record<
      string,
      {
        readonly users: readonly { readonly distinct_id: string; readonly distinct_ids: readonly string[] }[]
        readonly records: readonly { readonly verdicts: readonly { readonly code: string }[] }[]
      }
    >
  >
}

function showIds(canonical: string, ids: readonly string[]): string {
  return [canonical, ...ids.filter((id) => id !== canonical).toSorted()].join(' ')
}

function isVerb(event: string): boolean {
  return event === '$identify' || event === '$create_alias' || event === '$merge'
}

/** UUIDs of version 4, which SDKs use as anonymous ids. */
export const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
export const A2 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000002'
export const A3 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000003'

/** An event of a device. */
export function onDevice(event: string, $device_id: string): Sent {
  return [event, { $device_id }]
}

/** An event of a user. */
export function asUser(event: string, $user_id: string): Sent {
  return [event, { $user_id }]
}

/** An event that names a device and a user. */
export function withBoth(event: string, $device_id: string, $user_id: string): Sent {
  return [event, { $device_id, $user_id }]
}

/** An event under a distinct_id. */
export function under(event: string, distinct_id: string): Sent {
  return [event, { distinct_id }]
}

export function identify($anon_id: string, $identified_id: string): Sent {
  return ['$identify', { $anon_id, $identified_id, distinct_id: $identified_id }]
}

/** Makes `name` an alias of the id `of`. */
export function alias(name: string, of: string): Sent {
  return ['$create_alias', { alias: name, distinct_id: of }]
}

export function merge(...$distinct_ids: readonly string[]): Sent {
  return ['$merge', { $distinct_ids }]
}
