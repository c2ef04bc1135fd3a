import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/core/deferred.ts'
import { BatchedCall } from '../../../src/ingest/batched-call.ts'

function openCall(maxKeys = 100) {
  const asked: (readonly string[])[] = []
  const waiting: Deferred<string>[] = []
  const batched = new BatchedCall<string>(async (keys) => {
    asked.push(keys)
    const answer = new Deferred<string>()
    waiting.push(answer)
    return await answer.promise
  }, maxKeys)
  return { batched, asked, waiting }
}

describe('BatchedCall', () => {
  it('calls at once, and combines all keys passed meanwhile into the next call (DEC-05)', async () => {
    const { batched, asked, waiting } = openCall()
    const first = batched.call(['a'])
    const rest = [['b'], ['c', 'a'], ['b']].map((keys) => batched.call(keys))
    await turn()
    expect(asked).toEqual([['a']])
    waiting[0]?.resolve('one')
    expect(await first).toBe('one')
    await turn()
    expect(asked).toEqual([['a'], ['b', 'c', 'a']])
    waiting[1]?.resolve('two')
    expect(await Promise.all(rest)).toEqual(['two', 'two', 'two'])
  })

  it('combines keys of several callers up to the maximum of one call (DEC-05)', async () => {
    const { batched, asked, waiting } = openCall(2)
    const all = [['a'], ['b'], ['c'], ['d'], ['e', 'f', 'g'], ['h']].map((keys) => batched.call(keys))
    for (let n = 0; n < 5; n++) {
      await turn()
      waiting[n]?.resolve(`${n}`)
    }
    expect(await Promise.all(all)).toEqual(['0', '1', '1', '2', '3', '4'])
    expect(asked).toEqual([['a'], ['b', 'c'], ['d'], ['e', 'f', 'g'], ['h']])
  })

  it('rejects the callers of a failed call, and makes the next (DEC-08)', async () => {
    const { batched, waiting } = openCall()
    const first = batched.call(['a'])
    const second = batched.call(['b'])
    await turn()
    waiting[0]?.reject(new Error('away'))
    await expect(first).rejects.toThrow('away')
    await turn()
    waiting[1]?.resolve('back')
    expect(await second).toBe('back')
    const third = batched.call(['c'])
    await turn()
    waiting[2]?.resolve('still')
    expect(await third).toBe('still')
  })
})
