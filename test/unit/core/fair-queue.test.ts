import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FairQueue, type Turn } from '../../../src/core/fair-queue.ts'

/** Asks for so many turns of a key; none may be refused. */
function askAll(queue: FairQueue, key: string, count: number): readonly Turn[] {
  return Array.from({ length: count }, () => {
    const turn = queue.ask(key)
    if (turn === undefined) throw new Error('refused')
    return turn
  })
}

const begunOf = (all: readonly Turn[]) => all.filter((turn) => turn.hasBegun).length

describe('turns', () => {
  it('are given to one key up to its own bound, and to many up to that of all', () => {
    const queue = new FairQueue({ atOnce: 4, perKey: 2 })
    const one = askAll(queue, 'a', 5)
    const others = ['b', 'c', 'd'].flatMap((key) => askAll(queue, key, 1))
    expect([begunOf(one), begunOf(others), queue.waiting]).toEqual([2, 2, 4])
  })

  it('are kept free for a key that has none', () => {
    const queue = new FairQueue({ atOnce: 4, perKey: 2, spare: 1 })
    expect(begunOf(askAll(queue, 'a', 3))).toBe(2)
    expect(begunOf(askAll(queue, 'b', 3))).toBe(1)
    expect(begunOf(askAll(queue, 'c', 1))).toBe(1)
    expect(begunOf(askAll(queue, 'd', 1))).toBe(0)
  })

  it('that become free go to the key with the fewest, and to the others in turn', () => {
    const queue = new FairQueue({ atOnce: 2 })
    const [first, second] = askAll(queue, 'a', 2)
    const flood = askAll(queue, 'a', 50)
    const [late] = askAll(queue, 'b', 1)
    const more = askAll(queue, 'c', 2)
    first?.leave()
    expect([begunOf(flood), late?.hasBegun, begunOf(more)]).toEqual([0, true, 0])
    second?.leave()
    // Now neither has one, and this one was there first.
    expect([begunOf(flood), begunOf(more)]).toEqual([1, 0])
    late?.leave()
    expect([begunOf(flood), begunOf(more)]).toEqual([1, 1])
  })

  it('go in the order of asking within a key', async () => {
    const queue = new FairQueue({ atOnce: 1 })
    const all = askAll(queue, 'a', 4)
    const order: number[] = []
    const work = all.map(async (turn, at) => {
      await turn.begins
      order.push(at)
      turn.leave()
    })
    await Promise.all(work)
    expect(order).toEqual([0, 1, 2, 3])
  })

  it('are refused where too many of the key wait, at the bound and one past it', () => {
    const queue = new FairQueue({ atOnce: 1, waitingPerKey: 2 })
    const [held] = askAll(queue, 'a', 3)
    expect(queue.ask('a')).toBeUndefined()
    expect(queue.ask('b')).toBeDefined()
    held?.leave()
    expect(queue.ask('a')).toBeDefined()
    expect(queue.ask('a')).toBeUndefined()
  })

  it('a place that is given up is nobody else’s loss', () => {
    const queue = new FairQueue({ atOnce: 1 })
    const [held, gone, next] = askAll(queue, 'a', 3)
    gone?.leave()
    expect(queue.waiting).toBe(1)
    held?.leave()
    expect([gone?.hasBegun, next?.hasBegun, queue.waiting]).toEqual([false, true, 0])
  })

  it('whatever is asked and given back: no bound is passed, and no turn is kept from who may have it', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      leaves: fc.nat(30),
      asks: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(2), (steps, spare) => {
        const limits = { atOnce: 5, perKey: 3, spare }
        const queue = new FairQueue(limits)
        const held: { key: string; turn: Turn }[] = []
        for (const { key, leaves, asks } of steps) {
          const turn = asks ? queue.ask(key) : undefined
          if (turn !== undefined) held.push({ key, turn })
          else held.splice(leaves, 1)[0]?.turn.leave()
          const begun = held.filter((own) => own.turn.hasBegun)
          const ofKey = (name: string) => begun.filter((own) => own.key === name).length
          expect(begun.length).toBeLessThanOrEqual(limits.atOnce)
          expect(queue.waiting).toBe(held.length - begun.length)
          for (const name of ['a', 'b', 'c', 'd']) {
            expect(ofKey(name)).toBeLessThanOrEqual(limits.perKey)
            const waits = held.some((own) => own.key === name && !own.turn.hasBegun)
            const room = limits.atOnce - (ofKey(name) > 0 ? spare : 0)
            if (waits) expect(ofKey(name) === limits.perKey || begun.length >= room).toBe(true)
          }
        }
        for (const { turn } of held) turn.leave()
        expect(begunOf(askAll(queue, 'e', 1))).toBe(1)
      }),
    )
  })
})
