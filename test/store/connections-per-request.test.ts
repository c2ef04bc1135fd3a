import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

/*
 * The number of database accesses of a request does not depend on the number of its records, or on what is wrong with
 * them.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** The number of connections taken from the pool while `run` runs. */
async function connectionsTaken(run: () => Promise<unknown>): Promise<number> {
  let taken = 0
  const count = () => taken++
  server.db.shared.raw.on('acquire', count)
  await run()
  server.db.shared.raw.off('acquire', count)
  return taken
}

const post = (url: string, payload: readonly object[]) =>
  server.send({ method: 'POST', url, payload: [...payload] })
const many = <T>(make: (n: number) => T) => Array.from({ length: 200 }, (_, n) => make(n))

describe.each([
  { what: 'an unknown token', tokenOf: () => 'nobodys' },
  { what: 'unknown tokens', tokenOf: (n: number) => `nobodys-${n}` },
])('with $what', ({ tokenOf }) => {
  it.each([
    { url: '/track', record: (token: string) => ({ properties: { token } }) },
    { url: '/engage', record: (token: string) => ({ $token: token }) },
    { url: '/groups', record: (token: string) => ({ $token: token }) },
  ])(
    '200 refused records of $url look up their projects together (TRK-19, TRK-21)',
    async ({ url, record }) => {
      const taken = await connectionsTaken(async () => {
        expect(
          (
            await post(
              url,
              many((n) => record(tokenOf(n))),
            )
          ).body,
        ).toBe('0')
      })
      expect(taken).toBeLessThan(5)
    },
  )
})

it('a known token is found among unknown and invalid ones (TRK-21, TRK-22)', async () => {
  const { token } = await server.createProject()
  const known = { properties: { token } }
  const answer = await post('/track', [
    { properties: { token: 'nobodys' } },
    known,
    { properties: { token: 7 } },
  ])
  expect(answer.body).toBe('0')
  const verdicts = await server.send({ url: `/_twin/projects/${token}/verdicts` })
  expect(verdicts.json().verdicts.map((verdict: { record: object }) => verdict.record)).toEqual([known])
})
