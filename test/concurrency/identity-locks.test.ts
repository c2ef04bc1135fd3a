import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inIdentityTransaction } from '../../src/store/locks.ts'
import { findProject } from '../../src/store/projects.ts'
import { NOW_S, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

/*
 * What waits for whom. A connection beside the server holds a lock; what is answered meanwhile does not need it.
 */

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const A2 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000002'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const track = (project: TestProject, event: string, ...all: readonly object[]) =>
  server.send(trackJson(all.map((ids) => ({ event, properties: { token: project.token, ...ids } }))))

/** Runs something while another connection holds a lock. */
async function whileLocked(statement: string, run: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await server.db.pool.connect()
  try {
    await client.query('begin')
    await client.query(statement)
    await run(client)
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** Expects a request to wait for the lock, and to be answered once it is free. */
async function expectToWait(client: PoolClient, request: ReturnType<typeof track>): Promise<void> {
  expect(await Promise.race([request, sleep(200, 'waits')])).toBe('waits')
  await client.query('rollback')
  expect((await request).body).toBe('1')
}

const NO_IDENTITY_ROW = 'lock table identity, identity_link in access exclusive mode'
const identityLock = (project: TestProject) =>
  `select pg_advisory_xact_lock(7001, ${Number(project.records_id)} % 256)`

describe('simplified projects', () => {
  it.each([
    ['a known pair', { $device_id: 'D1', $user_id: 'U1' }],
    ['a known device', { $device_id: 'D1' }],
    ['a user', { $user_id: 'U1' }],
    ['a new device', { $device_id: 'D9' }],
    ['a pair that was refused', { $device_id: 'D1', $user_id: 'U2' }],
  ])('%s touches no row of identity (IDS-08)', async (_name, ids) => {
    const project = await server.createProject()
    await track(project, 'E', { $device_id: 'D1', $user_id: 'U1' })
    await whileLocked(NO_IDENTITY_ROW, async () => {
      expect((await track(project, 'E', ids)).body).toBe('1')
    })
  })

  it('a new link waits for its turn (IDS-03)', async () => {
    const project = await server.createProject()
    await whileLocked(identityLock(project), async (client) => {
      await expectToWait(client, track(project, 'E', { $device_id: 'D1', $user_id: 'U1' }))
    })
  })

  it('a link of another project does not (IDS-31)', async () => {
    const [one, other] = [await server.createProject(), await server.createProject()]
    await whileLocked(identityLock(one), async () => {
      expect((await track(other, 'E', { $device_id: 'D1', $user_id: 'U1' })).body).toBe('1')
    })
  })
})

describe('original projects', () => {
  it.each([
    ['an event', 'E', { distinct_id: 'U1' }],
    ['an event of an id never seen', 'E', { distinct_id: 'new' }],
    ['the same pair again', '$identify', { $anon_id: A1, $identified_id: 'U1' }],
    ['an id that is somebody’s', '$identify', { $anon_id: A1, $identified_id: 'U2' }],
    ['an id of the wrong form', '$identify', { $anon_id: 'x', $identified_id: 'U1' }],
    ['an alias that is taken', '$create_alias', { distinct_id: 'U2', alias: 'k' }],
  ])('%s takes no identity lock (IDO-33)', async (_name, event, ids) => {
    const project = await server.createProject({ id_management: 'original' })
    await track(project, '$identify', { $anon_id: A1, $identified_id: 'U1' })
    await track(project, '$create_alias', { distinct_id: 'U1', alias: 'k' })
    await whileLocked(identityLock(project), async () => {
      expect((await track(project, event, ids)).body).toBe('1')
    })
  })

  it('a new pair waits for its turn (IDO-33)', async () => {
    const project = await server.createProject({ id_management: 'original' })
    await whileLocked(identityLock(project), async (client) => {
      await expectToWait(client, track(project, '$identify', { $anon_id: A2, $identified_id: 'U1' }))
    })
  })

  it('a merge that is too large is refused before anything is written (IDO-22)', async () => {
    const settings = { id_cluster_max: 2 }
    const project = await server.createProject({ id_management: 'original', settings })
    await track(project, '$identify', { $anon_id: A1, $identified_id: 'U1' })
    await track(project, 'E', { distinct_id: A2 })
    const before = await rowVersions(project)
    await track(project, '$identify', { $anon_id: A2, $identified_id: 'U1' })
    expect(await rowVersions(project)).toEqual(before)
  })
})

/** Each identity row and the transaction that wrote it. */
async function rowVersions(project: TestProject) {
  const text = 'select distinct_id, xmin from identity where project_id = $1 order by 1'
  return (await server.db.pool.query(text, [project.records_id])).rows
}

/** How many transactions wrote the project's events. */
async function transactionsOf(project: TestProject): Promise<number> {
  const text = 'select count(distinct xmin::text)::integer as n from event where project_id = $1'
  const { rows } = await server.db.pool.query<{ n: number }>(text, [project.records_id])
  return rows[0]?.n ?? -1
}

describe('a project whose lock another server holds', () => {
  const device = (n: number) => ({ $device_id: `D${n}`, $user_id: `U${n}` })
  const projectLock = (project: TestProject) =>
    `select pg_advisory_xact_lock(7000, ${Number(project.records_id)} % 256)`

  it.each([
    ['its identity lock', identityLock, (project: TestProject, n: number) => track(project, 'E', device(n))],
    [
      'its lock',
      projectLock,
      (project: TestProject, n: number) => track(project, 'E', { distinct_id: `u${n}` }),
    ],
  ])(
    '%s: requests of others are committed at once, and its own when it is free (DEC-08)',
    async (_what, lockOf, send) => {
      const [held, free] = [await server.createProject(), await server.createProject()]
      await whileLocked(lockOf(held), async (client) => {
        const waiting = Array.from({ length: 8 }, (_, n) => send(held, n))
        for (let n = 0; n < 5; n++) {
          const both = [send(free, n), send(held, 10 + n)] as const
          waiting.push(both[1])
          // Longer than a commit takes on a slow machine, and shorter than a wait for a lock.
          expect(await Promise.race([both[0], sleep(2_500)])).toMatchObject({ body: '1' })
        }
        expect(await Promise.race([...waiting, sleep(50, 'wait')])).toBe('wait')
        await client.query('rollback')
        expect((await Promise.all(waiting)).map(({ body }) => body)).toEqual(waiting.map(() => '1'))
      })
      const { rows } = await server.db.pool.query<{ n: number }>(
        'select count(*)::integer as n from event where project_id = any($1) group by project_id order by n',
        [[held.records_id, free.records_id]],
      )
      expect(rows.map(({ n }) => n)).toEqual([5, 13])
    },
  )

  it('a request for several projects waits for it without holding the others (DEC-08)', async () => {
    const [one, held] = [await server.createProject(), await server.createProject()]
    await whileLocked(identityLock(held), async (client) => {
      const records = [one, held].map(({ token }) => ({ event: 'E', properties: { token, ...device(1) } }))
      const both = server.send(trackJson(records))
      await sleep(100)
      expect((await track(one, 'E', device(2))).body).toBe('1')
      await expectToWait(client, both)
    })
  })
})

describe('storms', () => {
  const pairs = Array.from({ length: 400 }, (_, n) => ({
    $anon_id: `4f6d1a3e-0b1c-4d2e-8f3a-${String(n).padStart(12, '0')}`,
    $identified_id: 'U1',
    time: NOW_S,
  }))

  it('a batch of identify calls for one user is one transaction (IDO-31)', async () => {
    const project = await server.createProject({ id_management: 'original' })
    expect((await track(project, '$identify', ...pairs)).body).toBe('1')
    expect(await transactionsOf(project)).toBe(1)
    const user = await server.send({ url: `/_twin/projects/${project.token}/users/U1` })
    expect(user.json().distinct_ids).toHaveLength(401)
  })

  it('requests that wait for their turn are decided together (IDO-31)', async () => {
    const project = await server.createProject({ id_management: 'original' })
    const answers = await Promise.all(pairs.slice(0, 64).map((pair) => track(project, '$identify', pair)))
    expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(['1']))
    expect(await transactionsOf(project)).toBeLessThan(10)
    const user = await server.send({ url: `/_twin/projects/${project.token}/users/U1` })
    expect(user.json().distinct_ids).toHaveLength(65)
  })
})

describe('an identity transaction', () => {
  it('has limits of its own, and none is left when it is over (DEC-08)', async () => {
    const { project_id: publicId } = await server.createProject()
    const project = await findProject(server.db, { publicId })
    const limits = await inIdentityTransaction(server.db, project ? [project] : [], async (tx) => {
      const { rows } = await tx.query<{ limits: string }>(
        `select concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'),
                          current_setting('idle_in_transaction_session_timeout')) as limits`,
      )
      return rows[0]?.limits
    })
    expect(limits).toBe('5s 20s 20s')
    const { rows } = await server.db.pool.query('show lock_timeout')
    expect(rows).toEqual([{ lock_timeout: '10s' }])
  })

  it('is not run for a project that has changed since (DEC-06)', async () => {
    const { project_id: publicId, token } = await server.createProject()
    const project = await findProject(server.db, { publicId })
    await server.send({ method: 'POST', url: `/_twin/projects/${token}/reset` })
    const run = inIdentityTransaction(server.db, project ? [project] : [], async () => 'ran')
    expect(await run).toBeUndefined()
  })

  it('a reset forgets who was who, also what servers remember (DEC-06)', async () => {
    const project = await server.createProject()
    await track(project, 'E', { $device_id: 'D1', $user_id: 'U1' })
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    await track(project, 'E', { $device_id: 'D1', $user_id: 'U2' })
    const user = await server.send({ url: `/_twin/projects/${project.token}/users/${'%24device%3AD1'}` })
    expect(user.json().distinct_id).toBe('U2')
  })
})
