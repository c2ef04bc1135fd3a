import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CITUS_URL } from '../support/citus.ts'
import { onNodes, onTables } from '../support/nodes.ts'
import { profilesJson, type Update } from '../support/profiles.ts'
import {
  importJson,
  NOW_S,
  type SharedServers,
  startSharedServers,
  type TestProject,
  trackJson,
} from '../support/server.ts'

/*
 * Profiles that are written by eight servers on one database at once: whatever is in the way, each update that was
 * answered with 1 is in exactly one profile, and no profile is written more often than it must be.
 */

const SERVERS = 8
const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 10)

let servers: SharedServers
beforeAll(async () => {
  servers = await startSharedServers(SERVERS)
  await onNodes(servers.db, NOTE_WRITES)
  await onTables(servers.db, 'profile', ON_WRITES)
})
afterAll(() => servers.close())

function one(): FastifyInstance {
  const [first] = servers.apps
  if (first === undefined) throw new Error('there is no server')
  return first
}

/** Notes each statement that writes profiles, and each row that it writes. */
const NOTE_WRITES = `
  create table written (level text, op text);
  create function note_write() returns trigger language plpgsql as $$
  begin
    insert into written values (tg_level, tg_op);
    return null;
  end $$`
const ON_WRITES = (table: string) => `
  create trigger note_row after insert or update or delete on ${table}
    for each row execute function note_write();
  create trigger note_statement after insert or update or delete on ${table}
    for each statement execute function note_write();`

async function send(app: FastifyInstance, path: string, project: TestProject, updates: readonly Update[]) {
  const own = updates.map((update) => ({ $token: project.token, ...update }))
  const answer = await app.inject(profilesJson(path, own))
  expect([answer.statusCode, answer.body]).toEqual([200, '1'])
}

/** Every server sends its updates, one request after the other. */
async function sendFromAll(
  project: TestProject,
  updatesOf: (server: number) => readonly Update[],
  path = '/engage',
): Promise<void> {
  await Promise.all(
    servers.apps.map(async (app, at) => {
      for (const update of updatesOf(at)) await send(app, path, project, [update])
    }),
  )
}

const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))

/** The stored profiles without `$last_seen`, by id. */
async function stored(project: TestProject): Promise<Readonly<Record<string, Update>>> {
  const { rows } = await servers.db.pool.query<{ id: string; properties: Update }>(
    `select distinct_id as id, properties - '$last_seen' as properties from profile where project_id = $1`,
    [project.records_id],
  )
  return Object.fromEntries(rows.map(({ id, properties }) => [id, properties]))
}

/** The elements of a list property of all profiles, sorted. */
const elements = (profiles: Readonly<Record<string, Update>>) =>
  Object.values(profiles)
    .flatMap(({ list = [] }) => list as readonly string[])
    .toSorted()

describe('updates of one profile from eight servers', () => {
  it('a hundred times 1 from each make 800 (ENG-14, DEC-06)', async () => {
    const project = await servers.createProject()
    await sendFromAll(project, () => times(100, () => ({ $distinct_id: 'u', $add: { n: 1 } })))
    expect(await stored(project)).toEqual({ u: { n: 800 } })
  }, 300_000)

  it('whoever makes the profile, all are in it (ENG-10, DEC-06)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await servers.createProject()
      await sendFromAll(project, (at) => [
        { $distinct_id: 'u', $append: { list: `${at}` } },
        { $distinct_id: 'u', $union: { list: `${at}` }, $set_once: { first: at } },
      ])
      const { u } = await stored(project)
      expect(elements({ u: u ?? {} })).toEqual(times(SERVERS, String))
      expect(u?.['first']).toBeTypeOf('number')
    }
  }, 180_000)

  it('of a group too (GRP-03, DEC-06)', async () => {
    const project = await servers.createProject({ settings: { group_keys: ['company'] } })
    const group = { $group_key: 'company', $group_id: 'c' }
    await sendFromAll(
      project,
      (at) => times(25, (n) => ({ ...group, $union: { list: [`${at}-${n}`] } })),
      '/groups',
    )
    expect(elements(await stored(project))).toHaveLength(SERVERS * 25)
  }, 180_000)

  it('deletes between them leave what came after the last (ENG-19, DEC-06)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await servers.createProject()
      await sendFromAll(project, (at) =>
        at < 2
          ? times(5, () => ({ $distinct_id: 'u', $delete: '' }))
          : times(5, (n) => ({ $distinct_id: 'u', $append: { list: `${at}-${n}` } })),
      )
      await send(one(), '/engage', project, [{ $distinct_id: 'u', $append: { list: 'last' } }])
      const { list } = (await stored(project))['u'] ?? {}
      expect(list).toContain('last')
      // Each server's own updates are there from some point on, in their order.
      for (const at of times(SERVERS, Number)) {
        const own = (list as readonly string[]).filter((one) => one.startsWith(`${at}-`))
        expect(own).toEqual(times(5, (n) => `${at}-${n}`).slice(5 - own.length))
      }
    }
  }, 180_000)

  it('batches that name the same profiles in opposite orders do not block each other (DEC-06)', async () => {
    const project = await servers.createProject()
    const updates = times(40, (n) => ({ $distinct_id: `u${n}`, $add: { n: 1 } }))
    await Promise.all(
      servers.apps.map(async (app, at) => {
        for (let n = 0; n < 20; n++)
          await send(app, '/engage', project, at % 2 ? updates : updates.toReversed())
      }),
    )
    const counts = Object.values(await stored(project)).map(({ n }) => n)
    expect(counts).toEqual(times(40, () => SERVERS * 20))
  }, 180_000)
})

/** An event that links ids, sent by a server of its own. */
interface Link {
  readonly event: string
  readonly ids: object
}

async function sendLink(app: FastifyInstance, project: TestProject, { event, ids }: Link): Promise<void> {
  const properties = { token: project.token, time: NOW_S - 60, ...ids }
  const isImport = event === '$merge'
  const records = [{ event, properties }]
  const answer = await app.inject(isImport ? importJson(project.token, records, '') : trackJson(records))
  expect([answer.statusCode, answer.body]).toEqual([200, '1'])
}

const merge = (...$distinct_ids: readonly string[]): Link => ({ event: '$merge', ids: { $distinct_ids } })

describe('updates while users are joined', () => {
  const LINKS = 4
  const EACH = 6

  /** Half of the servers link, the others update meanwhile: the id that `idOf` names, each time with another element. */
  async function race(project: TestProject, links: readonly Link[], idOf: (n: number) => string) {
    await Promise.all(
      servers.apps.map(async (app, at) => {
        if (at < LINKS) return await sendLink(app, project, links[at] ?? merge('x', 'x'))
        for (let n = 0; n < EACH; n++) {
          await send(app, '/engage', project, [{ $distinct_id: idOf(n), $append: { list: `${at}-${n}` } }])
        }
      }),
    )
  }
  const ALL = (SERVERS - LINKS) * EACH

  /** Ids that an original project has received, in this order, so that it is known which one a user goes by. */
  async function original(): Promise<TestProject> {
    const project = await servers.createProject({ id_management: 'original' })
    const events = times(5, (n) => ({
      event: 'E',
      properties: { token: project.token, distinct_id: `a${n}`, time: NOW_S },
    }))
    await one().inject(trackJson(events))
    return project
  }
  const CHAIN = times(LINKS, (n) => merge(`a${n}`, `a${n + 1}`))

  it('original: a profile that merges move takes every update along (IDO-24, IDO-25)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await original()
      await race(project, CHAIN, () => 'a4')
      const profiles = await stored(project)
      expect(Object.keys(profiles)).toEqual(['a0'])
      expect(elements(profiles)).toHaveLength(ALL)
      expect(new Set(elements(profiles)).size).toBe(ALL)
    }
  }, 300_000)

  it('original: also where profiles are hidden none loses an update, and one is seen (IDO-24)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await original()
      await race(project, CHAIN, (n) => `a${n % 5}`)
      const profiles = await stored(project)
      expect(new Set(elements(profiles)).size).toBe(ALL)
      expect(elements(profiles)).toHaveLength(ALL)
      expect(profiles).toHaveProperty('a0')
      // Whatever has come since the last merge is there.
      await send(one(), '/engage', project, [{ $distinct_id: 'a4', $append: { list: 'last' } }])
      expect((await stored(project))['a0']?.['list']).toContain('last')
    }
  }, 300_000)

  it('simplified: each update is the device’s, or the user’s (IDS-27, IDS-28)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await servers.createProject()
      const claims = times(LINKS, (n) => ({ event: 'E', ids: { $device_id: 'D', $user_id: `U${n}` } }))
      await race(project, claims, () => '$device:D')
      const profiles = await stored(project)
      expect(new Set(elements(profiles)).size).toBe(ALL)
      expect(elements(profiles)).toHaveLength(ALL)
      // Never two users: the device has one.
      expect(Object.keys(profiles).filter((id) => id !== '$device:D').length).toBeLessThanOrEqual(1)
    }
  }, 300_000)

  it('legacy: each update is the alias’, or its root’s (IDL-10)', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const project = await servers.createProject({ id_management: 'legacy' })
      const aliases = times(LINKS, (n) => ({
        event: '$create_alias',
        ids: { alias: 'sally', distinct_id: `${n}` },
      }))
      await race(project, aliases, () => 'sally')
      const profiles = await stored(project)
      expect(new Set(elements(profiles)).size).toBe(ALL)
      expect(elements(profiles)).toHaveLength(ALL)
      expect(Object.keys(profiles).filter((id) => id !== 'sally').length).toBeLessThanOrEqual(1)
    }
  }, 300_000)
})

describe('what a request writes', () => {
  beforeEach(async () => {
    await written()
  })
  /** Statements and rows written since, as `count operation level`; on Citus only rows, since it splits statements. */
  async function written() {
    const taken = 'with taken as (delete from written returning *) select level, op from taken'
    const counts = new Map<string, number>()
    for (const { level, op } of await onNodes<{ level: string; op: string }>(servers.db, taken)) {
      const what = `${op} ${level}`
      if (isCounted(what)) counts.set(what, (counts.get(what) ?? 0) + 1)
    }
    return [...counts].map(([what, count]) => `${count} ${what}`).toSorted()
  }
  const isCounted = (what: string) => CITUS_URL === undefined || what.endsWith('ROW')
  const expectWritten = async (lines: readonly string[]) =>
    expect(await written()).toEqual(lines.filter(isCounted).toSorted())
  const engage = (project: TestProject, ...updates: readonly Update[]) =>
    send(one(), '/engage', project, updates)
  const INSERTED = ['1 INSERT STATEMENT', '1 INSERT ROW']
  const UPDATED = ['1 UPDATE STATEMENT', '1 UPDATE ROW']

  it('two thousand updates of one profile are one row, written once (GEN-07)', async () => {
    const project = await servers.createProject()
    const updates = times(2_000, (last) => ({ $distinct_id: 'u', $add: { n: 1 }, $unset: [`p${last}`] }))
    await engage(project, ...updates)
    await expectWritten(INSERTED)
    await engage(project, ...updates)
    await expectWritten(UPDATED)
    expect(await stored(project)).toEqual({ u: { n: 4_000 } })
  })

  it('two thousand profiles are two thousand rows, in one statement (ENG-06)', async () => {
    const project = await servers.createProject()
    const updates = times(2_000, (n) => ({ $distinct_id: `u${n % 1_000}`, $append: { list: n } }))
    await engage(project, ...updates)
    await expectWritten(['1 INSERT STATEMENT', '1000 INSERT ROW'])
    await engage(project, ...updates.slice(0, 10), { $distinct_id: 'new', $set: { a: 1 } })
    await expectWritten(['1 INSERT STATEMENT', '1 UPDATE STATEMENT', '1 INSERT ROW', '10 UPDATE ROW'])
  })

  it('all ids of a user are one profile, written once (IDO-25)', async () => {
    const project = await servers.createProject({ id_management: 'original' })
    await sendLink(one(), project, merge('a', 'b'))
    const literal = { $distinct_id: 'b', $ignore_alias: true, $set: { a: 1 } }
    await engage(project, ...['a', 'b', 'a'].map(($distinct_id) => ({ $distinct_id, $add: { n: 1 } })))
    await expectWritten(INSERTED)
    await engage(project, { $distinct_id: 'b', $add: { n: 1 } }, literal)
    await expectWritten(['1 INSERT STATEMENT', '1 UPDATE STATEMENT', '1 INSERT ROW', '1 UPDATE ROW'])
  })

  it.each<[string, Update | undefined, readonly Update[], readonly string[]]>([
    ['what makes none (ENG-10)', undefined, [{ $unset: ['a'] }, { $remove: { a: 1 } }, { $delete: '' }], []],
    ['one that is made and deleted (ENG-19)', undefined, [{ $set: { a: 1 } }, { $delete: '' }], []],
    ['one that is deleted and made (ENG-19)', undefined, [{ $delete: '' }, { $set: { a: 1 } }], INSERTED],
    ['the same, of one that is there (ENG-19)', { a: 0 }, [{ $delete: '' }, { $set: { a: 1 } }], UPDATED],
    ['what changes nothing (ENG-17, ENG-18)', { a: 0 }, [{ $unset: ['b'] }, { $set_once: { a: 2 } }], []],
    ['what is ignored (ENG-14)', { a: 0 }, [{ $add: { a: 'x' } }, { $append: { a: 1 } }], []],
    ['the same value (ENG-12)', { a: 0 }, [{ $set: { a: 0 } }], UPDATED],
  ])('%s', async (_what, before, updates, expected) => {
    const project = await servers.createProject()
    if (before !== undefined) await engage(project, { $distinct_id: 'u', $set: before })
    await written()
    await engage(project, ...updates.map((update) => ({ $distinct_id: 'u', ...update })))
    await expectWritten(expected)
  })

  it('requests that wait for their turn are written together (GEN-07)', async () => {
    const project = await servers.createProject()
    const update = { $distinct_id: 'u', $add: { n: 1 } }
    await Promise.all(times(200, () => engage(project, update)))
    expect(await stored(project)).toEqual({ u: { n: 200 } })
    expect((await written()).map((line) => Number.parseInt(line, 10)).every((count) => count < 20)).toBe(true)
  })
})
