import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { matchers } from '../../src/fixtures/matchers/matchers.ts'
import { NOW_S, startServer, type TestServer } from '../support/server.ts'

/* The matchers of a project, on a real server over HTTP: what they let pass, and the exact text of each failure. */

expect.extend(matchers)

let server: TestServer
let url: string
beforeAll(async () => {
  server = await startServer()
  url = await server.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => server.close())

interface Project {
  readonly token: string
  readonly url: string
}

/** A project whose token is the same in every run, as failures show it. */
async function aProject(token: string, body: object = {}): Promise<Project> {
  await createClient({ url }).projects.create({ token, ...body })
  return { token, url }
}

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

let sent = 0
async function track({ token }: Project, event: string, properties: object = {}): Promise<void> {
  const defaults = { token, time: NOW_S, distinct_id: 'charlie', $insert_id: `id-${sent++}` }
  await post('/track', [{ event, properties: { ...defaults, ...properties } }])
}

async function setProfile({ token }: Project, id: string, properties: object): Promise<void> {
  await post('/engage', [{ $token: token, $distinct_id: id, $set: properties }])
}

/** The text of a failure, with the usual address in place of that of this run's server. */
async function textOf(check: Promise<void>): Promise<string> {
  const message = await check.then(
    () => 'It has passed.',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  return stripVTControlCharacters(message).replaceAll(url, 'http://localhost:4100')
}

const lines = (...all: readonly string[]) => all.join('\n')
const SOON = { timeout: 100, settle: 50 }

describe('toHaveTracked', () => {
  it('waits for an event that comes later', async () => {
    const project = await aProject('late')
    const waiting = expect(project).toHaveTracked('Signed up', { plan: 'pro' })
    await track(project, 'Signed up', { plan: 'free' })
    await track(project, 'Signed up', { plan: 'pro' })
    await waiting
  })

  it('compares properties by JSON, by matchers of the runner at any depth, and by regular expressions', async () => {
    const project = await aProject('by-matchers')
    const cart = { items: [{ sku: 'a1', price: 5 }], total: 5 }
    await track(project, 'Bought', { plan: 'free', cart: { items: [], total: 0 } })
    await track(project, 'Bought', { plan: 'pro', cart, at: new Date(0) })
    await expect(project).toHaveTracked('Bought', {
      plan: /^pr/,
      cart: { items: [{ price: expect.any(Number) }], total: 5 },
      at: new Date(0),
    })
    const wrong = { cart: { items: [{ price: expect.any(String) }] } }
    await expect(project).not.toHaveTracked('Bought', wrong, SOON)
    expect(await textOf(expect(project).toHaveTracked('Bought', wrong, SOON))).toContain('Any<String>')
  })

  it.each([
    ['by the server', { plan: 'pro' }],
    ['by matchers', { plan: expect.any(String) }],
  ])('counts exactly, compared %s', async (name, properties) => {
    const project = await aProject(`count ${name}`.replaceAll(' ', '-'))
    await track(project, 'Other', { plan: 'pro' })
    for (const plan of ['pro', 5, 'pro']) await track(project, 'Signed up', { plan })
    await expect(project).toHaveTracked('Signed up', properties, { ...SOON, times: 2 })
    await expect(project).toHaveTracked('Signed up', { plan: 7 }, { ...SOON, times: 0 })
    const see = `See http://localhost:4100/_twin/#/p/${project.token}/live`
    const once = await textOf(expect(project).toHaveTracked('Signed up', properties, { ...SOON, times: 1 }))
    expect(once).toMatch(
      /^Expected exactly 1 event "Signed up" with .*, got also "Signed up" of "charlie"\.\n/,
    )
    expect(once.endsWith(see)).toBe(true)
    const thrice = await textOf(expect(project).toHaveTracked('Signed up', properties, { ...SOON, times: 3 }))
    expect(thrice).toMatch(/^Expected exactly 3 events "Signed up" with .* within 100 ms, got 2\.\n/)
  })

  it('counts the events of one user, by any id', async () => {
    const project = await aProject('by-user')
    await track(project, 'Viewed', { distinct_id: '$device:D1', $device_id: 'D1' })
    await track(project, 'Viewed', { $device_id: 'D1', $user_id: 'charlie' })
    await track(project, 'Viewed', { distinct_id: 'dora' })
    await expect(project).toHaveTracked('Viewed', {}, { by: '$device:D1', times: 2, settle: 50 })
    await expect(project).not.toHaveTracked('Viewed', {}, { by: 'eve', settle: 50 })
  })

  it('fails with the nearest event, and its differences marked', async () => {
    const project = await aProject('nearest')
    await track(project, 'signed-up', { plan: 'pro', seats: 5 })
    const wanted = { plan: 'pro', seats: expect.any(String), source: 'ad' }
    expect(await textOf(expect(project).toHaveTracked('Signed up', wanted, SOON))).toBe(
      lines(
        'Expected 1 event "Signed up" with {"plan":"pro","seats":Any<String>,"source":"ad"} within 100 ms, got none.',
        'Nearest: "signed-up" of "charlie"',
        '  - event: "Signed up"',
        '  + event: "signed-up"  (Only letter case, spaces or punctuation differ.)',
        '  - source: "ad"',
        '  + source: nothing',
        'See http://localhost:4100/_twin/#/p/nearest/live',
      ),
    )
    await track(project, 'Signed up', { plan: 'pro', seats: 5, source: 'ad' })
    expect(await textOf(expect(project).toHaveTracked('Signed up', wanted, SOON))).toBe(
      lines(
        'Expected 1 event "Signed up" with {"plan":"pro","seats":Any<String>,"source":"ad"} within 100 ms, got none.',
        'Nearest: "Signed up" of "charlie"',
        '  - seats: Any<String>',
        '  + seats: 5',
        'See http://localhost:4100/_twin/#/p/nearest/live',
      ),
    )
  })

  it('fails with the verdict, and what to do', async () => {
    const project = await aProject('judged')
    await track(project, 'Signed up', { time: NOW_S - 90 * 86_400 })
    expect(await textOf(expect(project).toHaveTracked('Signed up', {}, SOON))).toBe(
      lines(
        'Expected 1 event "Signed up" within 100 ms, got none.',
        'Verdict: The event Signed up is 90 days old. /track accepts events up to five days old, so it was dropped without an error. (time.too_old_for_track)',
        'Advice: Send history to /import.',
        'See http://localhost:4100/_twin/#/p/judged/live?rule=TRK-28',
      ),
    )
  })

  it('fails with the token where nothing has come', async () => {
    const project = await aProject('empty')
    expect(await textOf(expect(project).toHaveTracked('Signed up', {}, SOON))).toBe(
      lines(
        'Expected 1 event "Signed up" within 100 ms, got none.',
        'No event has reached this project. Its token is "empty".',
        'See http://localhost:4100/_twin/#/p/empty/live',
      ),
    )
  })

  it('fails with short lines, however long the values are', async () => {
    const project = await aProject('long')
    const long = 'x'.repeat(5_000)
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`p${at}`, `${at}`]))
    await track(project, 'Signed up', { plan: long })
    const text = await textOf(expect(project).toHaveTracked('Signed up', { plan: `${long}y`, ...many }, SOON))
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(220)
    expect(text).toContain('\n  and 5 more\n')
  })

  it('fails with not where one has come', async () => {
    const project = await aProject('unwanted')
    await track(project, 'Signed up', { plan: 'pro' })
    const text = lines(
      'Expected no event "Signed up" with {"plan":"pro"}, got "Signed up" of "charlie".',
      'See http://localhost:4100/_twin/#/p/unwanted/live',
    )
    expect(await textOf(expect(project).not.toHaveTracked('Signed up', { plan: 'pro' }, SOON))).toBe(text)
    await expect(project).not.toHaveTracked('Signed up', { plan: 'free' }, SOON)
  })
})

describe('toHaveTrackedOnly', () => {
  it('passes with these events in any order, besides those that SDKs send by themselves', async () => {
    const project = await aProject('only')
    for (const event of ['Signed up', 'Viewed', '$identify', 'Viewed']) await track(project, event)
    await expect(project).toHaveTrackedOnly(['Viewed', 'Viewed', 'Signed up'], SOON)
    await expect(project).toHaveTrackedOnly([], { by: 'dora', ...SOON })
  })

  it('fails with what came besides, or what is missing', async () => {
    const project = await aProject('besides')
    for (const event of ['Viewed', 'Opened']) await track(project, event)
    expect(await textOf(expect(project).toHaveTrackedOnly(['Viewed'], SOON))).toBe(
      lines(
        'Expected only "Viewed", got also "Opened" of "charlie".',
        'See http://localhost:4100/_twin/#/p/besides/live',
      ),
    )
    expect(await textOf(expect(project).toHaveTrackedOnly(['Viewed', 'Opened', 'opened'], SOON))).toBe(
      lines(
        'Expected only "Viewed", "Opened" and "opened" within 100 ms, got 2.',
        'No other event has reached this project.',
        'See http://localhost:4100/_twin/#/p/besides/live',
      ),
    )
    expect(await textOf(expect(project).toHaveTrackedOnly([], SOON))).toBe(
      lines(
        'Expected no event, got "Viewed" of "charlie", "Opened" of "charlie".',
        'See http://localhost:4100/_twin/#/p/besides/live',
      ),
    )
  })
})

describe('toBeOneUser', () => {
  it('waits for the link, in each identity system', async () => {
    const device = '6c3b1c5e-7a0e-4b0d-9a3c-2f1f0c8d4e5a'
    for (const [id_management, id, event, properties] of [
      ['simplified', '$device:D1', 'Signed up', { $device_id: 'D1', $user_id: 'charlie' }],
      ['original', device, '$identify', { $identified_id: 'charlie', $anon_id: device }],
      ['legacy', 'D1', '$create_alias', { alias: 'charlie', distinct_id: 'D1' }],
    ] as const) {
      const project = await aProject(`one-${id_management}`, { id_management })
      await track(project, 'Viewed', { distinct_id: id })
      const waiting = expect(project).toBeOneUser(id, 'charlie')
      await track(project, event, properties)
      await waiting
    }
  })

  it('fails with why they are two users', async () => {
    const project = await aProject('two')
    await track(project, 'Viewed', { distinct_id: '$device:D1', $device_id: 'D1' })
    await track(project, 'Signed up', { distinct_id: 'charlie', $user_id: 'charlie' })
    const context = Object.assign(() => undefined, { isNot: false, timeout: 100 })
    const { message } = await matchers.toBeOneUser.call(context, project, '$device:D1', 'charlie')
    expect(message().replaceAll(url, 'http://localhost:4100')).toBe(
      lines(
        'Expected "$device:D1" and "charlie" to be one user within 100 ms, got 2.',
        'User "$device:D1": $device:D1 is an anonymous device: no event has carried its $device_id together with a $user_id.',
        'User "charlie": charlie is a user with one id: no event has carried it as $user_id together with a $device_id.',
        'See http://localhost:4100/_twin/#/p/two/users/%24device%3AD1',
      ),
    )
    await expect(project).not.toBeOneUser('$device:D1', 'charlie')
  })

  it('fails with the refused link', async () => {
    const project = await aProject('refused', { id_management: 'original' })
    await track(project, 'A', { distinct_id: 'one', $user_id: 'one', $device_id: 'D1' })
    await track(project, '$identify', { $identified_id: 'two', $anon_id: 'one', distinct_id: 'two' })
    const context = Object.assign(() => undefined, { isNot: false, timeout: 100 })
    const { message } = await matchers.toBeOneUser.call(context, project, 'one', 'two')
    expect(message()).toMatch(/\nVerdict: .+ \(identity\.\w+\)\nAdvice: .+\nSee /)
  })

  it('fails with not for one user, and for ids that no record has', async () => {
    const project = await aProject('joined')
    await track(project, 'Signed up', { $device_id: 'D1', $user_id: 'charlie' })
    expect(await textOf(expect(project).not.toBeOneUser('charlie', '$device:D1'))).toMatch(
      /^Expected "charlie" and "\$device:D1" to be several users within 3000 ms, got 1\.\nUser "charlie": charlie is one user with 1 device, .+\nSee /,
    )
    const context = Object.assign(() => undefined, { isNot: true, timeout: 100 })
    const unknown = await matchers.toBeOneUser.call(context, project, 'charlie', 'charly')
    expect([unknown.pass, unknown.message()]).toEqual([
      true,
      expect.stringMatching(/to be several users within 100 ms, no record has "charly"\.\n/),
    ])
  })
})

describe('toHaveProfile and toHaveGroup', () => {
  it('wait for a profile, by any id, compared by the server or by matchers', async () => {
    const project = await aProject('profiles')
    await track(project, 'Signed up', { $device_id: 'D1', $user_id: 'charlie' })
    const waiting = [
      expect(project).toHaveProfile('$device:D1', { plan: 'pro' }),
      expect(project).toHaveProfile('charlie', { plan: expect.any(String), seats: 5 }),
      expect(project).toHaveGroup('company', 'acme', { seats: expect.any(Number) }),
    ]
    await setProfile(project, 'charlie', { seats: 5, plan: 0 })
    await setProfile(project, 'charlie', { plan: 'pro' })
    await post('/groups', [
      { $token: project.token, $group_key: 'company', $group_id: 'acme', $set: { seats: 7 } },
    ])
    await Promise.all(waiting)
    await expect(project).not.toHaveProfile('charlie', { plan: 'free' }, SOON)
    await expect(project).not.toHaveProfile('charlie', { plan: expect.any(Number) }, SOON)
    await expect(project).not.toHaveGroup('company', 'other', undefined, SOON)
  })

  it('fail with the differences of the profile', async () => {
    const project = await aProject('differs')
    await setProfile(project, 'charlie', { Plan: 'pro' })
    expect(await textOf(expect(project).toHaveProfile('charlie', { plan: 'pro' }, SOON))).toBe(
      lines(
        'Expected the profile of "charlie" with {"plan":"pro"} within 100 ms, got none.',
        'Nearest: the profile of "charlie"',
        '  - plan: "pro"',
        '  + plan: nothing  (The profile has "Plan" instead.)',
        'See http://localhost:4100/_twin/#/p/differs/live',
      ),
    )
    expect(await textOf(expect(project).toHaveProfile('charlie', { Plan: expect.any(Number) }, SOON))).toBe(
      lines(
        'Expected the profile of "charlie" with {"Plan":Any<Number>} within 100 ms, got none.',
        'Nearest: the profile of "charlie"',
        '  - Plan: Any<Number>',
        '  + Plan: "pro"',
        'See http://localhost:4100/_twin/#/p/differs/live',
      ),
    )
    expect(await textOf(expect(project).toHaveGroup('company', 'acme', {}, SOON))).toBe(
      lines(
        'Expected the profile of the group "acme" ("company") within 100 ms, got none.',
        'The group "acme" of company has no profile.',
        'See http://localhost:4100/_twin/#/p/differs/live',
      ),
    )
  })

  it.each([
    ['by the server', { plan: 'pro' }, '{"plan":"pro"}'],
    ['by matchers', { plan: /p/ }, '{"plan":/p/}'],
  ])('fail with not where there is one, compared %s', async (name, properties, shown) => {
    const token = `not-${name.replaceAll(' ', '-')}`
    const project = await aProject(token)
    await setProfile(project, 'charlie', { plan: 'pro' })
    expect(await textOf(expect(project).not.toHaveProfile('charlie', properties, SOON))).toBe(
      lines(
        `Expected no profile of "charlie" with ${shown}, got the profile of "charlie".`,
        `See http://localhost:4100/_twin/#/p/${token}/live`,
      ),
    )
  })
})

describe('toHaveVerdict and toHaveNoProblems', () => {
  it('find the verdict on a record', async () => {
    const project = await aProject('verdict')
    await expect(project).toHaveNoProblems(SOON)
    await expect(project).not.toHaveVerdict('time.too_old_for_track', SOON)
    await track(project, 'Old', { time: NOW_S - 90 * 86_400 })
    await expect(project).toHaveVerdict('time.too_old_for_track', { by: 'charlie' })
    await expect(project).not.toHaveNoProblems(SOON)
    expect(await textOf(expect(project).toHaveNoProblems(SOON))).toBe(
      lines(
        'Expected no problems, got 1.',
        'Verdict: The event Old is 90 days old. /track accepts events up to five days old, so it was dropped without an error. (time.too_old_for_track)',
        'Advice: Send history to /import.',
        recordLine(),
        'See http://localhost:4100/_twin/#/p/verdict/verdicts',
      ),
    )
  })

  it('fail with what there is instead', async () => {
    const project = await aProject('no-verdict')
    await track(project, 'Fine')
    expect(await textOf(expect(project).not.toHaveNoProblems(SOON))).toBe(
      lines(
        'Expected a problem within 100 ms, got none.',
        'See http://localhost:4100/_twin/#/p/no-verdict/live',
      ),
    )
    expect(await textOf(expect(project).toHaveVerdict('time.too_old_for_track', SOON))).toBe(
      lines(
        'Expected the verdict time.too_old_for_track within 100 ms, got none.',
        'No record has the verdict time.too_old_for_track.',
        'See http://localhost:4100/_twin/#/p/no-verdict/live',
      ),
    )
  })
})

/** The line of the last record that was sent. */
function recordLine(): string {
  const properties = {
    token: 'verdict',
    time: NOW_S - 90 * 86_400,
    distinct_id: 'charlie',
    $insert_id: `id-${sent - 1}`,
  }
  return `Record: ${JSON.stringify({ event: 'Old', properties })}`
}

describe('what cannot work fails with a sentence, with and without not', () => {
  const someProject = () => ({ token: 'none', url })

  it.each<[string, () => unknown, RegExp]>([
    ['a number', () => 5, /^expect\(\) must get a project of Twinpanel here: .* It is 5\.$/],
    ['nothing', () => undefined, /It is undefined\.$/],
    ['a promise', () => Promise.resolve(someProject()), /It is a promise: await it first\.$/],
    ['an unknown project', someProject, /^No project has this id or token\.$/],
    [
      'no server',
      () => ({ token: 'x', url: 'http://127.0.0.1:9' }),
      /^No answer from http:\/\/127\.0\.0\.1:9 /,
    ],
  ])('%s as the project', async (_kind, received, sentence) => {
    expect(await textOf(expect(received()).toHaveTracked('A', {}, SOON))).toMatch(sentence)
    expect(await textOf(expect(received()).not.toHaveTracked('A', {}, SOON))).toMatch(sentence)
  })

  const itself: Record<string, unknown> = {}
  itself['own'] = itself
  it.each<[string, unknown, string]>([
    [
      'undefined',
      { plan: undefined },
      'The property plan must be JSON or a matcher of the test runner, not undefined.',
    ],
    [
      'a function',
      { plan: { of: String } },
      'The property plan.of must be JSON or a matcher of the test runner, not the function String.',
    ],
    [
      'NaN',
      { seats: [Number.NaN] },
      'The property seats.0 must be JSON or a matcher of the test runner, not NaN.',
    ],
    ['itself', itself, 'The property own contains itself.'],
    ['a list', ['pro'], `Properties must be an object such as { plan: 'pro' }, not ["pro"].`],
    [
      'a matcher',
      expect.any(Object),
      'Properties must be an object; matchers such as expect.any(String) are for its values.',
    ],
  ])('%s as properties', async (_kind, properties, sentence) => {
    const given = properties as Readonly<Record<string, unknown>>
    expect(await textOf(expect(someProject()).toHaveTracked('A', given, SOON))).toBe(sentence)
    expect(await textOf(expect(someProject()).not.toHaveProfile('A', given, SOON))).toBe(sentence)
  })

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'no event',
      () => expect(someProject()).toHaveTracked(''),
      /^Name the event, as in 'Signed up': it is ""\.$/,
    ],
    [
      'a half time',
      () => expect(someProject()).toHaveTracked('A', {}, { times: 1.5 }),
      /^times must be a whole number below 1000, not 1\.5\.$/,
    ],
    [
      'times with not',
      () => expect(someProject()).not.toHaveTracked('A', {}, { times: 1 }),
      /^times does not go with not/,
    ],
    [
      'a negative timeout',
      () => expect(someProject()).toHaveTracked('A', {}, { timeout: -1 }),
      /^timeout must be a number of milliseconds from 0 to 60000, not -1\.$/,
    ],
    [
      'an event without a name',
      () => expect(someProject()).toHaveTrackedOnly(['A', '']),
      /^List the names of events/,
    ],
    [
      'only with not',
      () => expect(someProject()).not.toHaveTrackedOnly(['A']),
      /^toHaveTrackedOnly has no opposite/,
    ],
    [
      'one id',
      () => expect(someProject()).toBeOneUser('a'),
      /^Name two ids or more, as in '\$device:D1', 'charlie': they are \["a"\]\.$/,
    ],
    ['no id', () => expect(someProject()).toHaveProfile(''), /^Name a user by any id/],
    [
      'no group',
      () => expect(someProject()).toHaveGroup('company', ''),
      /^Name a group by its key and its id/,
    ],
    ['no code', () => expect(someProject()).toHaveVerdict(''), /^Name the code of a verdict/],
  ])('%s as arguments', async (_kind, check, sentence) => {
    expect(await textOf(check())).toMatch(sentence)
  })
})
