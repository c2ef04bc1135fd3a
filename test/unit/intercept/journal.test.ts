import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { Journal } from '../../../src/intercept/journal.ts'

const request = () => new IncomingMessage(new Socket())
const track = { outcome: 'answered', method: 'POST', host: 'api.mixpanel.com', path: '/track' } as const

it('equal requests are counted, without their query, by project', () => {
  const journal = new Journal()
  for (const [index, token] of ['a', 'b', 'a'].entries()) {
    const own = request()
    journal.count({ ...track, path: `/track?ip=${index}` }, own)
    journal.hasTokens(own, [token])
  }
  journal.hasTokens(request(), ['of a request that is not listed'])
  journal.count({ ...track, method: 'GET' })
  expect(journal.list()).toEqual([
    { ...track, count: 2, tokens: ['a'], unauthorized: 0 },
    { ...track, count: 1, tokens: ['b'], unauthorized: 0 },
    { ...track, method: 'GET', count: 1, tokens: [], unauthorized: 0 },
  ])
})

it('the list has a limit', () => {
  const journal = new Journal()
  for (let index = 0; index < 2_000; index++)
    journal.count({ ...track, path: `/${index}${'x'.repeat(1_000)}` })
  const own = request()
  journal.count(track, own)
  journal.hasTokens(own, ['a'])
  expect(journal.list()).toHaveLength(1_000)
  expect(journal.list()[0]?.path).toHaveLength(100)
  const few = new Journal()
  few.count(track, own)
  few.hasTokens(own, ['6', '1', '2', '3', '1', '4', '5'])
  expect(few.list()[0]?.tokens).toEqual(['1', '2', '3', '4', '5'])
})
