import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CATALOGUE, type VerdictCode } from '../../../src/core/verdict/catalogue.ts'
import type { OutcomeKind } from '../../../src/core/verdict/verdict.ts'
import { expose } from '../../../src/metrics/exposition.ts'
import { Metrics, type Taken } from '../../../src/metrics/metrics.ts'
import { Histogram } from '../../../src/metrics/tally.ts'
import { parseExposition } from '../../support/exposition.ts'

const codes = Object.keys(CATALOGUE) as VerdictCode[]
const fates: readonly OutcomeKind[] = ['stored', 'dropped', 'skipped', 'rejected']

/** Requests as the ingest path tells of them: whatever is not stored has a note. */
const requests = fc
  .array(
    fc.record({
      outcomeKind: fc.constantFrom(...fates),
      codes: fc.array(fc.constantFrom(...codes), { maxLength: 3 }),
    }),
    { maxLength: 20 },
  )
  .map((records): Taken => {
    const told = records.map(({ outcomeKind, codes: own }) => ({
      codes: own,
      outcomeKind: own.length === 0 ? 'stored' : outcomeKind,
    }))
    const findings = told.flatMap(({ codes: own, outcomeKind }, index) =>
      own.map((code) => ({ index, outcomeKind, finding: { code, values: {} } })),
    )
    const ofRequest = {
      index: undefined,
      outcomeKind: 'stored',
      finding: { code: 'import.strict_off', values: {} },
    } as const
    return { records: records.length, findings: [ofRequest, ...findings] }
  })

async function samplesOf(metrics: Metrics) {
  return parseExposition((await expose(metrics.families())).text).samples
}

describe('Metrics', () => {
  it('count every record once and every note once, whatever is said of them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { maxLength: 5 }), async (all) => {
        const metrics = new Metrics(() => 0)
        for (const taken of all) metrics.took('/track', taken)
        const samples = await samplesOf(metrics)
        const sumOf = (name: string) =>
          samples.filter((own) => own.name === name).reduce((sum, own) => sum + own.value, 0)
        expect(sumOf('twinpanel_records_total')).toBe(all.reduce((sum, own) => sum + own.records, 0))
        expect(sumOf('twinpanel_verdicts_total')).toBe(all.reduce((sum, own) => sum + own.findings.length, 0))
      }),
      { numRuns: 50 },
    )
  })

  it('measure a commit by the clock given, one that fails too', async () => {
    let nowMs = 0
    const metrics = new Metrics(() => nowMs)
    const commit = metrics.timed('steady', async (group: readonly number[]) => {
      nowMs += 30
      if (group.length === 3) throw new Error('no')
      return group.length
    })
    expect(await commit([1, 2], 0)).toBe(2)
    await expect(commit([1, 2, 3], 0)).rejects.toThrow('no')
    const samples = await samplesOf(metrics)
    const find = (name: string, le?: string) =>
      samples.find((own) => own.name === `twinpanel_commit_${name}` && own.labels['le'] === le)?.value
    expect([find('seconds_count'), find('seconds_sum')]).toEqual([2, 0.06])
    expect([find('seconds_bucket', '0.025'), find('seconds_bucket', '0.05')]).toEqual([0, 2])
    expect([find('requests_sum'), find('requests_bucket', '2')]).toEqual([5, 1])
  })
})

describe('Histogram', () => {
  it('puts a value into the bucket whose upper end it does not pass', () => {
    const own = new Histogram({ name: 'h', help: 'h', labels: ['of'] }, [1, 2])
    for (const value of [0, 1, 1.5, 2, 2.1]) own.observe('x', value)
    expect(
      own.family().values.map(({ value, labels, metricName }) => [metricName, labels['le'], value]),
    ).toEqual([
      ['h_bucket', 1, 2],
      ['h_bucket', 2, 4],
      ['h_bucket', '+Inf', 5],
      ['h_sum', undefined, 6.6],
      ['h_count', undefined, 5],
    ])
  })
})
