import { describe, expect, it } from 'vitest'
import { finding } from '../../../src/core/verdict/finding.ts'
import { RequestVerdicts } from '../../../src/core/verdict/request-verdicts.ts'
import { toVerdict, type Verdict } from '../../../src/core/verdict/verdict.ts'
import { VerdictBounds } from '../../../src/ingest/verdict-bounds.ts'
import { NOW_MS } from '../build.ts'

const MAX_AGE_MS = 30 * 86_400_000

type Pruned = readonly [projectId: number, keep: number, fromMs: number]

function bounds() {
  const pruned: Pruned[] = []
  const own = new VerdictBounds(async (...call) => {
    pruned.push(call)
  })
  return { own, pruned }
}

function verdicts(count: number, projectId = 1, receivedAtMs = NOW_MS): readonly Verdict[] {
  const one = toVerdict(finding('event.ignored'), {
    projectId,
    receivedAtMs,
    endpoint: '/track',
    outcomeKind: 'dropped',
  })
  return Array.from({ length: count }, () => one)
}

describe('VerdictBounds', () => {
  it.each([
    [0, 0],
    [1, 0],
    [999, 0],
    [1_000, 1],
    [1_999, 1],
    [2_000, 2],
    [5_500, 5],
  ])('%i verdicts of a project prune it %i times (VRD-01)', async (count, times) => {
    const { own, pruned } = bounds()
    await own.count(verdicts(count))
    expect(pruned).toEqual(Array.from({ length: times }, () => [1, 10_000, NOW_MS - MAX_AGE_MS]))
  })

  it('counts on from one batch to the next (VRD-01)', async () => {
    const { own, pruned } = bounds()
    for (let batch = 0; batch < 20; batch++) await own.count(verdicts(100, 1, NOW_MS + batch))
    expect(pruned).toEqual([
      [1, 10_000, NOW_MS + 9 - MAX_AGE_MS],
      [1, 10_000, NOW_MS + 19 - MAX_AGE_MS],
    ])
  })

  it('counts each project for itself, and those of no project too (VRD-01)', async () => {
    const { own, pruned } = bounds()
    const mixed = [...verdicts(999, 1), ...verdicts(999, 2), ...verdicts(999, 0)]
    await own.count(mixed)
    expect(pruned).toEqual([])
    await own.count([...verdicts(1, 2), ...verdicts(1, 0), ...verdicts(1, 1)])
    expect(pruned.map(([project]) => project)).toEqual([2, 0, 1])
  })

  it('counts so many projects at a time only (DEC-07)', async () => {
    const { own, pruned } = bounds()
    await own.count(verdicts(999, 1))
    for (let project = 2; project <= 10_001; project++) await own.count(verdicts(1, project))
    await own.count(verdicts(1, 1))
    expect(pruned).toEqual([])
    await own.count(verdicts(999, 1))
    expect(pruned).toHaveLength(1)
  })

  it('does not hide that pruning failed, and goes on counting (VRD-01)', async () => {
    let calls = 0
    const own = new VerdictBounds(async () => {
      calls++
      if (calls === 1) throw new Error('no store')
    })
    await expect(own.count(verdicts(1_000))).rejects.toThrow('no store')
    await own.count(verdicts(1_000))
    expect(calls).toBe(2)
  })

  describe('of no project', () => {
    const unrouted = (count: number, sender: string, tokenOf = (n: number) => `t${n}`, nowMs = NOW_MS) =>
      Array.from({ length: count }, (_, n) => {
        const told = finding('token.unknown', { token: tokenOf(n), hint: '' })
        const context = {
          projectId: 0,
          receivedAtMs: nowMs,
          endpoint: '/track',
          outcomeKind: 'dropped',
          sender,
        } as const
        return toVerdict(told, context)
      })

    it('takes all of projects, and a thousand of a sender at once (VRD-01)', () => {
      const { own } = bounds()
      const all = [...unrouted(1_001, 'a'), ...verdicts(5_000), ...unrouted(3, 'b')]
      const taken = own.admit(all)
      expect(taken).toHaveLength(1_000 + 5_000 + 3)
      expect(taken).toEqual([...all.slice(0, 1_000), ...all.slice(1_001)])
      expect(own.admit(unrouted(1, 'a'))).toEqual([])
      expect(own.admit(unrouted(1, 'b'))).toHaveLength(1)
    })

    it('then takes twenty a second of it (VRD-01)', () => {
      const { own } = bounds()
      own.admit(unrouted(2_000, 'a'))
      expect(own.admit(unrouted(50, 'a', undefined, NOW_MS + 1_000))).toHaveLength(20)
      expect(own.admit(unrouted(50, 'a', undefined, NOW_MS + 500))).toHaveLength(0)
      expect(own.admit(unrouted(2_000, 'a', undefined, NOW_MS + 3_600_000))).toHaveLength(1_000)
    })

    it('takes a hundred of one commit that are alike, so that others of the sender are taken (VRD-01)', () => {
      const { own } = bounds()
      const all = [...unrouted(2_000, 'a', () => 'same'), ...unrouted(100, 'a', () => 'other')]
      expect(own.admit(all)).toEqual([...all.slice(0, 100), ...all.slice(2_000)])
    })

    it('is the very same list where there are none (VRD-03)', () => {
      const own = verdicts(10)
      expect(bounds().own.admit(own)).toBe(own)
    })

    it('keeps little of a record, and no id (VRD-01)', () => {
      const told = [finding('token.unknown', { token: 't', hint: '' })]
      const context = {
        projectId: 0,
        receivedAtMs: NOW_MS,
        endpoint: '/track',
        outcomeKind: 'dropped',
      } as const
      const record = (chars: number) => ({
        event: 'E',
        properties: { distinct_id: 'u', x: 'x'.repeat(chars) },
      })
      const frame = JSON.stringify(record(0)).length
      const request = new RequestVerdicts()
      request.add(told, context, { record: record(2_048 - frame) })
      request.add(told, context, { record: record(2_049 - frame) })
      const [whole, cut] = request.verdicts
      expect(whole?.record).toHaveLength(2_048)
      expect([cut?.record, cut?.ids]).toEqual([
        '{"event":"E","twinpanel":"the record was longer than 2048 characters, too long to keep"}',
        [],
      ])
    })
  })
})
