import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TokenBounds } from '../../src/store/new-tokens.ts'
import { profilesJson } from '../support/profiles.ts'
import { NOW_S, startServer, trackJson } from '../support/server.ts'

/* DEC-05: how many projects unknown tokens make, and what is told of those that make none. */

const event = (token: string) => ({
  event: 'E',
  properties: { token, distinct_id: 'u', time: NOW_S, $insert_id: 'i' },
})
const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))

async function start(tokenBounds?: TokenBounds, unknownTokens: 'create' | 'drop' = 'create') {
  const server = await startServer({ unknownTokens, tokenBounds })
  onTestFinished(() => server.close())
  const tokens = async () => {
    const { rows } = await server.db.pool.query<{ token: string }>('select token from project order by token')
    return rows.map(({ token }) => token)
  }
  const track = async (...tokens: readonly string[]) => {
    const answer = await server.send(trackJson(tokens.map(event)))
    return [answer.statusCode, answer.body, answer.headers['twinpanel-verdict'] ?? '']
  }
  const unrouted = async () => {
    const { verdicts } = (await server.send({ url: '/_twin/verdicts/unrouted?limit=1000' })).json()
    return verdicts as readonly { code: string; message: string; record: unknown; severity: string }[]
  }
  return { server, tokens, track, unrouted }
}

describe('unknown tokens (DEC-05)', () => {
  it('of one request make twenty projects, the first; the others are told', async () => {
    const { tokens, track, unrouted } = await start()
    const names = times(30, (n) => `t${String(n).padStart(2, '0')}`)
    expect(await track(...names)).toEqual([200, '1', '10; token.too_many_new'])
    expect(await tokens()).toEqual(names.slice(0, 20))
    const told = await unrouted()
    expect(told).toHaveLength(10)
    expect(told[0]).toMatchObject({
      severity: 'error',
      outcome: 'dropped',
      rule: 'DEC-05',
      message:
        'No project has the token t20, and none was created: one request makes 20 projects. The answer was still 1.',
      record: event('t20'),
    })
    expect(await track(...names)).toEqual([200, '1', ''])
    expect(await tokens()).toEqual(names)
  })

  it('make so many projects a minute, of /track and /engage; known ones are served', async () => {
    const { server, tokens, track } = await start({ perMinute: 3, inAll: 100 })
    expect(await track('a', 'b')).toEqual([200, '1', ''])
    const profile = (token: string) =>
      profilesJson('/engage', [{ $token: token, $distinct_id: 'u', $set: { a: 1 } }])
    expect((await server.send(profile('c'))).headers['twinpanel-verdict']).toBeUndefined()
    const refused = await server.send(profile('d'))
    expect([refused.body, refused.headers['twinpanel-verdict']]).toEqual(['1', '1; token.too_many_new'])
    expect(await track('e', 'a')).toEqual([200, '1', '1; token.too_many_new'])
    expect(await tokens()).toEqual(['a', 'b', 'c'])
    const metrics = (await server.send({ url: '/metrics' })).body
    expect(metrics).toMatch(/records_total\{[^}]*code="token.too_many_new"[^}]*\} 1\n/)
    // A third of a minute for each.
    await server.db.pool.query(`update new_token_quota set used_at = used_at - interval '21 seconds'`)
    server.clock.nowMs += 1_000
    expect(await track('e', 'f')).toEqual([200, '1', '1; token.too_many_new'])
    expect(await tokens()).toEqual(['a', 'b', 'c', 'e'])
  })

  it('make so many projects in all; those that are made by hand do not count, and deleted ones do not', async () => {
    const { server, tokens, track, unrouted } = await start({ perMinute: 100, inAll: 3 })
    for (const token of ['x', 'y', 'z']) await server.createProject({ token })
    expect(await track('a', 'b', 'c', 'd')).toEqual([200, '1', '1; token.too_many_new'])
    expect((await unrouted())[0]?.message).toContain('unknown tokens create at most 3 projects in total')
    server.clock.nowMs += 1_000
    for (const token of ['a', 'z']) await server.send({ method: 'DELETE', url: `/_twin/projects/${token}` })
    expect(await track('d', 'e')).toEqual([200, '1', '1; token.too_many_new'])
    expect(await tokens()).toEqual(['b', 'c', 'd', 'x', 'y'])
  })

  it('that were held back are served at once when their project is made by hand', async () => {
    const { server, track } = await start({ perMinute: 0, inAll: 10 })
    expect(await track('mine')).toEqual([200, '1', '1; token.too_many_new'])
    await server.createProject({ token: 'mine' })
    expect(await track('mine')).toEqual([200, '1', ''])
    expect(await server.readEvents('mine')).toHaveLength(1)
  })

  it('that are dropped cost no query each, however many requests have them', async () => {
    const { server, track } = await start(undefined, 'drop')
    let queries = 0
    server.db.shared.raw.on('acquire', () => queries++)
    const answers = await Promise.all(times(300, (n) => track(`flood-${n}`)))
    expect(new Set(answers.map(String))).toEqual(new Set([String([200, '1', '1; token.unknown'])]))
    // Each request would cost a connection for its look-up, and another for its verdict.
    expect(queries).toBeLessThan(150)
    await server.createProject({ token: 'flood-7' })
    expect(await track('flood-7')).toEqual([200, '1', ''])
  })
})

describe('tokens that are a slip (DEC-05)', () => {
  const SUSPECT = [200, '1', '1; token.suspect']

  it('are told when they make a project, once, and listed with the token they are similar to', async () => {
    const { server, track } = await start()
    const { token } = await server.createProject({ token: 'shop-test' })
    for (const slip of ['Shop-Test', '"shop-test"', 'shop-tset', 'undefined']) {
      expect([slip, await track(slip, slip)]).toEqual([slip, SUSPECT])
      expect([slip, await track(slip)]).toEqual([slip, [200, '1', '']])
    }
    expect(await track('shop-test-1', 'shop-test-2')).toEqual([200, '1', ''])
    const { projects } = (await server.send({ url: '/_twin/projects' })).json()
    const similar = projects.map((one: { token: string; similar_to?: string }) => [one.token, one.similar_to])
    expect(Object.fromEntries(similar)).toEqual({
      'shop-test': undefined,
      'Shop-Test': token,
      '"shop-test"': token,
      'shop-tset': token,
      undefined: undefined,
      'shop-test-1': undefined,
      'shop-test-2': undefined,
    })
    const { verdicts } = (await server.send({ url: '/_twin/projects/undefined/verdicts' })).json()
    expect(verdicts[0]).toMatchObject({ code: 'token.suspect', outcome: 'stored', severity: 'warning' })
    expect(verdicts[0].message).toContain('undefined (a placeholder)')
  })

  it('are told where they make none, without the token they are similar to (DIA-01)', async () => {
    const { server, track, unrouted } = await start(undefined, 'drop')
    const { project_id } = await server.createProject({ token: 'shop-test' })
    await track(' shop-test')
    await track('{{token}}')
    await track('another')
    expect((await unrouted()).map(({ message }) => message.split('. ')[0])).toEqual([
      `No project has the token  shop-test (the token of project ${project_id} with something around it)`,
      'No project has the token {{token}} (a placeholder)',
      'No project has the token another',
    ])
  })

  it.each(['create', 'drop'] as const)(
    'a secret makes none, and is neither shown nor kept: %s (SEC-01)',
    async (rule) => {
      const { server, tokens, track, unrouted } = await start(undefined, rule)
      const made = (
        await server.send({ method: 'POST', url: '/_twin/projects', payload: { token: 'mine' } })
      ).json()
      for (const secret of [made.secret, made.service_account.secret]) {
        const answer = await server.send({ ...trackJson([event(secret)], '?explain=1') })
        expect([answer.headers['twinpanel-verdict'], answer.body.includes(secret)]).toEqual([
          '1; token.is_secret',
          false,
        ])
        expect(await track(secret)).toEqual([200, '1', '1; token.is_secret'])
        const profile = profilesJson('/engage', [{ $token: secret, $distinct_id: 'u', $set: { a: 1 } }])
        expect((await server.send(profile)).headers['twinpanel-verdict']).toBe('1; token.is_secret')
        const refused = trackJson([{ event: 'E', properties: { token: secret, time: 'soon' } }])
        expect((await server.send(refused)).headers['twinpanel-verdict']).toBe(
          '2; token.is_secret,record.invalid',
        )
        expect(JSON.stringify(await unrouted())).not.toContain(secret)
      }
      expect(await tokens()).toEqual(['mine'])
    },
  )
})

describe('a token that is used first by a record that is refused (DEC-05)', () => {
  it.each<[string, (token: string) => object, string]>([
    ['/track', (token) => ({ event: 'E', properties: { token, time: 'soon' } }), 'time, invalid'],
    ['/engage', (token) => ({ $token: token, $set: { a: 1 } }), '$distinct_id, missing or empty'],
    ['/groups', (token) => ({ $token: token, $set: { a: 1 } }), '$group_key, missing or empty'],
  ])('makes the project, where wait and verdicts find it: %s', async (path, record, reason) => {
    const { server } = await start()
    const asked = server.send({ url: '/_twin/projects/first/wait?event=E&timeout_ms=1500' })
    await sleep(50)
    await server.send(profilesJson(path, [record('first')]))
    const { verdicts } = (await server.send({ url: '/_twin/projects/first/verdicts' })).json()
    expect(verdicts).toMatchObject([{ code: 'record.invalid', outcome: 'rejected' }])
    const waited = await asked
    expect([waited.statusCode, waited.body]).toEqual([408, expect.stringContaining(reason)])
  })

  it('but one without a token makes none', async () => {
    const { server, tokens } = await start()
    await server.send(
      trackJson([
        { event: 'E', properties: {} },
        { event: 'E', properties: { token: '' } },
      ]),
    )
    expect(await tokens()).toEqual([])
  })
})
