import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'

/* Whoever sends to tokens that nobody has: how many projects that makes, and what it leaves of what others are told. */

let server: AttackedServer
beforeAll(async () => {
  server = await startAttackedServer({ TWINPANEL_NEW_TOKENS_MAX: '700' })
})
afterAll(() => server.close())

const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))
const event = (token: string, more = {}) => ({ event: 'E', properties: { token, distinct_id: 'u', ...more } })

async function ask<T>(path: string): Promise<{ readonly bytes: number; readonly body: T }> {
  const text = await (await fetch(`${server.url}/_twin${path}`)).text()
  return { bytes: text.length, body: JSON.parse(text) }
}

async function track(records: readonly object[]): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${server.url}/track`, {
    method: 'POST',
    headers,
    body: JSON.stringify(records),
  })
  return `${answer.status} ${await answer.text()} ${answer.headers.get('twinpanel-verdict') ?? ''}`
}

it('fifty requests of two thousand tokens make twenty projects each, and no more than there may be (DEC-05)', async () => {
  const made = await fetch(`${server.url}/_twin/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: 'neighbour' }),
  })
  expect(made.status).toBe(201)
  const flood = times(50, (r) => track(times(2_000, (n) => event(`t-${r}-${n}`))))
  // Whose project is there is served all the while.
  for (let n = 0; n < 5; n++) expect(await track([event('neighbour')])).toBe('200 1 ')
  const answers = await Promise.all(flood)
  for (const answer of answers) expect(answer).toMatch(/^200 1 (1980|2000|19\d\d); token\.too_many_new$/)
  const { bytes, body } = await ask<{ projects: readonly unknown[]; next: null }>('/projects')
  expect([body.projects.length, body.next]).toEqual([701, null])
  expect(bytes).toBeLessThan(1_000_000)
  // Made by hand, one is there at once.
  await fetch(`${server.url}/_twin/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: 't-49-1999' }),
  })
  expect(await track([event('t-49-1999')])).toBe('200 1 ')
})

it('what is told of no project stays small, whatever is sent (VRD-01)', async () => {
  for (let r = 0; r < 5; r++) {
    await track(times(2_000, (n) => event(`u-${r}-${n}`, { x: 'x'.repeat(1_900) })))
  }
  let [count, bytes, after] = [0, 0, '']
  for (;;) {
    const page = await ask<{ verdicts: readonly unknown[]; next: string | null }>(
      `/verdicts/unrouted?limit=1000${after}`,
    )
    count += page.body.verdicts.length
    bytes += page.bytes
    if (page.body.next === null) break
    after = `&after=${page.body.next}`
  }
  // The burst, and twenty for each second that both tests took.
  expect(count).toBeGreaterThanOrEqual(1_000)
  expect(count).toBeLessThan(4_000)
  expect(bytes).toBeLessThan(count * 3_000)
})
