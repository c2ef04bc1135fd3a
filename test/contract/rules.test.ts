import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'

/* The contract over HTTP: what a verdict or a link names as its rule can be read. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const get = (url: string) => server.send({ url })

describe('GET /_twin/rules', () => {
  it('lists every rule in order, with its chapter, its title and how sure it is', async () => {
    const { rules } = (await get('/_twin/rules')).json<{ rules: readonly { readonly id: string }[] }>()
    expect(rules.length).toBeGreaterThan(450)
    expect(rules[0]).toMatchObject({ id: 'DEC-01' })
    expect(rules.find(({ id }) => id === 'TRK-21')).toEqual({
      id: 'TRK-21',
      chapter: 'TRK',
      title: 'Unknown token',
      sureness: ['O', 'D'],
    })
  })
})

describe('GET /_twin/rules/:rule', () => {
  it('tells what the rule says, where that comes from, and what cites it or is cited', async () => {
    expect((await get('/_twin/rules/TRK-21')).json()).toEqual({
      id: 'TRK-21',
      chapter: 'TRK',
      title: 'Unknown token',
      sureness: ['O', 'D'],
      statement: expect.stringContaining('answered exactly like a success'),
      example: expect.stringContaining('bogustoken'),
      source: expect.stringContaining('[O] S-03'),
      choice: null,
      departures: [],
      verdicts: [{ code: 'token.unknown', ...CATALOGUE['token.unknown'] }],
      related: ['DIA-01', 'DEC-05', 'GEN-01'],
    })
  })

  it('tells where Twinpanel departs, and why', async () => {
    expect((await get('/_twin/rules/IDS-20')).json()).toMatchObject({
      departures: [{ what: expect.stringContaining('not stored as an event'), why: 'DEC-01.' }],
      verdicts: [{ code: 'identity.identify_noop' }],
      related: expect.arrayContaining(['DEC-01', 'Q-01']),
    })
  })

  it.each([
    ['CON-01', { example: null, source: null, choice: expect.stringMatching(/^One or more/) }],
    ['Q-07', { choice: expect.stringContaining('501'), related: ['DEC-02'] }],
    ['DIA-02', { verdicts: [{ code: 'batch.partial' }] }],
  ])('tells of %s too, which is no rule', async (id, expected) => {
    expect((await get(`/_twin/rules/${id}`)).json()).toMatchObject(expected)
  })

  it('knows the rule of every kind of verdict', async () => {
    for (const [code, { rule }] of Object.entries(CATALOGUE)) {
      const { verdicts } = (await get(`/_twin/rules/${rule}`)).json<{
        verdicts: readonly { readonly code: string }[]
      }>()
      expect([rule, verdicts.map((verdict) => verdict.code)]).toEqual([rule, expect.arrayContaining([code])])
    }
  })

  it.each([
    ['TRK-1', 'No rule has the id "TRK-1". Did you mean TRK-01?'],
    ['ids-20', 'No rule has the id "ids-20". Did you mean IDS-20?'],
    ['FOO-99', 'No rule has the id "FOO-99". GET /_twin/rules lists all.'],
    ['..%2F..%2Fpackage.json', 'No rule has the id "../../package.json". GET /_twin/rules lists all.'],
  ])('answers 404 for %s, with the id that is most like it', async (id, detail) => {
    const answer = await get(`/_twin/rules/${id}`)
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toEqual({ type: 'about:blank', title: 'Not Found', status: 404, detail })
  })
})

it('the rules are for those who may use the API', async () => {
  const guarded = await startServer({ adminToken: 's3cret', loopbackOnly: false })
  expect((await guarded.send({ url: '/_twin/rules/TRK-21' })).statusCode).toBe(401)
  await guarded.close()
})
