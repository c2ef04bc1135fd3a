import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chanceAt, firesNext } from '../../../../src/core/faults/chance.ts'
import type { Fault } from '../../../../src/core/faults/fault.ts'

/** On which of the first calls a fault fires, counted as the server does. */
function firings(fault: Fault, calls: number, position = 0): readonly boolean[] {
  let fired = 0
  return Array.from({ length: calls }, (_, matched) => {
    const fires = firesNext(fault, position, { matched, fired })
    if (fires) fired += 1
    return fires
  })
}

/** As `firings`, written as text: F for each call that it fires on. */
const drawn = (fault: Fault, calls = 6) =>
  firings(fault, calls)
    .map((fires) => (fires ? 'F' : '.'))
    .join('')

const SEED = fc.integer({ min: 0, max: 4_294_967_295 })

describe('when a fault fires', () => {
  it.each([
    [{}, 'FFFFFF'],
    [{ times: 1 }, 'F.....'],
    [{ times: 2 }, 'FF....'],
    [{ skip: 2 }, '..FFFF'],
    [{ skip: 1, times: 3 }, '.FFF..'],
    [{ skip: 9 }, '......'],
    [{ probability: 0 }, '......'],
    [{ probability: 1, seed: 7 }, 'FFFFFF'],
  ] as const)('%j: %s', (fault, expected) => {
    expect(drawn(fault)).toBe(expected)
  })

  it('for a seed it is written down, so that no release draws otherwise', () => {
    expect(drawn({ probability: 0.5, seed: 42 }, 24)).toBe('.....FFF.FF..FF.FF..F..F')
    expect(drawn({ probability: 0.5 }, 24)).toBe('..FF..FFF.F.FF.F.FFFF...')
  })

  it('the same seed draws the same, whatever was drawn before', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(SEED, probability, fc.nat(20), (seed, share, position) => {
        const fault = { seed, probability: share }
        const all = firings(fault, 30, position)
        expect(firings(fault, 30, position)).toEqual(all)
        // One call looked at by itself is that call of the row.
        expect(firesNext(fault, position, { matched: 17, fired: 3 })).toBe(all[17])
      }),
    )
  })

  it('skip and times cut a row of draws, and change none', () => {
    fc.assert(
      fc.property(SEED, fc.nat(10), fc.integer({ min: 1, max: 10 }), (seed, skip, times) => {
        const all = firings({ seed, probability: 0.5 }, 30)
        const cut = firings({ seed, probability: 0.5, skip, times }, 30)
        let left = times
        const expected = all.map((fires, at) => {
          const counts = fires && at >= skip && left > 0
          if (counts) left -= 1
          return counts
        })
        expect(cut).toEqual(expected)
      }),
    )
  })

  it('a higher probability fires wherever a lower one does', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(SEED, share, share, (seed, a, b) => {
        const rare = firings({ seed, probability: Math.min(a, b) }, 20)
        const often = firings({ seed, probability: Math.max(a, b) }, 20)
        expect(rare.filter((fires, at) => fires && !often[at])).toEqual([])
      }),
    )
  })
})

describe('the draws', () => {
  it('are from 0 up to 1', () => {
    fc.assert(
      fc.property(SEED, fc.nat(99), fc.nat(), (seed, position, draw) => {
        const chance = chanceAt(seed, position, draw)
        expect(chance >= 0 && chance < 1).toBe(true)
      }),
    )
  })

  it.each([
    ['of one fault', (n: number) => chanceAt(1, 0, n)],
    ['of the first calls of many seeds', (n: number) => chanceAt(n, 0, 0)],
    ['of the faults of a long list', (n: number) => chanceAt(1, n, 0)],
  ])('%s are evenly spread', (_name, draw) => {
    const counts = new Array<number>(10).fill(0)
    for (let n = 0; n < 10_000; n++) {
      const tenth = Math.floor(draw(n) * 10)
      counts[tenth] = (counts[tenth] ?? 0) + 1
    }
    expect(Math.min(...counts)).toBeGreaterThan(900)
    expect(Math.max(...counts)).toBeLessThan(1_100)
  })

  it('of two faults of one seed have nothing to do with each other', () => {
    const both = Array.from({ length: 10_000 }, (_, n) => chanceAt(5, 0, n) < 0.5 && chanceAt(5, 1, n) < 0.5)
    const count = both.filter(Boolean).length
    expect(count).toBeGreaterThan(2_300)
    expect(count).toBeLessThan(2_700)
  })
})
