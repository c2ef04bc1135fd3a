import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'

/* A program that guesses the admin token as fast as it can, with the addresses that a proxy tells. */

const TOKEN = 'the-right-token-0123456789'

let server: AttackedServer
beforeAll(async () => {
  server = await startAttackedServer({ TWINPANEL_ADMIN_TOKEN: TOKEN, TWINPANEL_TRUST_PROXY: 'loopback' })
})
afterAll(() => server.close())

async function show(token: string, from: string): Promise<{ status: number; retryAfter: string | null }> {
  const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': from }
  const answer = await fetch(`${server.url}/_twin/projects`, { headers })
  await answer.text()
  return { status: answer.status, retryAfter: answer.headers.get('retry-after') }
}

it('of 3,000 guesses eleven are looked at, and the right token from elsewhere is not delayed (SEC-08)', async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, line) => {
      const own = []
      for (let n = 0; n < 100; n++) own.push(await show(`guess-${line}-${n}`, '203.0.113.9'))
      return own
    }),
  )
  const statuses = answers.flat().map(({ status }) => status)
  // The attack may take longer than the first waits, of 1, 2 and 4 s.
  const seen = statuses.filter((status) => status === 401).length
  expect(seen).toBeGreaterThanOrEqual(11)
  expect(seen).toBeLessThanOrEqual(16)
  expect(statuses.filter((status) => status === 429)).toHaveLength(3_000 - seen)
  expect(await show(TOKEN, '198.51.100.7')).toEqual({ status: 200, retryAfter: null })
})

it('whoever is wrong now and then is let in at once with the right one (SEC-08)', async () => {
  for (let n = 0; n < 10; n++) expect((await show(`typo-${n}`, '198.51.100.8')).status).toBe(401)
  expect((await show(TOKEN, '198.51.100.8')).status).toBe(200)
})
