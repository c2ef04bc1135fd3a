import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertTask } from '../../src/store/data-tasks.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import type { JudgedProject } from '../../src/store/locks.ts'
import { setClockOffset } from '../../src/store/project-clock.ts'
import {
  deleteProject,
  findProject,
  insertProject,
  resetProject,
  updateProject,
} from '../../src/store/projects.ts'
import { purgeNext } from '../../src/store/purge.ts'
import { openSession } from '../../src/store/read-profiles.ts'
import { writeBatch } from '../../src/store/write-batch.ts'
import { cloneDatabase } from '../support/database.ts'

/*
 * Events are judged by what was known of their project, and committed later, by one of several servers. A
 * project that changed in between must not take them as they are (writeBatch), and one that is being deleted
 * must not keep some. Real connections, in parallel.
 */

let database: Awaited<ReturnType<typeof cloneDatabase>>
let db: Db
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 16 })
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

let made = 0
async function makeProject() {
  made++
  const project = await insertProject(
    db,
    {
      token: `token-${made}`,
      name: 'n',
      idManagement: 'simplified',
      timezone: 'UTC',
      settings: {},
      secretHash: Buffer.from(`secret-${made}`),
    },
    { username: `account-${made}`, secretHash: Buffer.from('x') },
  )
  if (project === undefined) throw new Error('the token is taken')
  return project
}

function event(projectId: number, insertId: string) {
  return {
    projectId,
    distinctId: 'u',
    event: 'E',
    timeMs: 1_700_000_000_000,
    insertId,
    receivedAtMs: 1_700_000_000_001,
    sizeBytes: 10,
    isImported: false,
    propertiesJson: '{"a":1}',
  }
}

/** Commits events as a server does: at once, or after a wait if another holds the lock. False if a project has changed. */
async function write(
  events: readonly ReturnType<typeof event>[],
  projects: readonly JudgedProject[],
): Promise<boolean> {
  const batch = { events, projects, verdicts: [], firstSeenIds: [] }
  let attempt = await writeBatch(db, batch, 0)
  while (attempt.kind === 'locked') attempt = await writeBatch(db, batch, 500)
  return attempt.kind === 'done'
}

/** Deletes what resets have given up, as the server does after them. */
async function purgeAll(): Promise<void> {
  let at = await purgeNext(db)
  while (at !== undefined) at = await purgeNext(db, at)
}

async function count(projectId: number, table = 'event'): Promise<number> {
  const { rows } = await db.pool.query<{ n: number }>(
    `select count(*)::integer as n from ${table} where project_id = $1`,
    [projectId],
  )
  return rows[0]?.n ?? -1
}

describe('writeBatch', () => {
  it('writes all, or nothing when one of the projects has changed', async () => {
    const [a, b] = [await makeProject(), await makeProject()]
    expect(await write([event(a.id, '1'), event(b.id, '2')], [a, b])).toBe(true)
    await updateProject(db, b.publicId, { name: 'changed' }, 0)
    expect(await write([event(a.id, '3'), event(b.id, '4')], [a, b])).toBe(false)
    expect([await count(a.id), await count(b.id)]).toEqual([1, 1])
    const now = await findProject(db, { publicId: b.publicId })
    expect(await write([event(b.id, '5')], now === undefined ? [] : [now])).toBe(true)
  })

  it.each([
    ['at once', 0],
    ['after a wait', 500],
  ])('writes nothing that was judged by what another database had: %s', async (_when, waitMs) => {
    const project = await makeProject()
    const batch = { events: [event(project.id, '1')], projects: [project], verdicts: [], firstSeenIds: [] }
    const { generation } = db.shared
    expect(await writeBatch(db, { ...batch, generation: generation - 1 }, waitMs)).toEqual({ kind: 'stale' })
    expect(await count(project.id)).toBe(0)
    expect(await writeBatch(db, { ...batch, generation }, waitMs)).toEqual({ kind: 'done' })
  })

  it('never leaves events behind a deleted project, whoever comes first', async () => {
    for (let round = 0; round < 20; round++) {
      const project = await makeProject()
      const inserts = Array.from({ length: 12 }, (_, i) => write([event(project.id, `${i}`)], [project]))
      const [deleted] = await Promise.all([deleteProject(db, project.publicId), ...inserts])
      expect(deleted).toBe(true)
      await purgeAll()
      expect(await count(project.id)).toBe(0)
    }
  })

  it('a mode changes only while there are no records, whoever comes first (IDS-34)', async () => {
    for (let round = 0; round < 20; round++) {
      const project = await makeProject()
      const [change, ...written] = await Promise.all([
        updateProject(db, project.publicId, { idManagement: 'original' }, 0),
        ...Array.from({ length: 4 }, (_, i) => write([event(project.id, `${i}`)], [project])),
      ])
      const isChanged = change.kind === 'changed'
      expect(written.some((isWritten) => isWritten)).toBe(!isChanged)
      expect(await count(project.id)).toBe(written.filter((isWritten) => isWritten).length)
    }
  })

  it('a reset forgets what was committed before it, and nothing else', async () => {
    const [a, b] = [await makeProject(), await makeProject()]
    await write([event(a.id, '1'), event(b.id, '2')], [a, b])
    expect(await resetProject(db, a.publicId)).toBe(true)
    const again = await findProject(db, { publicId: a.publicId })
    expect(again?.id).not.toBe(a.id)
    await purgeAll()
    expect([await count(a.id), await count(b.id)]).toEqual([0, 1])
    // What was judged before it is stale: a server may remember who was who.
    expect(await write([event(a.id, '3')], [a])).toBe(false)
    expect(again && (await write([event(again.id, '3')], [again]))).toBe(true)
  })

  it('a reset leaves nothing of what was being committed, whoever comes first', async () => {
    for (let round = 0; round < 20; round++) {
      const project = await makeProject()
      const [isReset] = await Promise.all([
        resetProject(db, project.publicId),
        ...Array.from({ length: 12 }, (_, i) => write([event(project.id, `${i}`)], [project])),
      ])
      expect(isReset).toBe(true)
      await purgeAll()
      const now = await findProject(db, { publicId: project.publicId })
      expect([await count(project.id), await count(now?.id ?? 0)]).toEqual([0, 0])
    }
  })

  it('a reset deletes nothing itself: it takes no longer for many records than for few', async () => {
    const project = await makeProject()
    await write([event(project.id, '1')], [project])
    await resetProject(db, project.publicId)
    expect(await count(project.id)).toBe(1)
    // Several servers, or one that was stopped in between, may take the deleting up.
    await Promise.all([purgeAll(), purgeAll()])
    expect(await count(project.id)).toBe(0)
  })
})

describe('a change of a busy project', () => {
  it.each([
    ['a change', (publicId: number) => updateProject(db, publicId, { name: 'new' }, 0)],
    ['a clock', (publicId: number) => setClockOffset(db, publicId, 1_000, 0)],
    ['a reset', (publicId: number) => resetProject(db, publicId)],
    ['a deletion', (publicId: number) => deleteProject(db, publicId)],
  ])('%s waits for the commits in progress, and for none that comes later', async (_name, change) => {
    const project = await makeProject()
    const batch = { events: [event(project.id, '1')], projects: [project], verdicts: [], firstSeenIds: [] }
    let isChanged = false
    let commits = 0
    const writers = Array.from({ length: 12 }, async () => {
      while (!isChanged) if ((await writeBatch(db, batch, 500)).kind === 'done') commits++
    })
    await sleep(100)
    const before = commits
    await change(project.publicId)
    isChanged = true
    await Promise.all(writers)
    // Without a queue, a change waits until all writers happen to be between two commits.
    expect(before).toBeGreaterThan(0)
    expect(commits - before).toBeLessThan(200)
  })

  it('commits lock no row of a project, so that they write nothing about it', async () => {
    const project = await makeProject()
    await write([event(project.id, '1')], [project])
    const { rows } = await db.pool.query('select xmax::text from project where id = $1', [project.id])
    expect(rows).toEqual([{ xmax: '0' }])
  })
})

/** Records that are written one by one, each by its table. */
const WRITERS: Readonly<Record<string, (projectId: number, id: string) => Promise<unknown>>> = {
  data_task: (projectId, trackingId) => {
    const asked = { complianceType: 'GDPR', disclosureType: 'DATA', distinctIds: ['u'] } as const
    return insertTask(db, projectId, {
      ...asked,
      trackingId,
      kind: 'retrieval',
      status: 'PENDING',
      requestedAtMs: 1_700_000_000_000,
    })
  },
  query_session: (projectId, id) => {
    const session = { id, atMs: 1_700_000_000_000, pageSize: 1 }
    return openSession(db, { projectId, groupKey: '' }, session)
  },
}

describe.each(Object.entries(WRITERS))('%s', (table, write) => {
  /** A project with a profile, so that a query finds something to keep. */
  async function makeWithProfile() {
    const project = await makeProject()
    await db.pool.query(`insert into profile values ($1, '', 'u', '{}')`, [project.id])
    return project
  }

  it('takes nothing for the records that a reset has given up', async () => {
    const project = await makeWithProfile()
    await write(project.id, 'before')
    expect(await count(project.id, table)).toBe(1)
    await resetProject(db, project.publicId)
    await write(project.id, 'after')
    expect(await count(project.id, table)).toBe(1)
  })

  it('keeps nothing that was being written when a reset came, whoever comes first', async () => {
    for (let round = 0; round < 20; round++) {
      const project = await makeWithProfile()
      await Promise.all([
        resetProject(db, project.publicId).then(purgeAll),
        ...Array.from({ length: 12 }, (_, at) => write(project.id, `${at}`)),
      ])
      expect(await count(project.id, table)).toBe(0)
    }
  })
})
