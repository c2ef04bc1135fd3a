import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundsAhead, isSplitDue, type Partition } from '../../../src/core/partitions.ts'

const DAY = 86_400_000
const GB = 2 ** 30
const NOW = Date.UTC(2026, 10, 30, 14)
const part = (bytes: number, fromMs?: number, toMs?: number): Partition => ({ fromMs, toMs, bytes })
const day = (ms: number | undefined) => new Date(ms ?? Number.NaN).toISOString()

describe('the open partition is split', () => {
  it.each([
    ['not while it is small', [part(GB)], false],
    ['when it is large', [part(GB + 1)], true],
    ['not long before its time', [part(9 * GB, undefined, NOW + 4 * DAY), part(0, NOW + 4 * DAY)], false],
    ['three days before its time', [part(9 * GB, undefined, NOW + 2 * DAY), part(0, NOW + 2 * DAY)], true],
    ['if its time has come long ago', [part(0, undefined, NOW - 99 * DAY), part(0, NOW - 99 * DAY)], true],
  ])('%s', (_what, partitions, isDue) => {
    expect(isSplitDue(partitions, NOW)).toBe(isDue)
  })
})

describe('a partition ends', () => {
  it.each([
    ['a day', 10, 1, '2026-12-04'],
    ['a day, however fast it grows', 9_000, 1, '2026-12-04'],
    ['a week', 10, 9, '2026-12-07'],
    ['a month', 10, 50, '2027-01-01'],
    ['a quarter', 10, 120, '2027-01-01'],
    ['a year', 10, 900, '2027-01-01'],
  ])('with %s, by how fast the table grows', (_what, gigabytes, days, end) => {
    const [first] = boundsAhead([part(gigabytes * GB)], NOW, NOW - days * DAY)
    expect(day(first)).toBe(`${end}T00:00:00.000Z`)
  })

  it('at the end of the month that begins with the open one, at the rate of the current one', () => {
    const [december, january] = [Date.UTC(2026, 11, 1), Date.UTC(2027, 0, 1)]
    const partitions = [
      part(99 * GB, undefined, NOW - 9 * DAY),
      part(2 * GB, NOW - 9 * DAY, december),
      part(0, december),
    ]
    expect(day(boundsAhead(partitions, NOW, 0)[0])).toBe(day(january))
  })

  it('at the start of a UTC day, after its beginning, and days ahead, whatever the sizes and the clock', () => {
    const time = fc.integer({ min: 0, max: 4e12 })
    fc.assert(
      fc.property(time, time, time, fc.nat(2 ** 40), (nowMs, sinceMs, fromMs, bytes) => {
        const bounds = boundsAhead([part(bytes, undefined, fromMs), part(0, fromMs)], nowMs, sinceMs)
        expect(bounds.every((bound) => bound % DAY === 0)).toBe(true)
        expect(bounds[0]).toBeGreaterThan(Math.max(fromMs, nowMs + 3 * DAY))
        expect([...bounds].sort((one, other) => one - other)).toEqual(bounds)
      }),
    )
  })
})
