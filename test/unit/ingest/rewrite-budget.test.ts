import { describe, expect, it } from 'vitest'
import { MAX_REWRITE_BYTES, RewriteBudget, rewriteBytes } from '../../../src/ingest/rewrite-budget.ts'

const MB = 1_048_576
const of = (bytes: number, projectId = 1) => new Map([[projectId, bytes]])

function budget() {
  const clock = { nowMs: 0 }
  return { clock, own: new RewriteBudget(() => clock.nowMs) }
}

describe('what updates of large profiles may rewrite (ENG-29)', () => {
  it.each([
    [0, 0],
    [16_384, 0],
    [16_385, 1],
    [MB, MB - 16_384],
  ])('a stored profile of %i bytes counts for %i', (stored, bytes) => {
    expect(rewriteBytes(stored)).toBe(bytes)
  })

  it('is a burst of 32 MB, and then 4 MB a second', () => {
    const { own, clock } = budget()
    for (let n = 0; n < 32; n++) expect(own.take(of(MB))).toBeUndefined()
    expect(own.take(of(1))).toEqual({ kind: 'busy', waitS: 1 })
    expect(own.take(of(9 * MB))).toEqual({ kind: 'busy', waitS: 3 })
    clock.nowMs = 250
    expect(own.take(of(MB))).toBeUndefined()
    expect(own.take(of(1))).toEqual({ kind: 'busy', waitS: 1 })
    clock.nowMs = 60_000
    expect(own.take(of(32 * MB))).toBeUndefined()
    expect(own.take(of(1))).toMatchObject({ kind: 'busy' })
  })

  it('lets what rewrites nothing large through, however busy it is', () => {
    const { own } = budget()
    own.take(of(MAX_REWRITE_BYTES))
    expect(own.take(of(0))).toBeUndefined()
    expect(own.take(new Map())).toBeUndefined()
  })

  it('refuses for good what no wait would make possible', () => {
    const { own } = budget()
    expect(own.take(of(MAX_REWRITE_BYTES))).toBeUndefined()
    expect(own.take(of(MAX_REWRITE_BYTES + 1, 2))).toEqual({
      kind: 'too_large',
      bytes: MAX_REWRITE_BYTES + 1,
    })
    const five = new Map([3, 4, 5, 6, 7].map((id) => [id, MAX_REWRITE_BYTES]))
    expect(own.take(five)).toEqual({ kind: 'too_large', bytes: 5 * MAX_REWRITE_BYTES })
  })

  it('counts each project for itself, and all of them together', () => {
    const { own, clock } = budget()
    for (let id = 1; id <= 4; id++) expect(own.take(of(32 * MB, id))).toBeUndefined()
    expect(own.take(of(16 * MB, 5))).toEqual({ kind: 'busy', waitS: 1 })
    clock.nowMs = 1_000
    expect(own.take(of(16 * MB, 5))).toBeUndefined()
    expect(own.take(of(1, 6))).toEqual({ kind: 'busy', waitS: 1 })
  })

  it('of several projects that must wait, the longest wait counts', () => {
    const { own } = budget()
    for (let id = 1; id <= 2; id++) expect(own.take(of(32 * MB, id))).toBeUndefined()
    const [long, short] = [of(20 * MB, 1), of(4 * MB, 2)]
    for (const rewrites of [new Map([...long, ...short]), new Map([...short, ...long])]) {
      expect(own.take(rewrites)).toEqual({ kind: 'busy', waitS: 5 })
    }
  })

  it('takes nothing where it refuses, and gives back what was not rewritten', () => {
    const { own } = budget()
    expect(own.take(of(20 * MB))).toBeUndefined()
    for (let n = 0; n < 9; n++) expect(own.take(of(13 * MB))).toMatchObject({ kind: 'busy' })
    expect(own.take(of(12 * MB))).toBeUndefined()
    own.giveBack(of(12 * MB))
    expect(own.take(of(12 * MB))).toBeUndefined()
    expect(own.take(of(1))).toMatchObject({ kind: 'busy' })
  })

  it('remembers so many projects only, those used last', () => {
    const { own } = budget()
    for (let id = 1; id <= 10_100; id++) own.take(of(1, id))
    expect(own.take(of(MAX_REWRITE_BYTES, 10_100))).toMatchObject({ kind: 'busy' })
    expect(own.take(of(MAX_REWRITE_BYTES, 1))).toBeUndefined()
  })
})
