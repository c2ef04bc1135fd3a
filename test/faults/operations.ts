import type { Message } from './send.ts'

/** The projects that the traffic goes to: one for each way in which ids are merged. */
export interface Project {
  readonly token: string
  readonly secret: string
}

export interface Projects {
  readonly simplified: Project
  readonly original: Project
}

export const KINDS = ['track', 'import', 'link', 'identify', 'set', 'add', 'group'] as const

export type Kind = (typeof KINDS)[number]

/** What is expected of an operation that was acknowledged. All names and ids contain the operation's own. */
export interface Operation {
  readonly id: string
  readonly kind: Kind
  readonly project: Project
  readonly message: Message
  /** The `$insert_id`s of its events. */
  readonly insertIds: readonly string[]
  /** The anonymous event that a link gives to a user. */
  readonly linked?: { readonly insertId: string; readonly user: string }
  /** The profile that it changes. */
  readonly profile?: string
  /** Of `set`: the value. */
  readonly value?: number
}

/** Every so many operations of a client, its profile is another one. */
const OPERATIONS_PER_PROFILE = 40
const EVENTS_PER_IMPORT = 20
export const GROUP_KEY = 'company'
/** The profile that all clients count up. */
export const SHARED_PROFILE = 'everyone'

/** The operation of a client with this number. In: what distinguishes the round from others on the same projects. */
export function makeOperation(kind: Kind, projects: Projects, client: number, number: number): Operation {
  const id = `${client}-${number}`
  const project = kind === 'identify' ? projects.original : projects.simplified
  const { token } = project
  const event = (name: string, at: number, properties: object) => ({
    event: name,
    properties: { token, time: Date.now(), $insert_id: insertId(id, at), ...properties },
  })
  const base = { id, kind, project, insertIds: [] }
  const profile = `p${client}-${Math.floor(number / OPERATIONS_PER_PROFILE)}`
  const own = { $token: token, $distinct_id: profile }
  switch (kind) {
    case 'track': {
      const events = Array.from({ length: 1 + (number % 5) }, (_, at) =>
        event('Track', at, { distinct_id: `u${client}`, op: id }),
      )
      return { ...base, insertIds: idsOf(id, events.length), message: message('/track', events) }
    }
    case 'import': {
      const events = Array.from({ length: EVENTS_PER_IMPORT }, (_, at) =>
        event('Import', at, { distinct_id: `i${client}-${at}`, op: id }),
      )
      const credentials = Buffer.from(`${project.secret}:`).toString('base64')
      const headers = { authorization: `Basic ${credentials}` }
      return {
        ...base,
        insertIds: idsOf(id, events.length),
        message: { ...message('/import?strict=1', events), headers },
      }
    }
    case 'link': {
      const [$device_id, user] = [`d${id}`, `l${profile}`]
      const events = [event('Link', 0, { $device_id }), event('Link', 1, { $device_id, $user_id: user })]
      const linked = { insertId: insertId(id, 0), user }
      return { ...base, insertIds: idsOf(id, 2), linked, message: message('/track', events) }
    }
    case 'identify': {
      // It must be a UUID to be linked.
      const digits = String(client * 10_000_000 + number).padStart(12, '0')
      const [anonymous, user] = [`00000000-0000-4000-8000-${digits}`, `o${id}`]
      const events = [
        event('Anonymous', 0, { distinct_id: anonymous }),
        event('$identify', 1, { distinct_id: user, $identified_id: user, $anon_id: anonymous }),
      ]
      const linked = { insertId: insertId(id, 0), user }
      return { ...base, insertIds: idsOf(id, 2), linked, message: message('/track', events) }
    }
    case 'set':
      return {
        ...base,
        profile,
        value: number,
        message: message('/engage', [{ ...own, $set: { last: number } }]),
      }
    case 'add': {
      const updates = [
        { ...own, $add: { n: 1 } },
        { ...own, $append: { ops: id } },
        { $token: token, $distinct_id: SHARED_PROFILE, $add: { n: 1 } },
      ]
      return { ...base, profile, message: message('/engage', updates) }
    }
    case 'group': {
      const update = { $token: token, $group_key: GROUP_KEY, $group_id: profile, $union: { ops: [id] } }
      return { ...base, profile, message: message('/groups', [update]) }
    }
  }
}

function message(path: string, records: readonly object[]): Message {
  return { path, body: JSON.stringify(records) }
}

function insertId(id: string, at: number): string {
  return `${id}-${at}`
}

function idsOf(id: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => insertId(id, at))
}
