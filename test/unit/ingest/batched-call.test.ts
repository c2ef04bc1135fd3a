import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { BatchedCall } from '../../../src/ingest/batched-call.ts'

function gathered(maxKeys = 100) {
  const asked: (readonly string[])[] = []
  const waiting: PromiseWithResolvers<string>[] = []
  const own = new BatchedCall<string>(async (keys) => {
    asked.push(keys)
    const answer = Promise.withResolvers<string>()
    waiting.push(answer)
    return await answer.promise
  }, maxKeys)
  return { own, asked, waiting }
}

describe('BatchedCall', () => {
  it('asks at once, and of those who come meanwhile all together (DEC-05)', async () => {
    const { own, asked, waiting } = gathered()
    const first = own.ask(['a'])
    const rest = [['b'], ['c', 'a'], ['b']].map((keys) => own.ask(keys))
    await turn()
    expect(asked).toEqual([['a']])
    waiting[0]?.resolve('one')
    expect(await first).toBe('one')
    await turn()
    expect(asked).toEqual([['a'], ['b', 'c', 'a']])
    waiting[1]?.resolve('two')
    expect(await Promise.all(rest)).toEqual(['two', 'two', 'two'])
  })

  it('puts so many keys of several askers into one question (DEC-05)', async () => {
    const { own, asked, waiting } = gathered(2)
    const all = [['a'], ['b'], ['c'], ['d'], ['e', 'f', 'g'], ['h']].map((keys) => own.ask(keys))
    for (let n = 0; n < 5; n++) {
      await turn()
      waiting[n]?.resolve(`${n}`)
    }
    expect(await Promise.all(all)).toEqual(['0', '1', '1', '2', '3', '4'])
    expect(asked).toEqual([['a'], ['b', 'c'], ['d'], ['e', 'f', 'g'], ['h']])
  })

  it('fails those whose question failed, and asks on (DEC-08)', async () => {
    const { own, waiting } = gathered()
    const first = own.ask(['a'])
    const second = own.ask(['b'])
    await turn()
    waiting[0]?.reject(new Error('away'))
    await expect(first).rejects.toThrow('away')
    await turn()
    waiting[1]?.resolve('back')
    expect(await second).toBe('back')
    const third = own.ask(['c'])
    await turn()
    waiting[2]?.resolve('still')
    expect(await third).toBe('still')
  })
})
