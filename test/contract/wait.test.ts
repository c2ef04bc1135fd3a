import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  NOW_S,
  type SharedServers,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'
import { until } from '../support/server-process.ts'

/* Waiting for events and verdicts: what a CI suite does instead of sleeping. */

interface Waited {
  readonly matched: readonly { readonly event?: string; readonly code?: string }[]
  readonly nearest?: readonly {
    readonly event: string
    readonly differences: readonly { readonly field: string; readonly hint: string }[]
  }[]
  readonly verdicts?: readonly { readonly code: string; readonly message: string }[]
  readonly elsewhere?: readonly { readonly token: string; readonly event: string }[]
  readonly detail?: string
  readonly message?: string
}

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const urlOf = (project: TestProject, query: string) => `/_twin/projects/${project.token}/wait?${query}`

async function wait(project: TestProject, query: string) {
  const answer = await server.send({ url: urlOf(project, query) })
  return { ...answer.json<Waited>(), status: answer.statusCode, form: answer.headers['content-type'] }
}

function track(project: TestProject, event: string, more: object = {}) {
  const properties = {
    token: project.token,
    distinct_id: 'u',
    $insert_id: randomUUID(),
    time: NOW_S,
    ...more,
  }
  return server.send(trackJson([{ event, properties }]))
}

describe('GET /_twin/projects/:project/wait', () => {
  it('is refused beyond 512 at a time, with when to come again', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    const ask = () => own.app.inject({ url: '/_twin/projects/none/wait?timeout_ms=3000' })
    const answers = await Promise.all(Array.from({ length: 513 }, ask))
    const refused = answers.filter(({ statusCode }) => statusCode === 429)
    expect(refused.map(({ headers }) => headers['retry-after'])).toEqual(['2'])
    await own.close()
  })

  it('answers with what is there already, by any id of the user', async () => {
    const project = await server.createProject()
    await track(project, 'Sign Up', { $device_id: 'D', $user_id: 'U' })
    for (const query of ['event=Sign%20Up', 'distinct_id=U', 'distinct_id=%24device%3AD', '']) {
      expect(await wait(project, `${query}&timeout_ms=0`)).toMatchObject({
        status: 200,
        matched: [{ event: 'Sign Up', distinct_id: 'U' }],
      })
    }
  })

  it('answers once enough has come, and not before', async () => {
    const project = await server.createProject()
    const waiting = wait(project, 'event=E&count=2&timeout_ms=20000')
    await track(project, 'E', { at: 1 })
    await track(project, 'F')
    expect(await Promise.race([waiting, sleep(200, 'still waiting')])).toBe('still waiting')
    await track(project, 'E', { at: 2 })
    const { status, matched } = await waiting
    expect([status, matched.map(({ event }) => event)]).toEqual([200, ['E', 'E']])
  })

  it('waits for a verdict by its code', async () => {
    const project = await server.createProject()
    const waiting = wait(project, 'code=identity.alias_noop_simplified&timeout_ms=20000')
    await track(project, '$create_alias', { alias: 'a' })
    expect(await waiting).toMatchObject({
      status: 200,
      matched: [{ code: 'identity.alias_noop_simplified' }],
    })
  })

  it.each([
    ['dedup.hidden_duplicate', [{}, {}]],
    ['dedup.insert_id_reused', [{ time: NOW_S - 1 }, { time: NOW_S - 2 }, { time: NOW_S - 3 }]],
    ['dedup.compaction_candidate', [{ time: NOW_S - 1 }, { time: NOW_S - 2 }]],
    ['identity.no_event_after_identify', [{ $anon_id: '$device:D', $identified_id: 'U' }]],
  ])('sees %s, which is told only when somebody asks, before the timeout', async (code, records) => {
    const project = await server.createProject({ settings: { identify_event_delay_s: 0 } })
    const waiting = wait(project, `code=${code}&timeout_ms=60000`)
    expect(await Promise.race([waiting, sleep(100, 'still waiting')])).toBe('still waiting')
    const event = code.startsWith('dedup.') ? 'E' : '$identify'
    for (const more of records) await track(project, event, { $insert_id: 'same', ...more })
    expect(await Promise.race([waiting, sleep(40_000, 'still waiting', { ref: false })])).toMatchObject({
      status: 200,
      matched: [{ code }],
    })
  })

  it('at the timeout says what came instead, the nearest first, and what differs', async () => {
    const project = await server.createProject()
    await track(project, 'Page View')
    await track(project, 'signed_up', { distinct_id: 'other' })
    await track(project, 'sign up')
    const { status, form, matched, nearest } = await wait(
      project,
      'event=Sign%20Up&distinct_id=u&timeout_ms=30',
    )
    expect([status, form, matched]).toEqual([408, 'application/problem+json; charset=utf-8', []])
    expect(nearest?.map(({ event, differences }) => [event, differences.map(({ field }) => field)])).toEqual([
      ['sign up', ['event']],
      ['Page View', ['event']],
      ['signed_up', ['event', 'distinct_id']],
    ])
    expect(nearest?.[0]?.differences[0]?.hint).toBe('Only letter case, spaces or punctuation differ.')
  })

  it('at the timeout says what had no effect: an event that was dropped, one with a token nobody has', async () => {
    const project = await server.createProject()
    await track(project, 'Old', { time: NOW_S - 6 * 86_400 })
    const dropped = await wait(project, 'event=Old&timeout_ms=30')
    expect(dropped.status).toBe(408)
    expect(dropped.verdicts?.[0]).toMatchObject({ outcome: 'dropped', record: { event: 'Old' } })
    await track(project, 'Lost', { token: 'mistyped' })
    const lost = await wait(project, 'event=Lost&timeout_ms=30')
    expect(lost.verdicts?.[0]).toMatchObject({ record: { event: 'Lost' } })
  })

  it('waits for properties that an event has, among others', async () => {
    const project = await server.createProject()
    const properties = encodeURIComponent('{"plan":"pro","cart":{"items":[{"id":7}]}}')
    const waiting = wait(project, `event=Buy&properties=${properties}&timeout_ms=20000`)
    await track(project, 'Buy', { plan: 'free', cart: { items: [{ id: 7 }] } })
    await track(project, 'Buy', { plan: 'pro', cart: { items: [{ id: 6 }, { id: 7, n: 1 }], sum: 3 } })
    expect(await waiting).toMatchObject({ status: 200, matched: [{ properties: { plan: 'pro' } }] })
  })

  it('does not take another id of the same user for a difference', async () => {
    const project = await server.createProject()
    await track(project, 'Sign Up', { $device_id: 'D', $user_id: 'U' })
    const { nearest, detail } = await wait(project, 'event=sign%20up&distinct_id=%24device%3AD&timeout_ms=30')
    expect(nearest?.[0]?.differences.map(({ field }) => field)).toEqual(['event'])
    expect(detail).toBe(
      '0 of 1 came within 30 ms. event: expected "sign up", got "Sign Up". Only letter case, spaces or punctuation differ.',
    )
  })

  it('says so where an event stays under another id of the user, as on Legacy', async () => {
    const project = await server.createProject({ id_management: 'legacy' })
    await track(project, '$create_alias', { distinct_id: 'canonical', alias: 'alias' })
    await track(project, 'Buy', { distinct_id: 'alias' })
    const { nearest } = await wait(project, 'event=Buy&distinct_id=alias&timeout_ms=30')
    expect(nearest?.[0]?.differences).toMatchObject([
      {
        field: 'distinct_id',
        found: 'canonical',
        hint: 'The same user, but an event stays under the id with which it was stored.',
      },
    ])
  })

  it.each<[string, { event: string; more?: object }, string, string]>([
    [
      'an event that was dropped',
      { event: 'Old', more: { time: NOW_S - 6 * 86_400 } },
      'event=Old',
      'The event Old is 6 days old. /track accepts events up to five days old, so it was dropped without an error.',
    ],
    [
      'another value of a property',
      { event: 'Buy', more: { plan: 'free' } },
      'event=Buy&properties=%7B%22plan%22%3A%22pro%22%2C%22n%22%3A1%7D',
      'plan: expected "pro", got "free". n: expected 1, got nothing.',
    ],
    ['part of a name', { event: 'Buyer' }, 'event=Buy', 'event: expected "Buy", got "Buyer".'],
    [
      'a name of a property in another case',
      { event: 'Buy', more: { Plan: 'pro' } },
      'event=Buy&properties=%7B%22plan%22%3A%22pro%22%7D',
      'plan: expected "pro", got nothing. The event has "Plan" instead.',
    ],
    [
      'a number as text',
      { event: 'Buy', more: { n: '1' } },
      'event=Buy&properties=%7B%22n%22%3A1%7D',
      'n: expected 1, got "1". Only the type differs.',
    ],
    ['something else', { event: 'Else' }, 'event=Buy', 'event: expected "Buy", got "Else".'],
    [
      'another verdict',
      { event: 'Old', more: { time: NOW_S - 6 * 86_400 } },
      'code=value.truncated',
      'code: expected "value.truncated", got "time.too_old_for_track". The event Old is 6 days old.',
    ],
  ])('tells the likeliest reason in a sentence: %s', async (_name, { event, more = {} }, query, reason) => {
    const project = await server.createProject()
    await track(project, event, more)
    const { detail } = await wait(project, `${query}&timeout_ms=30`)
    expect(detail).toContain(`0 of 1 came within 30 ms. `)
    expect(detail).toContain(reason)
  })

  it('tells that nothing came at all, and with which token it would have', async () => {
    const project = await server.createProject()
    const { detail, message } = await wait(project, 'event=E&timeout_ms=30')
    expect(detail).toBe(
      `0 of 1 came within 30 ms. No event has reached this project. Its token is "${project.token}".`,
    )
    expect(message?.split('\n').slice(0, 2)).toEqual([
      'Expected 1 event "E" within 30 ms, got 0.',
      `No event has reached this project. Its token is "${project.token}".`,
    ])
    const verdicts = await wait(project, 'code=limit.rate&timeout_ms=30')
    expect(verdicts.detail).toContain('No record has reached this project.')
  })

  it('tells of the verdict where it is on the record of somebody else', async () => {
    const project = await server.createProject()
    await track(project, '$create_alias', { alias: 'a' })
    const code = 'identity.alias_noop_simplified'
    const other = await wait(project, `code=${code}&distinct_id=v&timeout_ms=30`)
    expect(other.detail).toBe(`0 of 1 came within 30 ms. ${code} is on a record that does not name "v".`)
    expect(other.message).toContain(
      `Expected 1 verdict ${code} of "v" within 30 ms, got 0.\nVerdict: $create_alias`,
    )
    const more = await wait(project, `code=${code}&count=2&timeout_ms=30`)
    expect(more.detail).toBe(`1 of 2 came within 30 ms. No other record has the verdict ${code}.`)
  })

  it('tells of a copy that is not shown and so not counted', async () => {
    const project = await server.createProject()
    for (let n = 0; n < 2; n++) await track(project, 'Buy', { $insert_id: 'same' })
    const { detail, matched, verdicts } = await wait(project, 'event=Buy&count=2&timeout_ms=30')
    expect([matched.length, verdicts?.[0]?.code]).toEqual([1, 'dedup.hidden_duplicate'])
    expect(detail).toContain('1 of 2 came within 30 ms. There are 2 copies of Buy')
  })

  it('says where else such an event went: to the project of another token', async () => {
    const project = await server.createProject({ token: 'shop-web' })
    for (const token of ['Shop_Web', 'another']) {
      await server.createProject({ token })
      await track(project, 'Went Astray', { token, distinct_id: 'somebody' })
    }
    for (const query of ['event=Went%20Astray', 'distinct_id=somebody']) {
      const { detail, elsewhere } = await wait(project, `${query}&timeout_ms=30`)
      expect(elsewhere?.map(({ token }) => token)).toEqual(['Shop_Web'])
      expect(elsewhere?.[0]).toMatchObject({ event: 'Went Astray', distinct_id: 'somebody' })
      expect(detail).toContain('Another token was sent: "Went Astray" came to "Shop_Web".')
    }
    expect((await wait(project, 'event=Never&timeout_ms=30')).elsewhere).toEqual([])
  })

  it('blames nobody for what others have sent before the project was made or reset', async () => {
    const near = `${randomUUID()}-near`
    const { token } = await server.createProject({ token: near.toUpperCase() })
    const astray = async (name: string) => {
      await track({ ...project, token }, name)
      await track(project, name, { token: 'no project' })
    }
    const told = async (name: string) => {
      const { elsewhere, verdicts } = await wait(project, `event=${name}&timeout_ms=30`)
      return [elsewhere?.map((other) => other.token), verdicts?.map(({ code }) => code)]
    }
    let project: TestProject = { token: near } as TestProject
    await astray('Before')
    project = await server.createProject({ token: near })
    expect(await told('Before')).toEqual([[], []])
    await astray('Since')
    expect(await told('Since')).toEqual([[token], ['token.unknown']])
    await server.send({ method: 'POST', url: `/_twin/projects/${near}/reset` })
    expect(await told('Since')).toEqual([[], []])
  })

  it('names a project that nobody has declared as the place to which an event went', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    onTestFinished(() => own.close())
    const [project, declared] = [await own.createProject(), await own.createProject()]
    for (const token of [declared.token, 'made-up']) {
      await own.send(trackJson([{ event: 'E', properties: { token, distinct_id: 'u', time: NOW_S } }]))
    }
    const elsewhereOf = async (token: string) => {
      const answer = await own.send({ url: `/_twin/projects/${token}/wait?event=E&timeout_ms=30` })
      return answer.json<Waited>().elsewhere?.map((other) => other.token)
    }
    expect(await elsewhereOf(project.token)).toEqual(['made-up'])
  })

  it('gives a test what to print: expected, nearest, verdict, advice, and where to look', async () => {
    const project = await server.createProject()
    await track(project, 'sign up')
    await track(project, 'Sign Up', { time: NOW_S - 6 * 86_400 })
    const { message } = await wait(project, 'event=Sign%20Up&distinct_id=u&timeout_ms=30')
    expect(message?.split('\n')).toEqual([
      'Expected 1 event "Sign Up" of "u" within 30 ms, got 0.',
      'Nearest: "sign up" of "u". event: expected "Sign Up", got "sign up". Only letter case, spaces or punctuation differ.',
      expect.stringMatching(/^Verdict: The event Sign Up is 6 days old.* \(time\.too_old_for_track\)$/),
      `See http://localhost:80/_twin/#/p/${project.token}/live?rule=TRK-28`,
    ])
  })

  it('finds the verdict on a record without a project among many others', async () => {
    const project = await server.createProject()
    await track(project, 'Mistyped', { token: 'nobody' })
    for (let n = 0; n < 12; n++) await track(project, `Noise ${n}`, { token: 'nobody' })
    const { verdicts, detail } = await wait(project, 'event=Mistyped&timeout_ms=30')
    expect(verdicts).toMatchObject([{ code: 'token.unknown', record: { event: 'Mistyped' } }])
    expect(detail).toContain('No project has the token nobody.')
  })

  it('asks the database no more for two hundred who wait than for one', async () => {
    const own = await startSharedServers(1)
    onTestFinished(() => own.close())
    const project = await own.createProject()
    let queries = 0
    own.db.shared.raw.on('acquire', () => queries++)
    const [app] = own.apps
    const waitOn = (count: number) =>
      Array.from({ length: count }, () => app?.inject({ url: urlOf(project, 'event=E&timeout_ms=20000') }))
    const during = async (ms: number) => {
      const before = queries
      await sleep(ms)
      return queries - before
    }
    const waiting = waitOn(1)
    await sleep(100)
    const forOne = await during(600)
    waiting.push(...waitOn(199))
    await until('two hundred to come to rest', async () => (await during(600)) < 2 * forOne + 20)
    const properties = { token: project.token, distinct_id: 'u', $insert_id: 'i', time: NOW_S }
    await app?.inject(trackJson([{ event: 'E', properties }]))
    expect((await Promise.all(waiting)).map((answer) => answer?.statusCode)).toEqual(waiting.map(() => 200))
  })

  it('sees what was committed while another transaction that began earlier is still under way', async () => {
    const project = await server.createProject()
    const client = await server.db.pool.connect()
    try {
      await client.query('begin')
      // Takes a number, so that the order of arrival is open behind it.
      await client.query(
        `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
         values ($1, 'u', 0, 0, 'Slow', 'slow', 1, true, '{}')`,
        [project.records_id],
      )
      const waiting = wait(project, 'event=Quick&timeout_ms=20000')
      await sleep(100)
      await track(project, 'Quick')
      expect(await Promise.race([waiting, sleep(10_000, 'missed', { ref: false })])).toMatchObject({
        status: 200,
        matched: [{ event: 'Quick' }],
      })
    } finally {
      await client.query('rollback')
      client.release()
    }
  })

  it('goes on through a reset', async () => {
    const project = await server.createProject()
    const waiting = wait(project, 'event=After&timeout_ms=20000')
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    await track(project, 'After')
    expect((await waiting).status).toBe(200)
  })

  it.each([
    ['count=0', 'count must be a number from 1 to 1000.'],
    ['timeout_ms=60001', 'timeout_ms must be a number from 0 to 60000.'],
    ['code=none', 'code must be one of those that GET /_twin/verdicts lists.'],
    ['code=limit.rate&event=E', 'code waits for verdicts and event for events: give one of them.'],
    [
      'code=limit.rate&properties=%7B%7D',
      'code waits for verdicts and properties for events: give one of them.',
    ],
    ...['%5B%5D', 'x', '1', `%7B%22a%22:%22${'x'.repeat(16_384)}%22%7D`].map((sent) => [
      `properties=${sent}`,
      'properties must be a JSON object such as {"plan":"pro"}, of 16384 characters at most.',
    ]),
  ])('refuses %s', async (query, detail) => {
    const answer = await server.send({ url: urlOf(await server.createProject(), query) })
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([400, detail])
  })

  it('finds properties under what stands in for what could not be stored', async () => {
    const project = await server.createProject()
    await track(project, 'E', { text: 'a\u0000b\\u0000' })
    const properties = encodeURIComponent('{"text":"a\\u0000b\\\\u0000"}')
    expect((await wait(project, `properties=${properties}&timeout_ms=0`)).status).toBe(200)
  })

  it('waits for a project that the first event makes, where one does', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    onTestFinished(() => own.close())
    const asked = own.send({ url: '/_twin/projects/not-yet/wait?event=E&timeout_ms=20000' })
    const properties = { token: 'not-yet', distinct_id: 'u', $insert_id: 'i', time: NOW_S }
    await sleep(100)
    await own.send(trackJson([{ event: 'E', properties }]))
    expect((await asked).statusCode).toBe(200)
    const never = await own.send({ url: '/_twin/projects/never/wait?timeout_ms=60' })
    expect([never.statusCode, never.json<{ detail: string }>().detail]).toEqual([
      404,
      'No project has this id or token, and no record with it came within 60 ms.',
    ])
  })

  it('asks the database no more for two hundred who wait for projects than for one', async () => {
    const servers = await startSharedServers(2, { unknownTokens: 'create' })
    onTestFinished(() => servers.close())
    const [app, other] = servers.apps
    let queries = 0
    servers.db.shared.raw.on('acquire', () => queries++)
    const during = async (ms: number) => {
      const before = queries
      await sleep(ms)
      return queries - before
    }
    const waitFor = async (token: string, timeoutMs: number) => {
      const answer = await app?.inject({
        url: `/_twin/projects/${token}/wait?event=E&timeout_ms=${timeoutMs}`,
      })
      return [answer?.statusCode, answer?.json<{ detail?: string }>().detail]
    }
    const first = waitFor('first', 30_000)
    await sleep(100)
    const forOne = await during(600)
    expect(forOne).toBeGreaterThan(5)
    const never = Array.from({ length: 180 }, (_, n) => waitFor(`never-${n % 150}`, 3_000))
    const late = Array.from({ length: 20 }, (_, n) => waitFor(`late-${n % 10}`, 30_000))
    await until('two hundred to come to rest', async () => (await during(300)) < forOne + 10)
    // Each is there by an event or by hand, here or by another server.
    const make = async (token: string, n: number) => {
      const server = n % 2 === 0 ? app : other
      if (n % 3 === 0) {
        const made = await server?.inject({ method: 'POST', url: '/_twin/projects', payload: { token } })
        expect(made?.statusCode).toBe(201)
      }
      const properties = { token, distinct_id: 'u', $insert_id: 'i', time: NOW_S }
      expect((await server?.inject(trackJson([{ event: 'E', properties }])))?.body).toBe('1')
    }
    await Promise.all(['first', ...Array.from({ length: 10 }, (_, n) => `late-${n}`)].map(make))
    expect(new Set([await first, ...(await Promise.all(late))].map(([status]) => status))).toEqual(
      new Set([200]),
    )
    const before = queries
    const answers = await Promise.all(never)
    const detail = 'No project has this id or token, and no record with it came within 3000 ms.'
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify([404, detail])]),
    )
    // 3 s of looks at most, and none for each of them.
    expect(queries - before).toBeLessThan(5 * forOne + 20)
  })

  it('waits for a project by the id that it will have', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    onTestFinished(() => own.close())
    const { project_id: last } = await own.createProject()
    const asked = own.send({ url: `/_twin/projects/${last + 1}/wait?event=E&timeout_ms=20000` })
    await sleep(50)
    const { token } = await own.createProject()
    await own.send(trackJson([{ event: 'E', properties: { token, distinct_id: 'u', time: NOW_S } }]))
    expect((await asked).statusCode).toBe(200)
  })

  it('a server that closes does not wait for those who wait for a project', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    const asked = own.send({ url: '/_twin/projects/never/wait?timeout_ms=60000' })
    await sleep(100)
    await own.close()
    expect((await asked).statusCode).toBe(404)
  })

  it('does not wait for a project that no event makes', async () => {
    const answer = await server.send({ url: '/_twin/projects/nobody/wait?timeout_ms=60000' })
    expect(answer.statusCode).toBe(404)
  })

  it('says what became of the record with a token that has no project', async () => {
    const own = await startServer({ unknownTokens: 'drop' })
    onTestFinished(() => own.close())
    await own.send(trackJson([{ event: 'E', properties: { token: 'first-"x"', distinct_id: 'u' } }]))
    for (const path of ['wait?timeout_ms=30', 'verdicts', 'verdicts/counts']) {
      const told = await own.send({ url: `/_twin/projects/first-%22x%22/${path}` })
      expect([told.statusCode, told.json<{ detail: string }>().detail]).toEqual([
        404,
        expect.stringContaining('No project has the token first-"x".'),
      ])
    }
    const other = await own.send({ url: '/_twin/projects/other/verdicts' })
    expect(other.json<{ detail: string }>().detail).toBe('No project has this id or token.')
  })

  it('says what became of the first record of a token, which was refused', async () => {
    const own = await startServer({ unknownTokens: 'create' })
    onTestFinished(() => own.close())
    await own.send(trackJson([{ event: '', properties: { token: 'first-"x"', distinct_id: 'u' } }]))
    const project = '/_twin/projects/first-%22x%22'
    const waited = await own.send({ url: `${project}/wait?timeout_ms=30` })
    expect([waited.statusCode, waited.json<{ detail: string }>().detail]).toEqual([
      408,
      expect.stringContaining('The record was refused (event, missing or empty): event is ""'),
    ])
    const { verdicts } = (await own.send({ url: `${project}/verdicts` })).json()
    expect(verdicts).toMatchObject([{ code: 'record.invalid' }])
  })

  it('answers soon after the timeout where the events cannot be searched in time, and says so', async () => {
    const own = await startServer()
    onTestFinished(() => own.close())
    const project = await own.createProject()
    const client = await own.db.pool.connect()
    onTestFinished(() => client.release())
    await client.query('begin')
    await client.query('lock table event')
    const url = `/_twin/projects/${project.token}/wait?event=E&timeout_ms=30`
    const answer = await Promise.race([own.send({ url }), sleep(20_000, undefined, { ref: false })])
    await client.query('rollback')
    expect(answer?.json()).toMatchObject({
      status: 408,
      detail:
        '0 of 1 came within 30 ms. There are too many events to search all of them in that time: give a longer timeout_ms, or a distinct_id. What came instead could not be found in time: the server is busy.',
      matched: [],
      nearest: [],
    })
  })

  it('a server that closes does not wait for those who wait', async () => {
    const own = await startServer()
    const project = await own.createProject()
    const waiting = own.send({ url: urlOf(project, 'event=E&timeout_ms=60000') })
    await sleep(100)
    await own.close()
    expect((await waiting).statusCode).toBe(503)
  })
})

describe('two servers on one database', () => {
  let servers: SharedServers
  beforeAll(async () => {
    servers = await startSharedServers(2)
  })
  afterAll(() => servers.close())

  it('one sees what the other commits', async () => {
    const project = await servers.createProject()
    const [first, second] = servers.apps
    const waiting = first?.inject({ url: urlOf(project, 'event=E&timeout_ms=20000') })
    const properties = { token: project.token, distinct_id: 'u', $insert_id: 'i', time: NOW_S }
    await second?.inject(trackJson([{ event: 'E', properties }]))
    expect((await waiting)?.statusCode).toBe(200)
  })
})
