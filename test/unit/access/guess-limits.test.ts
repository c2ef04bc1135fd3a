import { describe, expect, it } from 'vitest'
import { GuessLimits, type GuessPolicy } from '../../../src/access/guess-limits.ts'

const POLICY: GuessPolicy = { free: 3, forgetMs: 60_000, firstWaitMs: 1_000, maxWaitMs: 8_000 }

/** Fails as often as given, each time as soon as it is looked at again. Out: the waits after each, and the time. */
function failOnAndOn(limits: GuessLimits, times: number, client = 'a') {
  let nowMs = 1_000_000
  const waits = Array.from({ length: times }, () => {
    limits.failed(client, POLICY, nowMs)
    const waitMs = limits.waitMs(client, POLICY, nowMs)
    nowMs += waitMs
    return waitMs
  })
  return { waits, nowMs }
}

describe('the wait after wrong guesses', () => {
  it('is none for the free ones, and doubles from one past them on up to the most', () => {
    const { waits } = failOnAndOn(new GuessLimits(), 9)
    expect(waits).toEqual([0, 0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  })

  it('is over at its end, and not one ms before', () => {
    const limits = new GuessLimits()
    const { nowMs } = failOnAndOn(limits, 4)
    expect([limits.waitMs('a', POLICY, nowMs - 1), limits.waitMs('a', POLICY, nowMs)]).toEqual([1, 0])
  })

  it.each([
    [9_999, 8_000],
    [10_000, 0],
  ])('is remembered while %i others are wrong: %i ms', (others, waitMs) => {
    const limits = new GuessLimits()
    failOnAndOn(limits, 9)
    for (let n = 0; n < others; n++) limits.failed(`other ${n}`, POLICY, 1_000_000)
    const { nowMs } = failOnAndOn(new GuessLimits(), 9)
    expect(limits.waitMs('a', POLICY, nowMs - 8_000)).toBe(waitMs)
  })

  it('is nobody else’s', () => {
    const limits = new GuessLimits()
    failOnAndOn(limits, 9)
    expect(limits.waitMs('b', POLICY, 1_000_000)).toBe(0)
  })

  it('is forgotten: one wrong guess each time that the time of the policy has passed', () => {
    const limits = new GuessLimits()
    const { nowMs } = failOnAndOn(limits, 4)
    limits.failed('a', POLICY, nowMs + POLICY.forgetMs)
    expect(limits.waitMs('a', POLICY, nowMs + POLICY.forgetMs)).toBe(1_000)
    const laterMs = nowMs + 100 * POLICY.forgetMs
    const after = Array.from({ length: 4 }, () => {
      limits.failed('a', POLICY, laterMs)
      return limits.waitMs('a', POLICY, laterMs)
    })
    expect(after).toEqual([0, 0, 0, 1_000])
  })

  it('does not grow without end: after days of guessing it is forgotten as soon as after minutes', () => {
    const limits = new GuessLimits()
    const { nowMs } = failOnAndOn(limits, 100_000)
    const laterMs = nowMs + 8 * POLICY.forgetMs
    limits.failed('a', POLICY, laterMs)
    expect(limits.waitMs('a', POLICY, laterMs)).toBe(0)
  })

  it('is none where the clock was set back, rather than as long as it was', () => {
    const limits = new GuessLimits()
    failOnAndOn(limits, 9)
    expect(limits.waitMs('a', POLICY, 0)).toBe(0)
    limits.failed('a', POLICY, 0)
    expect(limits.waitMs('a', POLICY, 0)).toBe(8_000)
  })
})

it('so many clients are remembered, and with one more the one that was wrong longest ago is forgotten', () => {
  const limits = new GuessLimits(3)
  const isWaiting = (client: string) => limits.waitMs(client, POLICY, 1_000_000) > 0
  for (const client of ['a', 'b', 'c', 'a']) {
    for (let n = 0; n < 4; n++) limits.failed(client, POLICY, 1_000_000)
  }
  expect(['a', 'b', 'c'].map(isWaiting)).toEqual([true, true, true])
  limits.failed('d', POLICY, 1_000_000)
  expect(['a', 'b', 'c'].map(isWaiting)).toEqual([true, false, true])
})
