import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { finding } from '../../src/core/verdict/finding.ts'
import { writeRows } from '../../src/store/write-batch.ts'
import { NOW_MS, NOW_S, type SharedServers, startSharedServers, trackJson } from '../support/server.ts'
import { type StreamedMessage, StreamReader } from '../support/stream.ts'

/*
 * Rows get their numbers before they are committed, and transactions end in any order: a reader that goes by the highest
 * number misses what comes after it with a lower one. Many writers, who take their time and sometimes give up; readers on
 * both servers, who break off and come back. What each got is compared with what is stored.
 */

const WRITERS = 8
const TRANSACTIONS = 40
/** A reader that gets nothing so often in a row misses something. */
const MAX_VAIN = 8

let servers: SharedServers
let origins: readonly string[]
beforeAll(async () => {
  servers = await startSharedServers(2)
  origins = await Promise.all(servers.apps.map((app) => app.listen({ host: '127.0.0.1', port: 0 })))
})
afterAll(() => servers.close())

/** Which of the numbers in an id is that of the message itself. */
const PLACES: Readonly<Record<string, number>> = { event: 1, link: 2, verdict: 3 }
const nameOf = ({ kind, id }: StreamedMessage) => `${kind} ${id.split('-')[PLACES[kind] ?? 0]}`

/** A reader that breaks off now and then, and goes on at the other server; out: every message it got. */
async function readAll(path: string, isDone: (told: readonly StreamedMessage[]) => boolean) {
  const told: StreamedMessage[] = []
  let [lastId, visits, vain] = ['0', 0, 0]
  while (!isDone(told) && vain < MAX_VAIN) {
    const reader = await StreamReader.open(origins[visits % 2] ?? '', path, { 'last-event-id': lastId })
    const enough = visits % 4 === 3 ? 1 : 60
    for (let looks = 0; looks < 70 && reader.messages.length < enough && !isDone(told); looks++)
      await sleep(10)
    reader.close()
    told.push(...reader.messages)
    lastId = reader.lastId
    vain = reader.messages.length === 0 ? vain + 1 : 0
    visits++
  }
  return told
}

async function writeSlowly(client: pg.PoolClient, project: { id: number; version: number }, name: string) {
  for (let n = 0; n < TRANSACTIONS; n++) {
    await client.query('begin')
    const isLong = Math.random() < 0.05
    for (let part = 0; part < 3; part++) {
      const insertId = `${name} ${n} ${part}`
      await writeRows(client, {
        events: [
          {
            projectId: project.id,
            distinctId: name,
            event: 'E',
            timeMs: NOW_MS,
            insertId,
            receivedAtMs: NOW_MS,
            sizeBytes: 10,
            isImported: false,
            propertiesJson: '{}',
          },
        ],
        verdicts: [
          {
            projectId: project.id,
            receivedAtMs: NOW_MS,
            endpoint: '/track',
            outcome: 'changed',
            severity: 'info',
            finding: finding('auth.api_key_only'),
            ids: [name],
            record: null,
            recordIndex: null,
            sender: null,
          },
        ],
      })
      await sleep(Math.random() * (isLong ? 300 : 15))
    }
    await client.query(Math.random() < 0.15 ? 'rollback' : 'commit')
  }
}

it('each event, link and verdict is told once to every reader, in whatever order they are committed', async () => {
  const project = await servers.createProject()
  const path = `/_twin/projects/${project.token}/stream`
  const { rows } = await servers.db.pool.query<{ id: number; version: number }>(
    'select id, version from project where id = $1',
    [project.records_id],
  )
  const [own] = rows
  if (own === undefined) throw new Error('no project')
  let stored: readonly string[] | undefined
  const isDone = (told: readonly StreamedMessage[]) => stored !== undefined && told.length >= stored.length
  const readers = Array.from({ length: 4 }, () => readAll(path, isDone))
  const pool = new pg.Pool({ ...servers.db.shared.raw.options, max: WRITERS })
  const writers = Array.from({ length: WRITERS }, async (_, n) => {
    const client = await pool.connect()
    await writeSlowly(client, own, `writer ${n}`)
    client.release()
  })
  const senders = servers.apps.map(async (app, at) => {
    for (let n = 0; n < 60; n++) {
      const properties = {
        token: project.token,
        time: NOW_S,
        $insert_id: `${at} ${n}`,
        $device_id: `D${n}`,
        $user_id: `U${at} ${n % 7}`,
      }
      expect((await app.inject(trackJson([{ event: 'Sent', properties }]))).statusCode).toBe(200)
    }
  })
  await Promise.all([...writers, ...senders])
  await pool.end()
  const all = await servers.db.pool.query<{ name: string }>(
    `select 'event ' || seq as name from event where project_id = $1
     union all select 'link ' || seq from identity_link where project_id = $1
     union all select 'verdict ' || seq from verdict where project_id = $1`,
    [own.id],
  )
  stored = all.rows.map(({ name }) => name).toSorted()
  expect(new Set(stored.map((name) => name.split(' ')[0]))).toEqual(new Set(['event', 'link', 'verdict']))
  for (const told of await Promise.all(readers)) {
    expect(told.map(nameOf).toSorted()).toEqual(stored)
  }
})
