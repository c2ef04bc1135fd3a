import { describe, expect, it } from 'vitest'
import { finding } from '../../../../src/core/verdict/finding.ts'
import { RequestVerdicts } from '../../../../src/core/verdict/request-verdicts.ts'

const place = { projectId: 7, receivedAtMs: 0, endpoint: '/track', outcomeKind: 'stored' } as const
const findings = (count: number) => Array.from({ length: count }, () => finding('identity.no_id'))

describe('RequestVerdicts', () => {
  it('keeps what is told of the request and of each record (VRD-01)', () => {
    const told = new RequestVerdicts()
    told.add(findings(1), place)
    told.add(findings(2), { ...place, recordIndex: 4 }, { record: { event: 'E' } })
    expect(told.verdicts.map(({ record, recordIndex }) => [record, recordIndex])).toEqual([
      [null, null],
      ['{"event":"E"}', 4],
      ['{"event":"E"}', 4],
    ])
  })

  it('keeps ten thousand and no more (DEC-07)', () => {
    const told = new RequestVerdicts()
    told.add(findings(9_999), place)
    told.add(findings(3), place, { record: { event: 'E' } })
    told.add(findings(1), place, { record: { event: 'E' } })
    expect(told.verdicts).toHaveLength(10_000)
  })

  it('keeps two million characters of records, and of the others the name (DEC-07)', () => {
    const told = new RequestVerdicts()
    const record = { event: 'E', properties: { p: 'x'.repeat(16_000) } }
    for (let index = 0; index < 300; index++) told.add(findings(1), place, { record })
    const whole = told.verdicts.filter(({ record: kept }) => kept?.includes('xxx'))
    expect(whole.length).toBe(Math.ceil(2_097_152 / JSON.stringify(record).length))
    expect(JSON.parse(told.verdicts.at(-1)?.record ?? '')).toEqual({
      event: 'E',
      twinpanel: 'the record was one of too many to keep',
    })
  })
})
