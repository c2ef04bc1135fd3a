import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Horizon } from '../../../src/read/stream/horizon.ts'
import { forEachKind } from '../../../src/store/arrivals.ts'

/* How far what is numbered before it is committed can be read without missing anything. */

function look(horizon: Horizon, last: number, ...writers: readonly string[]): number {
  const numbering = { last: forEachKind(() => BigInt(last)), writers: forEachKind(() => new Set(writers)) }
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
