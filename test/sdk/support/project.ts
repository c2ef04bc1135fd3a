import { expect } from 'vitest'
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
  readonly original_distinct_id: string
  readonly insert_id: string
}

/** The Node SDK has no $insert_id, so the server makes one (DDP-05). */
export const madeInsertId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)

const WAIT_MS = 10_000
const FIRST_DAY = '1971-01-01'

/** Makes a project, in simplified mode. */
export async function createProject(server: SdkServer): Promise<SdkProject> {
  const made = await server.inject({ method: 'POST', url: '/_twin/projects', payload: {} })
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
    events: async () => {
      const answer = await server.inject({ url: `/_twin/projects/${id}/events?limit=1000` })
      if (answer.statusCode !== 200) throw new Error(`no events: ${answer.body}`)
      return answer.json<{ events: readonly TwinEvent[] }>().events
    },
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
