import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Horizon } from '../../../src/read/stream/horizon.ts'
import { forEachKind } from '../../../src/store/arrivals.ts'

/* How far what is numbered before it is committed can be read without missing anything. */

function look(horizon: Horizon, last: number, ...writers: readonly string[]): number {
  return lookWithLate(horizon, { last, writers, next: 0 })
}

/** In: the first late transaction, and the one after all that have ended. */
function lookWithLate(
  horizon: Horizon,
  {
    last,
    writers = [],
    next,
    first,
  }: {
    readonly last: number
    readonly writers?: readonly string[]
    readonly next: number
    readonly first?: number | undefined
  },
): number {
  const numbering = {
    last: forEachKind(() => BigInt(last)),
    writers: forEachKind(() => new Set(writers)),
    late: { next: BigInt(next), first: first === undefined ? undefined : BigInt(first) },
  }
  return Number(horizon.observe(numbering).event)
}

describe('the horizon', () => {
  it('reaches as far as numbers were given where nobody is writing', () => {
    expect(look(new Horizon(), 7)).toBe(7)
  })

  it('waits for those who were writing, and not for those who began later', () => {
    const horizon = new Horizon()
    expect(look(horizon, 5)).toBe(5)
    expect(look(horizon, 8, 'a', 'b')).toBe(5)
    expect(look(horizon, 9, 'b', 'c')).toBe(5)
    expect(look(horizon, 12, 'c', 'd')).toBe(8)
    expect(look(horizon, 12, 'd')).toBe(9)
    expect(look(horizon, 12)).toBe(12)
  })

  it('waits for commits that are late, and not for those that were decided later', () => {
    const horizon = new Horizon()
    expect(lookWithLate(horizon, { last: 5, next: 100 })).toBe(5)
    expect(lookWithLate(horizon, { last: 8, next: 103, writers: ['a'], first: 102 })).toBe(5)
    expect(lookWithLate(horizon, { last: 9, next: 105, first: 102 })).toBe(5)
    expect(lookWithLate(horizon, { last: 12, next: 109, first: 107 })).toBe(9)
    expect(lookWithLate(horizon, { last: 12, next: 109 })).toBe(12)
  })

  it('waits for the commit of a writer that is late once the writer has ended', () => {
    const horizon = new Horizon()
    expect(lookWithLate(horizon, { last: 8, next: 100, writers: ['a'] })).toBe(0)
    expect(lookWithLate(horizon, { last: 8, next: 103, first: 101 })).toBe(0)
    expect(lookWithLate(horizon, { last: 9, next: 104, writers: ['b'], first: 101 })).toBe(0)
    expect(lookWithLate(horizon, { last: 9, next: 105, writers: ['b'] })).toBe(8)
  })

  it('goes on where commits are late all the time, each for a while', () => {
    const horizon = new Horizon()
    for (let n = 1; n <= 500; n++) lookWithLate(horizon, { last: n, next: n, first: Math.max(1, n - 40) })
    expect(lookWithLate(horizon, { last: 501, next: 501, first: 461 })).toBeGreaterThan(400)
  })

  it('goes on behind a writer that is slower than all looks that are remembered', () => {
    const horizon = new Horizon()
    for (let n = 1; n <= 500; n++) expect(look(horizon, n, 'slow', `quick ${n}`)).toBe(0)
    expect(look(horizon, 501, 'quick 501')).toBeGreaterThan(0)
    expect(look(horizon, 502)).toBe(502)
  })

  it('never passes a number that may still be committed, and gets to the end', () => {
    const step = fc.record({ writer: fc.nat(5), act: fc.constantFrom('take', 'end', 'look') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const horizon = new Horizon()
        const held = new Map<string, number[]>()
        let [last, transactions] = [0, 0]
        const names = Array.from({ length: 6 }, (_, n) => `${n}`)
        for (const { writer, act } of steps) {
          const name = names[writer] ?? ''
          if (act === 'take') {
            last++
            held.set(name, [...(held.get(name) ?? []), last])
          } else if (act === 'end') {
            held.delete(name)
            // The next transaction of a connection has another name.
            transactions++
            names[writer] = `${writer}/${transactions}`
          } else {
            const open = [...held.values()].flat()
            expect(look(horizon, last, ...held.keys())).toBeLessThan(Math.min(...open, last + 1))
          }
        }
        expect(look(horizon, last)).toBe(last)
      }),
    )
  })
})
