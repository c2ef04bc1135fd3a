import { describe, expect, it } from 'vitest'
import { RateLimits } from '../../../src/ingest/rate-limits.ts'
import { aProject, NOW_MS } from '../build.ts'

describe('RateLimits', () => {
  const project = aProject({}, { exports_per_second: 1, exports_per_hour: 1, queries_per_hour: 1 })

  it.each([
    [{ exports_per_second: 2, exports_per_hour: 2 }, 3_600],
    [{ exports_per_hour: 2, exports_per_second: 2 }, 3_600],
    [{ exports_per_second: 2, exports_per_hour: 1 }, 1],
    [{ exports_per_hour: 1, exports_per_second: 1 }, undefined],
  ])(
    'of several limits that are used up the longest wait counts: %j waits %j s (TRK-27)',
    (amounts, waitS) => {
      expect(new RateLimits().take(project, amounts, NOW_MS)).toBe(waitS)
    },
  )

  it('a use counts for a whole window, to a twentieth of it, and no longer (RTL-01)', () => {
    const startMs = NOW_MS - (NOW_MS % 3_600_000)
    const takeAgainAfter = (ms: number) => {
      const limits = new RateLimits()
      expect(limits.take(project, { queries_per_hour: 1 }, startMs)).toBeUndefined()
      return limits.take(project, { queries_per_hour: 1 }, startMs + ms)
    }
    expect([takeAgainAfter(3_599_999), takeAgainAfter(3_600_000)]).toEqual([3_600, undefined])
  })
})
