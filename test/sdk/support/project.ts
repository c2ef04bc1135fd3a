import { expect } from 'vitest'
import type { NewProjectBody } from '../../../src/api/projects.shape.ts'
import type { SdkServer } from './sdk-server.ts'

/** A project of its own for a test, and its way back: what was stored. */
export interface SdkProject {
  readonly id: number
  readonly token: string
  readonly secret: string
  readonly serviceAccount: { readonly username: string; readonly secret: string }
  /** Every stored event, oldest first, as `GET /api/2.0/export` gives it, times in ms. */
  readonly exported: () => Promise<readonly ExportedEvent[]>
  /** Waits until the export has as many events, for an SDK that does not tell when it is done. */
  readonly exportedOnce: (count: number) => Promise<readonly ExportedEvent[]>
  /** The stored events without duplicates, oldest first, as our own API gives them. */
  readonly events: () => Promise<readonly TwinEvent[]>
  /** Every user, as our own API lists them. */
  readonly users: () => Promise<readonly TwinUser[]>
  /** What was told of the project's records, oldest first. */
  readonly verdicts: () => Promise<readonly TwinVerdict[]>
}

interface MadeProject {
  readonly project_id: number
  readonly token: string
  readonly secret: string
  readonly service_account: SdkProject['serviceAccount']
}

/** A line of the export. */
export interface ExportedEvent {
  readonly event: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** An event of `GET /_twin/projects/:project/events`, as far as the tests look at it. */
export interface TwinEvent {
  readonly event: string
  readonly distinct_id: string
  readonly original_distinct_id: string
  readonly insert_id: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** A user of `GET /_twin/projects/:project/users`. */
interface TwinUser {
  readonly distinct_id: string
  readonly distinct_ids: readonly string[]
  readonly events: number
}

/** A verdict of `GET /_twin/projects/:project/verdicts`, as far as the tests look at it. */
interface TwinVerdict {
  readonly code: string
  readonly rule: string
  readonly severity: 'error' | 'warning' | 'info'
}

/** The Node SDK has no $insert_id, so the server makes one (DDP-05). */
export const madeInsertId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)

const WAIT_MS = 10_000
const FIRST_DAY = '1971-01-01'

/** Makes a project, in simplified mode unless `body` says otherwise. */
export async function createProject(server: SdkServer, body: NewProjectBody = {}): Promise<SdkProject> {
  const made = await server.inject({ method: 'POST', url: '/_twin/projects', payload: body })
  if (made.statusCode !== 201) throw new Error(`no project: ${made.body}`)
  const { project_id: id, token, secret, service_account: serviceAccount } = made.json<MadeProject>()
  const exported = () => readExport(server, secret)
  return {
    id,
    token,
    secret,
    serviceAccount,
    exported,
    exportedOnce: async (count) => {
      await expect.poll(exported, { timeout: WAIT_MS }).toHaveLength(count)
      return await exported()
    },
    events: async () => (await readTwin<{ events: readonly TwinEvent[] }>(server, id, 'events')).events,
    users: async () => (await readTwin<{ users: readonly TwinUser[] }>(server, id, 'users')).users,
    verdicts: async () =>
      (await readTwin<{ verdicts: readonly TwinVerdict[] }>(server, id, 'verdicts')).verdicts,
  }
}

/** The first page of a list of our own API. */
async function readTwin<Page>(server: SdkServer, id: number, list: string): Promise<Page> {
  const answer = await server.inject({ url: `/_twin/projects/${id}/${list}?limit=1000` })
  if (answer.statusCode !== 200) throw new Error(`no ${list}: ${answer.body}`)
  return answer.json<Page>()
}

/**
 * Who is who: users as `canonical, other ids: number of events`, each with its events as `name < id at arrival`
 * (the id where it is not the canonical one) and why their ids failed; verdicts as `rule code`. The devices are
 * called D1, D2, …, and nobody is whose events belong to no user.
 */
export async function whoIsWho({ users, events, verdicts }: SdkProject, devices: readonly string[]) {
  const nameOf = (id: string) => {
    const at = devices.findIndex((device) => id === `$device:${device}`)
    return at < 0 ? id : `D${at + 1}`
  }
  const listed = await users()
  const stored = await events()
  const toLine = ({ event, distinct_id, original_distinct_id, properties }: TwinEvent) => {
    const origin = original_distinct_id === distinct_id ? [] : ['<', nameOf(original_distinct_id)]
    const failures = Object.entries(properties).filter(([name]) => name.endsWith('failure_reason'))
    return [event, ...origin, ...failures.flat()].join(' ')
  }
  const linesOf = (isOwn: (owner: string) => boolean) =>
    stored.filter((event) => isOwn(event.distinct_id)).map(toLine)
  const entries = listed.map(({ distinct_id: canonical, distinct_ids: ids, events: count }) => {
    const names = [canonical, ...ids.filter((id) => id !== canonical)].map(nameOf)
    return [`${names.join(', ')}: ${count}`, linesOf((owner) => owner === canonical)] as const
  })
  const nobodys = linesOf((owner) => !listed.some((user) => user.distinct_id === owner))
  return {
    users: Object.fromEntries(nobodys.length === 0 ? entries : [...entries, ['nobody', nobodys]]),
    verdicts: (await verdicts()).map(({ code, rule }) => `${rule} ${code}`),
  }
}

async function readExport(server: SdkServer, secret: string): Promise<readonly ExportedEvent[]> {
  const today = new Date().toISOString().slice(0, 10)
  const answer = await server.inject({
    url: `/api/2.0/export?from_date=${FIRST_DAY}&to_date=${today}&time_in_ms=true`,
    headers: { authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` },
  })
  if (answer.statusCode !== 200) throw new Error(`no export: ${answer.body}`)
  const lines = answer.body.split('\n').filter((line) => line !== '')
  return lines.map((line): ExportedEvent => JSON.parse(line))
}

/** What an event's line in the export must be: `properties` and what the server adds, and nothing else. */
export function line(event: string, properties: Record<string, unknown>): ExportedEvent {
  return {
    event,
    properties: {
      $mp_api_endpoint: 'api.mixpanel.com',
      $mp_api_timestamp_ms: expect.any(Number),
      mp_processing_time_ms: expect.any(Number),
      $mp_event_size: expect.any(Number),
      ...properties,
    },
  }
}
