import { setImmediate as nextIteration } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { IN_STEP, Turns } from '../../../src/ingest/turns.ts'

// Requests of one turn of the event loop take each step together; none depends on the others.

const MAX_TOGETHER = 32

function request(turns: Turns, name: string, log: string[]) {
  return async () => {
    await turns.next()
    log.push(`${name} decoded`)
    await IN_STEP
    if (name === 'bad') throw new Error('refused')
    log.push(`${name} judged`)
  }
}

it('takes the requests of one turn through each step together, in the order of their arrival', async () => {
  const [turns, log]: [Turns, string[]] = [new Turns(), []]
  await Promise.all(['a', 'b', 'c'].map((name) => request(turns, name, log)()))
  expect(log).toEqual(['a decoded', 'b decoded', 'c decoded', 'a judged', 'b judged', 'c judged'])
})

it('begins no step before everything that has arrived is read', async () => {
  const [turns, log]: [Turns, string[]] = [new Turns(), []]
  const first = request(turns, 'a', log)()
  await IN_STEP
  const second = request(turns, 'b', log)()
  expect(log).toEqual([])
  await Promise.all([first, second])
  expect(log.slice(0, 2)).toEqual(['a decoded', 'b decoded'])
})

it('lets a request that fails affect no other', async () => {
  const [turns, log]: [Turns, string[]] = [new Turns(), []]
  const results = await Promise.allSettled(['a', 'bad', 'c'].map((name) => request(turns, name, log)()))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(log.slice(3)).toEqual(['a judged', 'c judged'])
})

it('limits the number of requests that go on together, and answers them in the same turn', async () => {
  const [turns, log]: [Turns, string[]] = [new Turns(), []]
  const names = Array.from({ length: 2 * MAX_TOGETHER + 1 }, (_, index) => `${index}`)
  const all = Promise.all(names.map((name) => request(turns, name, log)()))
  await nextIteration()
  const expected = [0, MAX_TOGETHER, 2 * MAX_TOGETHER].flatMap((from) => {
    const part = names.slice(from, from + MAX_TOGETHER)
    return [...part.map((name) => `${name} decoded`), ...part.map((name) => `${name} judged`)]
  })
  expect(log).toEqual(expected)
  await all
})
