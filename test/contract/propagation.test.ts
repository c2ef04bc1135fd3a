import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordOf, requestOf } from '../support/histories.ts'
import { IdentityModel, type ModelRecord } from '../support/identity-model.ts'
import {
  basic,
  importJson,
  NOW_MS,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * Merges that queries show later (IDS-32), as live they do: the export, counts and profile queries see who was who a
 * while ago; the activity stream and our own reads see it at once, and say what is pending.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const MINUTE_MS = 60_000
const json = { 'content-type': 'application/json' }

async function put(project: string, what: 'clock' | 'propagation', body: object) {
  const url = `/_twin/projects/${project}/${what}`
  return await server.send({ method: 'PUT', url, headers: json, payload: JSON.stringify(body) })
}

async function read(project: TestProject, url: string) {
  const answer = await server.send({ url, headers: basic(project.secret) })
  expect([url, answer.statusCode]).toEqual([url, 200])
  return answer.body
}

const DAYS = 'from_date=2026-08-20&to_date=2026-08-20'

/** An event that is sent again and again, under one id and another: for one user it is one event. */
const COPY = 'Copy'

/** The distinct_id of each exported event, by insert_id; copies are left out. */
async function exported(project: TestProject): Promise<Readonly<Record<string, string>>> {
  const lines = (await read(project, `/api/2.0/export?${DAYS}`)).split('\n').filter((line) => line !== '')
  return Object.fromEntries(
    lines.flatMap((line) => {
      const { event, properties } = JSON.parse(line)
      return event === COPY ? [] : [[properties.$insert_id, properties.distinct_id]]
    }),
  )
}

/** How many users had an event of a name. */
const countUsers = (project: TestProject) => countOf(project, 'E', 'unique')

async function countOf(project: TestProject, event: string, type: 'unique' | 'general'): Promise<number> {
  const body = await read(project, `/api/query/segmentation?event=${event}&type=${type}&${DAYS}`)
  const { values } = JSON.parse(body).data
  return values[event]['2026-08-20'] ?? 0
}

async function profiles(project: TestProject, query = ''): Promise<readonly string[]> {
  const { results } = JSON.parse(await read(project, `/api/query/engage?${query}`))
  return results.map((row: { $distinct_id: string }) => row.$distinct_id)
}

async function user(project: TestProject, id: string) {
  const url = `/_twin/projects/${project.token}/users/${encodeURIComponent(id)}`
  return (await server.send({ url })).json()
}

/** A device's event, and the one that gives the device to charlie. */
async function linkDevice(project: TestProject) {
  const { token } = project
  const anonymous = { token, $device_id: 'D', $insert_id: 'before', time: NOW_MS - 2_000 }
  const both = { token, $device_id: 'D', $user_id: 'charlie', $insert_id: 'link', time: NOW_MS - 1_000 }
  await server.send(trackJson([{ event: 'E', properties: anonymous }]))
  await server.send(trackJson([{ event: 'E', properties: both }]))
}

describe('the delay', () => {
  it('is none by default, is a setting, and has a route of its own (IDS-32)', async () => {
    const { token } = await server.createProject()
    const url = `/_twin/projects/${token}`
    const setting = async () => (await server.send({ url })).json().settings.identity_propagation_ms
    const shown = async () => (await server.send({ url: `${url}/propagation` })).json()
    expect([await shown(), await setting()]).toEqual([{ delay_ms: 0 }, 0])
    const set = await put(token, 'propagation', { delay_ms: 5_000 })
    expect([set.statusCode, set.json(), await setting()]).toEqual([200, { delay_ms: 5_000 }, 5_000])
    const payload = JSON.stringify({ settings: { identity_propagation_ms: 7_000 } })
    await server.send({ method: 'PATCH', url, headers: json, payload })
    expect(await shown()).toEqual({ delay_ms: 7_000 })
  })

  it.each([
    {},
    { delay_ms: -1 },
    { delay_ms: 1.5 },
    { delay_ms: '5' },
    { delay_ms: 604_800_001 },
    { delay: 1 },
  ])('is not set by %j (IDS-32)', async (body) => {
    const { token } = await server.createProject()
    const answer = await put(token, 'propagation', body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().detail).toMatch(/delay/)
    expect((await put('nobody', 'propagation', { delay_ms: 1 })).statusCode).toBe(404)
  })
})

describe('a merge that is pending', () => {
  it('is not in the export and in counts until the clock has reached its time (IDS-32)', async () => {
    const project = await server.createProject()
    await put(project.token, 'propagation', { delay_ms: 45 * MINUTE_MS })
    await linkDevice(project)
    const apart = { before: '$device:D', link: 'charlie' }
    expect([await exported(project), await countUsers(project)]).toEqual([apart, 2])
    await put(project.token, 'clock', { offset_ms: 45 * MINUTE_MS - 1 })
    expect([await exported(project), await countUsers(project)]).toEqual([apart, 2])
    await put(project.token, 'clock', { offset_ms: 45 * MINUTE_MS })
    const joined = { before: 'charlie', link: 'charlie' }
    expect([await exported(project), await countUsers(project)]).toEqual([joined, 1])
    // What was shown stays so.
    await put(project.token, 'clock', { offset_ms: 0 })
    expect(await exported(project)).toEqual(joined)
  })

  it('is in the activity stream and in our own reads at once (IDS-32, QRY-16)', async () => {
    const project = await server.createProject()
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    await linkDevice(project)
    const ids = encodeURIComponent('["charlie"]')
    const stream = await read(project, `/api/query/stream/query?distinct_ids=${ids}&${DAYS}`)
    expect(JSON.parse(stream).results.events).toHaveLength(2)
    const events = await server.readEvents(project.token)
    expect(events.map((event) => event.distinct_id)).toEqual(['charlie', 'charlie'])
  })

  it('is told of a user, of its id and of the link, with the time (IDS-32)', async () => {
    const project = await server.createProject()
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    await linkDevice(project)
    const visible_at = new Date(NOW_MS + MINUTE_MS).toISOString()
    const shown = await user(project, '$device:D')
    expect(shown.pending).toEqual({ visible_at })
    const pendingOf = (id: string) => shown.distinct_ids.find((own: { id: string }) => own.id === id).pending
    expect(pendingOf('$device:D')).toEqual({ shown_as: '$device:D', visible_at })
    expect(pendingOf('charlie')).toBeUndefined()
    expect(shown.merges).toMatchObject([{ absorbed: '$device:D', pending: { visible_at } }])
    const list = async () =>
      (await server.send({ url: `/_twin/projects/${project.token}/users` })).json().users
    expect(await list()).toMatchObject([{ distinct_id: 'charlie', pending: { visible_at } }])
    await put(project.token, 'clock', { offset_ms: MINUTE_MS })
    expect(JSON.stringify([await user(project, 'charlie'), await list()])).not.toContain('pending')
  })

  it('leaves events as they were keyed, and marks them once it is shown (IDS-32, IDS-26)', async () => {
    const project = await server.createProject()
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    await linkDevice(project)
    const lines = async () => {
      const body = await read(project, `/api/2.0/export?${DAYS}`)
      return body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).properties)
    }
    expect((await lines())[0]).not.toHaveProperty('$is_reshuffled')
    await put(project.token, 'clock', { offset_ms: MINUTE_MS })
    expect((await lines())[0]).toMatchObject({ $is_reshuffled: true, $preshuffle_distinct_id: '$device:D' })
  })

  it('leaves a profile to be found that it is going to hide (IDS-32, IDS-28)', async () => {
    const project = await server.createProject({ settings: { engage_query_resolves_members: true } })
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    const set = (id: string) => ({ $token: project.token, $distinct_id: id, $set: { plan: 'x' } })
    const payload = JSON.stringify([set('$device:D'), set('charlie')])
    await server.send({ method: 'POST', url: '/engage', headers: json, payload })
    await linkDevice(project)
    const asked = `distinct_id=${encodeURIComponent('$device:D')}`
    expect([await profiles(project), await profiles(project, asked)]).toEqual([
      ['$device:D', 'charlie'],
      ['$device:D'],
    ])
    await put(project.token, 'clock', { offset_ms: MINUTE_MS })
    expect([await profiles(project), await profiles(project, asked)]).toEqual([['charlie'], ['charlie']])
  })

  it('is shown when the delay is turned off, and stays so when it is turned on (IDS-32)', async () => {
    const project = await server.createProject()
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    await linkDevice(project)
    expect(await countUsers(project)).toBe(2)
    await put(project.token, 'propagation', { delay_ms: 0 })
    expect(await countUsers(project)).toBe(1)
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    expect(await countUsers(project)).toBe(1)
  })

  it('waits no longer than the delay for a clock that was set back (IDS-32)', async () => {
    const project = await server.createProject()
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    await put(project.token, 'clock', { offset_ms: 60 * MINUTE_MS })
    await linkDevice(project)
    await put(project.token, 'clock', { offset_ms: 0 })
    expect(await countUsers(project)).toBe(2)
    await put(project.token, 'clock', { offset_ms: MINUTE_MS })
    expect(await countUsers(project)).toBe(1)
  })

  it('without a delay leaves nothing behind, and a reset forgets it (IDS-32)', async () => {
    const project = await server.createProject()
    const count = async () => {
      const { rows } = await server.db.pool.query('select count(*)::integer as n from identity_pending')
      return rows[0].n
    }
    const before = await count()
    await linkDevice(project)
    expect(await count()).toBe(before)
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    await linkDevice(project)
    expect(await countUsers(project)).toBe(2)
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    await linkDevice(project)
    expect(await countUsers(project)).toBe(2)
  })

  it('is none on Legacy, where nothing is re-keyed (IDS-32, IDL-02)', async () => {
    const project = await server.createProject({ id_management: 'legacy' })
    await put(project.token, 'propagation', { delay_ms: MINUTE_MS })
    const properties = { token: project.token, distinct_id: 'charlie', alias: 'a', $insert_id: 'alias' }
    await server.send(trackJson([{ event: '$create_alias', properties }]))
    const after = { token: project.token, distinct_id: 'a', $insert_id: 'after' }
    await server.send(trackJson([{ event: 'E', properties: after }]))
    expect(await exported(project)).toMatchObject({ after: 'charlie' })
    expect(await user(project, 'a')).not.toHaveProperty('pending')
  })

  it('of a chain, each link is shown at its own time (IDS-32, DDP-06)', async () => {
    const project = await server.createProject({ id_management: 'original' })
    const { token } = project
    await put(token, 'propagation', { delay_ms: 10 * MINUTE_MS })
    for (const id of ['a', 'b', 'c']) {
      const properties = { token, distinct_id: id, $insert_id: id, time: NOW_MS - 1_000 }
      const copy = { event: COPY, properties: { ...properties, $insert_id: COPY } }
      await server.send(trackJson([{ event: 'E', properties }, copy]))
    }
    const merge = (one: string, other: string) => {
      const properties = { $distinct_ids: [one, other], time: NOW_MS - 1_000, $insert_id: `${one}${other}` }
      return server.send(importJson(token, [{ event: '$merge', properties }]))
    }
    await merge('b', 'c')
    await put(token, 'clock', { offset_ms: 4 * MINUTE_MS })
    await merge('a', 'b')
    const seen: [number, readonly unknown[], number][] = []
    for (const minutes of [4, 10, 13, 14]) {
      await put(token, 'clock', { offset_ms: minutes * MINUTE_MS })
      const { a, b, c } = await exported(project)
      seen.push([minutes, [a, b, c], await countOf(project, COPY, 'general')])
    }
    expect(seen).toEqual([
      [4, ['a', 'b', 'c'], 3],
      [10, ['a', 'b', 'b'], 2],
      [13, ['a', 'b', 'b'], 2],
      [14, ['a', 'a', 'a'], 1],
    ])
  })
})

type Mode = 'simplified' | 'original'

type Step =
  | { readonly kind: 'send'; readonly records: readonly Omit<ModelRecord, 'insertId'>[] }
  | { readonly kind: 'copy'; readonly id: string }
  | { readonly kind: 'clock'; readonly minutes: number }
  | { readonly kind: 'delay'; readonly minutes: number }

function stepsOf(mode: Mode): fc.Arbitrary<readonly Step[]> {
  const records = fc.array(recordOf(mode), { minLength: 1, maxLength: 4 })
  const ids =
    mode === 'simplified' ? ['$device:D1', '$device:D2', 'U1', 'U2'] : ['a-b-c-d-e', 'U1', 'U2', 'k']
  const minutes = fc.integer({ min: -6, max: 9 })
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('send'), records }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('copy'), id: fc.constantFrom(...ids) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('clock'), minutes }) },
    {
      arbitrary: fc.record({ kind: fc.constant('delay'), minutes: fc.constantFrom(0, 5, 10, 20) }),
      weight: 1,
    },
  )
  return fc.array(step, { minLength: 1, maxLength: 14 })
}

/** What queries show: who was who after the last batch that is old enough. Times in minutes. */
class ShownModel {
  readonly #model: IdentityModel
  /** Who was who, after no batch, after the first, and so on; and when that was so. */
  /** The ids under which the copies were sent. */
  readonly #copies = new Set<string>()
  readonly #states: { canonicals: ReadonlyMap<string, string>; at: number }[]
  #shown = 0
  #now = 0
  #delay = 10

  constructor(mode: Mode) {
    this.#model = new IdentityModel(mode, 4)
    this.#states = [{ canonicals: new Map(), at: 0 }]
  }

  get now(): number {
    return this.#now
  }

  send(records: readonly ModelRecord[]): void {
    for (const record of records) this.#model.take(record)
    const ids = new Set(records.flatMap((own) => own.ids).filter((id) => id !== undefined))
    for (const id of this.#states.at(-1)?.canonicals.keys() ?? []) ids.add(id)
    for (const id of [...ids]) ids.add(`$device:${id}`)
    const canonicals = new Map([...ids].map((id) => [id, this.#model.canonicalOf(id)]))
    this.#states.push({ canonicals, at: this.#now })
    this.#show()
  }

  copy(id: string): void {
    this.#copies.add(id)
    this.send([{ kind: 'event', insertId: COPY, ids: [id, undefined, undefined] }])
  }

  /** How many users have a copy, for queries. */
  countCopies(): number {
    return new Set([...this.#copies].map((id) => this.find(id).shown)).size
  }

  move(minutes: number): void {
    this.#now = Math.max(0, this.#now + minutes)
    for (const state of this.#states) state.at = Math.min(state.at, this.#now)
    this.#show()
  }

  wait(delay: number): void {
    this.#delay = delay
    this.#show()
  }

  /** Whose an id is for queries, and whose it is. */
  find(id: string): { readonly shown: string; readonly now: string } {
    const of = (at: number) => this.#states.at(at)?.canonicals.get(id) ?? id
    return { shown: of(this.#shown), now: of(-1) }
  }

  /** What is shown once goes on being shown. */
  #show(): void {
    const isOld = ({ at }: { at: number }) => at + this.#delay <= this.#now
    this.#shown = Math.max(this.#shown, this.#states.findLastIndex(isOld))
  }
}

async function take(project: TestProject, model: ShownModel, step: Step, at: number) {
  if (step.kind === 'send') {
    const records = step.records.map((record, index) => ({ ...record, insertId: `i-${at}-${index}` }))
    expect((await server.send(requestOf(records, project, false))).statusCode).toBe(200)
    model.send(records)
  } else if (step.kind === 'copy') {
    const properties = { token: project.token, distinct_id: step.id, $insert_id: COPY, time: NOW_MS - 1_000 }
    await server.send(trackJson([{ event: COPY, properties }]))
    model.copy(step.id)
  } else if (step.kind === 'clock') {
    model.move(step.minutes)
    await put(project.token, 'clock', { offset_ms: model.now * MINUTE_MS })
  } else {
    model.wait(step.minutes)
    await put(project.token, 'propagation', { delay_ms: step.minutes * MINUTE_MS })
  }
}

/** Compares what queries and our own reads say with the model. */
async function compare(project: TestProject, model: ShownModel) {
  const events = (await server.readEvents(project.token)).filter(({ event }) => event !== COPY)
  const shown = events.map((own) => [own.insert_id, model.find(own.original_distinct_id).shown])
  expect(await exported(project)).toEqual(Object.fromEntries(shown))
  const users = events
    .filter(({ event }) => event === 'E')
    .map((own) => model.find(own.original_distinct_id).shown)
  expect(await countUsers(project)).toBe(new Set(users).size)
  expect(await countOf(project, COPY, 'general')).toBe(model.countCopies())
  for (const canonical of new Set(events.map((own) => own.distinct_id))) {
    const { distinct_ids: ids } = await user(project, canonical)
    const told = ids.map((own: { id: string; pending?: object }) => [own.id, own.pending ?? null])
    const expected = ids.map(({ id }: { id: string }) => {
      const { shown: as, now } = model.find(id)
      return [id, as === now ? null : { shown_as: as, visible_at: expect.any(String) }]
    })
    expect(told).toEqual(expected)
  }
}

describe.each(['simplified', 'original'] as const)('whatever happens, on %s', (mode) => {
  it('queries show who was who as long ago as the delay, and never less than before (IDS-32)', async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf(mode), async (steps) => {
        const settings = { id_cluster_max: 4, identity_propagation_ms: 10 * MINUTE_MS }
        const project = await server.createProject({ id_management: mode, settings })
        const model = new ShownModel(mode)
        for (const [at, step] of steps.entries()) {
          await take(project, model, step, at)
          await compare(project, model)
        }
      }),
      { numRuns: Number(process.env['MODEL_RUNS'] ?? 12) },
    )
  })
})
