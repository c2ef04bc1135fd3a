import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { A1, alias, identify, merge, onDevice, type Sent, under, withBoth } from '../support/identity.ts'
import { NOW_S, startServer, type TestServer } from '../support/server.ts'

/* `POST /_twin/explain`: what records would come to in each identity system, without sending them. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Explained {
  readonly modes: Readonly<
    Record<
      string,
      {
        readonly users: readonly {
          distinct_id: string
          distinct_ids: readonly string[]
          records: readonly number[]
        }[]
        readonly records: readonly {
          record_index: number
          event: string | null
          outcome: string
          distinct_id: string | null
          verdicts: readonly { code: string; message: string; advice: string; rule: string }[]
        }[]
      }
    >
  >
  readonly differences: readonly {
    record_index: number | null
    message: string
    modes: Readonly<Record<string, string>>
  }[]
}

const MODES = ['simplified', 'original', 'legacy']

function toRecords(sent: readonly Sent[]) {
  return sent.map(([event, properties], n) => {
    return { event, properties: { token: 'any', time: NOW_S - 60 + n, $insert_id: `i-${n}`, ...properties } }
  })
}

function post(payload: unknown) {
  return server.send({
    method: 'POST',
    url: '/_twin/explain',
    headers: { 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })
}

async function explain(sent: readonly Sent[], body: object = {}): Promise<Explained> {
  const answer = await post({ records: toRecords(sent), ...body })
  expect(answer.statusCode).toBe(200)
  return answer.json<Explained>()
}

/** Each user's ids, sorted, and its records. */
function usersIn(explained: Explained, mode: string) {
  return explained.modes[mode]?.users.map((user) => [
    user.distinct_id,
    user.distinct_ids.toSorted().join(' '),
    user.records,
  ])
}

function codesIn(explained: Explained, mode: string) {
  return explained.modes[mode]?.records.map((record) => record.verdicts.map((verdict) => verdict.code))
}

/** The number of rows in every table of the database. */
async function countRows(): Promise<Record<string, number>> {
  const { rows } = await server.db.pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by 1",
  )
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    const { rows: found } = await server.db.pool.query<{ n: string }>(`select count(*) as n from "${name}"`)
    counts[name] = Number(found[0]?.n)
  }
  return counts
}

describe('users, records, differences', () => {
  it('an event with both ids (IDS-03, IDO-01, IDL-09)', async () => {
    const explained = await explain([
      under('e1', '$device:D1'),
      ['e2', { distinct_id: 'U1', $device_id: 'D1', $user_id: 'U1' }],
    ])
    expect(usersIn(explained, 'simplified')).toEqual([['U1', '$device:D1 U1', [0, 1]]])
    for (const mode of ['original', 'legacy']) {
      expect(usersIn(explained, mode)).toEqual([
        ['$device:D1', '$device:D1', [0]],
        ['U1', 'U1', [1]],
      ])
    }
    expect(codesIn(explained, 'simplified')).toEqual([[], []])
    expect(codesIn(explained, 'original')).toEqual([[], ['identity.dual_id_inert']])
    const [users, ...records] = explained.differences
    expect(users?.record_index).toBeNull()
    expect(Object.keys(users?.modes ?? {}).toSorted()).toEqual(MODES.toSorted())
    for (const word of ['Simplified', 'Original', 'Legacy']) expect(users?.message).toContain(word)
    expect(records.map((difference) => difference.record_index)).toEqual([0, 1])
  })

  it('$identify (IDS-20, IDO-04, IDL-06)', async () => {
    const explained = await explain([under('e1', A1), identify(A1, 'U1'), under('e3', 'U1')])
    expect(usersIn(explained, 'original')).toEqual([[A1, `${A1} U1`, [0, 1, 2]]])
    expect(explained.modes['simplified']?.records[1]).toMatchObject({
      record_index: 1,
      event: '$identify',
      outcome: 'no_effect',
      distinct_id: null,
    })
    expect(explained.modes['legacy']?.records.map((record) => record.distinct_id)).toEqual([A1, 'U1', 'U1'])
    expect(codesIn(explained, 'legacy')).toEqual([[], ['identity.identify_noop'], []])
  })

  it('$create_alias (IDS-21, IDO-14, IDL-02)', async () => {
    const explained = await explain([under('e1', 'sally'), alias('sally', 'U1'), under('e3', 'sally')])
    const owners = (mode: string) => explained.modes[mode]?.records.map((record) => record.distinct_id)
    expect(owners('simplified')).toEqual(['sally', null, 'sally'])
    expect(owners('original')).toEqual(['sally', 'sally', 'sally'])
    expect(owners('legacy')).toEqual(['sally', 'U1', 'U1'])
  })

  it('refusals are told in words (IDS-07)', async () => {
    const explained = await explain([withBoth('e1', 'D1', 'U1'), withBoth('e2', 'D1', 'U2')], {
      modes: ['simplified'],
    })
    const [told] = explained.modes['simplified']?.records[1]?.verdicts ?? []
    expect(told).toMatchObject({ code: 'identity.device_already_assigned', rule: 'IDS-07' })
    expect(`${told?.message}${told?.advice}`).not.toMatch(/[{}]/)
  })

  it('by the endpoint import (IDS-22, IDO-20, IDL-07)', async () => {
    const sent = [under('e1', 'a'), merge('a', 'b')]
    const explained = await explain(sent, { endpoint: 'import' })
    expect(explained.modes['simplified']?.records.map((record) => record.outcome)).toEqual([
      'rejected',
      'rejected',
    ])
    expect(usersIn(explained, 'simplified')).toEqual([])
    expect(usersIn(explained, 'original')).toEqual([['a', 'a b', [0, 1]]])
    expect(usersIn(explained, 'legacy')).toEqual([['a', 'a', [0, 1]]])
    const byTrack = await explain(sent)
    for (const mode of MODES) expect(byTrack.modes[mode]?.records[1]?.outcome).toBe('rejected')
  })

  it('an import without distinct_id (IDO-30, IMP-15)', async () => {
    const explained = await explain([['e1', { $device_id: 'D1' }]], { endpoint: 'import' })
    expect(MODES.map((mode) => explained.modes[mode]?.records[0]?.outcome)).toEqual([
      'stored',
      'rejected',
      'rejected',
    ])
  })

  it('an import without any id is of a user made of the address (IMP-18)', async () => {
    const explained = await explain([['e1', {}]], { endpoint: 'import' })
    const [record] = explained.modes['simplified']?.records ?? []
    expect(record?.distinct_id).toBe('<hash of the address>')
    expect(record?.verdicts.map(({ code }) => code)).toEqual(['identity.id_from_address'])
  })

  it.each([[['legacy']], [['original', 'simplified']], [MODES]])(
    'only the modes %j (DEC-04)',
    async (modes) => {
      const explained = await explain([under('e1', 'x')], { modes })
      expect(Object.keys(explained.modes)).toEqual(modes)
    },
  )

  it('no differences where there are none (DEC-04)', async () => {
    expect((await explain([under('e1', 'x'), under('e2', 'y')])).differences).toEqual([])
    expect((await explain([withBoth('e1', 'D1', 'U1')], { modes: ['simplified'] })).differences).toEqual([])
  })
})

describe('as much as an import may have', () => {
  it('2,000 records of some kB are explained, and one more is refused', async () => {
    const record = (n: number) => {
      const properties = { $device_id: `D${n % 70}`, $user_id: `U${n % 50}`, pad: 'x'.repeat(2_000) }
      return { event: 'E', properties: { token: 'any', time: NOW_S, $insert_id: `i${n}`, ...properties } }
    }
    const ask = (count: number) => {
      const payload = { records: Array.from({ length: count }, (_, n) => record(n)) }
      return server.send({ method: 'POST', url: '/_twin/explain', payload })
    }
    const answer = await ask(2_000)
    expect(answer.json<Explained>().modes['simplified']?.records).toHaveLength(2_000)
    const refused = await ask(2_001)
    expect(refused.json().detail).toBe('records must have at most 2000 items.')
  })
})

describe('it writes nothing', () => {
  it('no row in any table, whatever is asked (DEC-04)', async () => {
    const project = await server.createProject()
    const before = await countRows()
    const sent = [
      onDevice('e1', 'D1'),
      withBoth('e2', 'D1', 'U1'),
      withBoth('e3', 'D1', 'U2'),
      ['bad', { time: 'x' }],
    ]
    for (const endpoint of ['track', 'import']) {
      const records = toRecords([...(sent as Sent[]), identify(A1, 'U1'), alias('k', 'U1')])
      for (const token of [project.token, 'unknown']) {
        const own = records.map(({ event, properties }) => ({ event, properties: { ...properties, token } }))
        expect((await post({ records: own, endpoint })).statusCode).toBe(200)
      }
    }
    expect(await countRows()).toEqual(before)
    expect(before['event']).toBe(0)
  })
})

describe('bad questions', () => {
  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no record', { records: [] }],
    ['records that are no list', { records: 'x' }],
    ['too many records', { records: Array.from({ length: 2_001 }, () => ({})) }],
    ['no mode', { records: [{}], modes: [] }],
    ['an unknown mode', { records: [{}], modes: ['modern'] }],
    ['an unknown endpoint', { records: [{}], endpoint: 'engage' }],
    ['an unknown field', { records: [{}], project: 1 }],
    ['a list', []],
    ['no JSON', '{"records":['],
  ])('%s is 400 with a problem (DEC-04)', async (_name, body) => {
    const answer = await post(body)
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringMatching(/\S/) })
  })

  it.each<[string, string]>([
    ['records of any kind', '[1,null,"x",[],{},{"event":1},{"event":"E"},{"event":"E","properties":[]}]'],
    [
      'U+0000',
      '[{"event":"\\u0000","properties":{"token":"t","distinct_id":"\\u0000","$user_id":"\\ud800"}}]',
    ],
    [
      'deep nesting',
      `[{"event":"E","properties":{"token":"t","a":${'['.repeat(3_000)}${']'.repeat(3_000)}}}]`,
    ],
    ['hostile names', '[{"event":"__proto__","properties":{"token":"__proto__","distinct_id":"__proto__"}}]'],
  ])('%s are explained (DEC-07)', async (_name, records) => {
    for (const endpoint of ['track', 'import']) {
      const answer = await post(`{"records":${records},"endpoint":"${endpoint}"}`)
      expect(answer.statusCode).toBe(200)
    }
  })
})
