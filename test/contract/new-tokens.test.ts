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
        'No project has the token t20, and none was made of it: one request makes 20 projects, no more. The answer was still 1.',
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
    expect((await unrouted())[0]?.message).toContain('of new tokens 3 projects are made in all, no more')
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
