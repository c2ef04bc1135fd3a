import { describe, expect, it } from 'vitest'
import { Guesses } from '../../../src/access/guesses.ts'

const NOW_MS = 1_787_227_200_000
const DAY_MS = 86_400_000

/** Shows wrong tokens, one after the other, as soon as they are looked at; tells how many of them were. */
function guessFor(guesses: Guesses, ms: number, address: string, everyMs = 10): number {
  let seen = 0
  for (let nowMs = NOW_MS; nowMs < NOW_MS + ms; nowMs += everyMs) {
    if (guesses.waitForToken(address, nowMs) !== undefined) continue
    guesses.tokenShown(address, false, nowMs)
    seen++
  }
  return seen
}

describe('the admin token', () => {
  it('ten wrong ones are free; after the eleventh its address waits', () => {
    const guesses = new Guesses()
    for (let n = 0; n < 10; n++) guesses.tokenShown('192.0.2.1', false, NOW_MS)
    expect(guesses.waitForToken('192.0.2.1', NOW_MS)).toBeUndefined()
    guesses.tokenShown('192.0.2.1', false, NOW_MS)
    expect(guesses.waitForToken('192.0.2.1', NOW_MS)).toBe(1)
    expect(guesses.waitForToken('192.0.2.2', NOW_MS)).toBeUndefined()
  })

  it('who guesses all the time gets 26 tries in ten minutes, not 60,000', () => {
    expect(guessFor(new Guesses(), 600_000, '192.0.2.1')).toBe(26)
  })

  it('is guessed no faster from all addresses of an IPv6 network', () => {
    const guesses = new Guesses()
    for (let n = 0; n < 11; n++) guesses.tokenShown(`2001:db8::${n.toString(16)}`, false, NOW_MS)
    expect(guesses.waitForToken('2001:db8::ffff', NOW_MS)).toBe(1)
    expect(guesses.waitForToken('2001:db8:0:1::', NOW_MS)).toBeUndefined()
  })

  it('a right one does not excuse the wrong ones: else who has one could guess another', () => {
    const guesses = new Guesses()
    for (let n = 0; n < 40; n++) {
      guesses.tokenShown('192.0.2.1', true, NOW_MS)
      guesses.tokenShown('192.0.2.1', false, NOW_MS)
    }
    expect(guesses.waitForToken('192.0.2.1', NOW_MS)).toBe(1)
  })

  it('an old token in a dashboard, each second, keeps nobody out who has shown the right one from there', () => {
    const guesses = new Guesses()
    guesses.tokenShown('192.0.2.1', true, NOW_MS)
    expect(guessFor(guesses, 600_000, '192.0.2.1', 1_000)).toBe(600)
  })

  it('a neighbour who guesses as fast as he can makes nobody wait longer than a second', () => {
    const guesses = new Guesses()
    guesses.tokenShown('192.0.2.1', true, NOW_MS)
    const seen = guessFor(guesses, 60_000, '192.0.2.1', 1)
    expect(seen).toBeGreaterThan(500)
    expect(seen).toBeLessThan(650)
    expect(guesses.waitForToken('192.0.2.1', NOW_MS + 60_000) ?? 0).toBeLessThanOrEqual(1)
  })

  it('a day after the right one its address is a stranger’s again', () => {
    const guesses = new Guesses()
    guesses.tokenShown('192.0.2.1', true, NOW_MS - DAY_MS + 1)
    for (let n = 0; n < 11; n++) guesses.tokenShown('192.0.2.1', false, NOW_MS)
    expect(guesses.waitForToken('192.0.2.1', NOW_MS)).toBeUndefined()
    guesses.tokenShown('192.0.2.1', false, NOW_MS + 1)
    expect(guesses.waitForToken('192.0.2.1', NOW_MS + 1)).toBe(2)
  })
})

describe('secrets and service accounts', () => {
  const right = { username: 'right', password: '' }
  const wrong = (n: number) => ({ username: `wrong-${n}`, password: '' })
  const showWrong = (guesses: Guesses, times: number) => {
    for (let n = 0; n < times; n++) guesses.secretShown('192.0.2.1', wrong(n), false, NOW_MS)
  }

  it('200 wrong ones at once are free; after one more the database is not asked for a second', () => {
    const guesses = new Guesses()
    showWrong(guesses, 200)
    expect(guesses.waitForSecret('192.0.2.1', right, NOW_MS)).toBeUndefined()
    showWrong(guesses, 1)
    expect(guesses.waitForSecret('192.0.2.1', right, NOW_MS)).toBe(1)
    expect(guesses.waitForSecret('192.0.2.1', right, NOW_MS + 1_000)).toBeUndefined()
    expect(guesses.waitForSecret('192.0.2.2', right, NOW_MS)).toBeUndefined()
  })

  it('those that were right lately are looked at all the same, until they were wrong', () => {
    const guesses = new Guesses()
    guesses.secretShown('192.0.2.9', right, true, NOW_MS)
    showWrong(guesses, 300)
    expect(guesses.waitForSecret('192.0.2.1', right, NOW_MS)).toBeUndefined()
    expect(guesses.waitForSecret('192.0.2.1', { ...right, password: 'x' }, NOW_MS)).toBe(4)
    guesses.secretShown('192.0.2.1', right, false, NOW_MS)
    expect(guesses.waitForSecret('192.0.2.1', right, NOW_MS)).toBe(4)
  })

  it('no wrong secret makes a token wait, nor the other way round', () => {
    const guesses = new Guesses()
    showWrong(guesses, 300)
    expect(guesses.waitForToken('192.0.2.1', NOW_MS)).toBeUndefined()
    for (let n = 0; n < 11; n++) guesses.tokenShown('192.0.2.2', false, NOW_MS)
    expect(guesses.waitForSecret('192.0.2.2', wrong(0), NOW_MS)).toBeUndefined()
  })
})

it('remembers so many addresses and credentials, however many come', () => {
  const guesses = new Guesses()
  const ofPast = [10_000, 9_999].map((later) => {
    const address = `owner-${later}`
    guesses.tokenShown(address, true, NOW_MS)
    for (let n = 0; n < later; n++) guesses.tokenShown(`${later}-${n}`, true, NOW_MS)
    for (let n = 0; n < 11; n++) guesses.tokenShown(address, false, NOW_MS)
    return guesses.waitForToken(address, NOW_MS)
  })
  // The first was forgotten, and is as strange as anybody.
  expect(ofPast).toEqual([1, undefined])
})
