import { Client } from 'pg'
import { trackRequest } from './events.ts'
import { sendLoad } from './load.ts'
import { type Comparison, compare } from './rounds.ts'

export interface MergePlan {
  readonly port: number
  readonly token: string
  readonly databaseUrl: string
  readonly rounds: number
  /** Earlier events of the two devices. */
  readonly manyEvents: number
  readonly fewEvents: number
}

/** Links timed together: a single one takes a few ms. */
const LINKS_A_ROUND = 20

/**
 * Compares linking a device with many earlier events to linking one with few, in links per second. Before each link,
 * the previous one is undone in the database, and the version of the project raised, so that nothing is known about the
 * device.
 */
export async function measureMerge(plan: MergePlan): Promise<Comparison> {
  const { port, token, databaseUrl, rounds, manyEvents, fewEvents } = plan
  const client = new Client(databaseUrl)
  await client.connect()
  try {
    await client.query('truncate event')
    for (const [device, events] of [
      ['many', manyEvents],
      ['few', fewEvents],
    ] as const) {
      await client.query(ADD_EVENTS, [token, `$device:${device}`, events])
    }
    await client.query('vacuum analyze event')
    const link = async (device: string): Promise<number> => {
      let ms = 0
      for (let at = 0; at < LINKS_A_ROUND; at++) {
        await client.query(UNLINK, [token])
        const ids = { $device_id: device, $user_id: `user-${device}`, time: Date.now() }
        // The first request finds the new version of the project, and an empty cache for it.
        const warm = trackRequest(token, { event: 'E', properties: { ...ids, $device_id: `warm-${device}` } })
        await sendLoad({ port, requests: [warm], connections: 1, expected: '1' })
        const request = trackRequest(token, { event: 'E', properties: ids })
        ms += await sendLoad({ port, requests: [request], connections: 1, expected: '1' })
      }
      await checkLink(client, token, device)
      return (LINKS_A_ROUND / ms) * 1_000
    }
    return await compare(
      rounds,
      () => link('many'),
      () => link('few'),
    )
  } finally {
    await client.end()
  }
}

async function checkLink(client: Client, token: string, device: string): Promise<void> {
  const { rows } = await client.query<{ canonical: string }>(OWNER, [token, `$device:${device}`])
  if (rows[0]?.canonical !== `user-${device}`) throw new Error(`the device ${device} was not linked`)
}

const ADD_EVENTS = `
  insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes,
                     is_imported, properties)
  select p.id, $2, 1700000000000 + n, 1700000000000 + n, 'E', 'i-' || n, 100, true, '{"n": 1}'
  from project p, generate_series(1, $3::integer) as n
  where p.token = $1`

const UNLINK = `
  with project as (update project set version = version + 1 where token = $1 returning id),
  links as (delete from identity_link where project_id = (select id from project))
  delete from identity where project_id = (select id from project)`

const OWNER = `
  select i.canonical from identity i join project p on p.id = i.project_id
  where p.token = $1 and i.distinct_id = $2`
