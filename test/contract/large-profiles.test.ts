import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onNodes, onTables } from '../support/nodes.ts'
import { Profiles, profilesJson, type Update } from '../support/profiles.ts'
import { startServer, type TestServer } from '../support/server.ts'

/* What updates of large profiles may make the server write (ENG-29), and that each profile is written once a commit. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  await onNodes(server.db, NOTE_WRITES)
  await onTables(server.db, 'profile', ON_WRITES)
})
afterAll(() => server.close())

/** Notes each statement that writes profiles, and the bytes of each row that it writes. */
const NOTE_WRITES = `
  create table written (op text, level text, bytes integer);
  create function note_write() returns trigger language plpgsql as $$
  begin
    insert into written values (tg_op, tg_level, case when tg_level = 'ROW' then octet_length(new.properties::text) end);
    return null;
  end $$`
const ON_WRITES = (table: string) => `
  create trigger note_row after insert or update on ${table} for each row execute function note_write();
  create trigger note_statement after insert or update on ${table} for each statement execute function note_write();`

interface Written {
  readonly op: string
  readonly level: string
  readonly count: number
  readonly bytes: number
}

/** What was written since, on all servers. */
async function written(): Promise<readonly Written[]> {
  const counted = await onNodes<Written>(
    server.db,
    `with gone as (delete from written returning *)
     select op, level, count(*)::integer as count, coalesce(sum(bytes), 0)::integer as bytes
     from gone group by op, level order by op, level`,
  )
  const sums = new Map<string, Written>()
  for (const row of counted) {
    const { count = 0, bytes = 0 } = sums.get(`${row.op} ${row.level}`) ?? {}
    sums.set(`${row.op} ${row.level}`, { ...row, count: count + row.count, bytes: bytes + row.bytes })
  }
  return [...sums.values()]
}

/** Stores profiles u0, u1, … of so many KB each: texts that Postgres compresses, unless told otherwise. */
async function store(own: Profiles, count: number, kb: number, storage = 'extended'): Promise<void> {
  const setStorage = (table: string) => `alter table ${table} alter column properties set storage ${storage}`
  await onTables(server.db, 'profile', setStorage)
  await server.db.pool.query(
    `insert into profile (project_id, group_key, distinct_id, properties)
     select $1, '', 'u' || u, jsonb_build_object('l', jsonb_build_array(repeat('x', $3 * 1024)))
     from generate_series(0, $2 - 1) as u`,
    [own.project.records_id, count, kb],
  )
  await written()
}

const add = (own: Profiles, ids: readonly string[], n = 1) => {
  return profilesJson(
    '/engage',
    ids.map((id): Update => ({ $token: own.project.token, $distinct_id: id, $add: { n } })),
  )
}
const ids = (count: number) => Array.from({ length: count }, (_, n) => `u${n}`)

describe('updates of large profiles (ENG-29)', () => {
  it('those of one profile that are committed together write it once (DEC-06)', async () => {
    const own = await Profiles.start(server)
    await store(own, 2, 900)
    const [first] = await Promise.all(
      Array.from({ length: 100 }, () => server.send(add(own, ['u0', 'u1', 'u0']))),
    )
    expect(first?.body).toBe('1')
    // While the first are written the others come, and go together: two rows each time.
    const [row] = await written()
    expect(row).toMatchObject({ op: 'UPDATE', level: 'ROW' })
    expect(row?.count).toBeLessThanOrEqual(20)
    expect(await own.profile('u0')).toMatchObject({ n: 200 })
    expect(await own.profile('u1')).toMatchObject({ n: 100 })
  })

  it.each(['extended', 'external'])(
    'are a 429 once they have rewritten 32 MB, with how long to wait; others are not (%s) (RTL-08)',
    async (storage) => {
      const own = await Profiles.start(server)
      await store(own, 40, 1_000, storage)
      const answers = []
      for (const id of ids(40)) answers.push(await server.send(add(own, [id])))
      // Each counts for what is beyond 16 KB, and no time passes.
      const taken = Math.floor(32_768 / (1_000 - 16))
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(
        ids(40).map((_, at) => (at < taken ? 200 : 429)),
      )
      for (const { headers, body } of answers.slice(taken)) {
        expect(headers['retry-after']).toBe('1')
        expect(headers['twinpanel-verdict']).toBe('1; limit.profile_rewrites')
        expect(JSON.parse(body)).toMatchObject({ code: 429 })
      }
      const [row] = await written()
      expect(row?.count).toBe(taken)
      expect(await own.codes()).toEqual(Array(40 - taken).fill('limit.profile_rewrites'))
      const other = await Profiles.start(server)
      for (const to of [own, other]) expect((await server.send(add(to, ['small']))).statusCode).toBe(200)
      server.clock.nowMs += 1_000
      for (const id of ids(4)) expect((await server.send(add(own, [id]))).statusCode).toBe(200)
      expect((await server.send(add(own, ['u5']))).statusCode).toBe(429)
      server.clock.nowMs += 60_000
    },
  )

  it('are a 413 where a single request would rewrite more, and nothing of it is written (TRK-25)', async () => {
    const own = await Profiles.start(server)
    await store(own, 40, 1_000)
    const answer = await server.send(add(own, [...ids(40), 'new']))
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([
      413,
      '1; limit.request_too_large',
    ])
    expect(await own.verdict('limit.request_too_large')).toMatchObject({
      message: expect.stringMatching(/^Updating \d{5} KB of large profiles exceeds 32768 KB;/),
    })
    expect(await written()).toEqual([])
    expect((await server.send(add(own, ids(20)))).body).toBe('1')
  })

  it('take what they bring themselves, and many small profiles, whatever was rewritten', async () => {
    const own = await Profiles.start(server)
    await store(own, 2_000, 15, 'external')
    for (let n = 0; n < 3; n++) expect((await server.send(add(own, ids(2_000)))).body).toBe('1')
    const rows = (await written()).filter(({ level }) => level === 'ROW')
    expect(rows.map(({ count }) => count)).toEqual([6_000])
    const list = Array(4).fill(Array(254).fill('x'.repeat(250)))
    const records = ['a', 'b', 'c'].map((name) => ({
      $token: own.project.token,
      $distinct_id: 'large',
      $set: { [name]: list },
    }))
    for (let n = 0; n < 36; n++) {
      expect((await server.send(profilesJson('/engage', records))).statusCode).toBe(200)
    }
  })

  it('are applied to the last one, where more is stored than is held at a time (DEC-06)', async () => {
    const own = await Profiles.start(server)
    await store(own, 24, 1_000)
    const answer = await server.send(add(own, ['new', ...ids(24), ...ids(24).toReversed(), 'u3', 'new']))
    expect(answer.body).toBe('1')
    const { rows } = await server.db.pool.query(
      `select distinct_id as id, properties -> 'n' as n from profile where project_id = $1`,
      [own.project.records_id],
    )
    const counts = Object.fromEntries(rows.map(({ id, n }) => [id, n]))
    expect(counts).toEqual({ ...Object.fromEntries(ids(24).map((id) => [id, 2])), u3: 3, new: 2 })
  })
})
