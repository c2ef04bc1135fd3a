import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import { parseIds, parseTaskRequest } from '../../../../src/core/privacy/task.ts'

const NO_IDS = 'distinct_ids must be a list of strings; neither it nor one of them may be empty'
const ids = ['a']

describe('parseTaskRequest', () => {
  it.each<[Json, string, string]>([
    [{ distinct_ids: ids }, 'GDPR', 'DATA'],
    [{ distinct_ids: ids, compliance_type: null, disclosure_type: null }, 'GDPR', 'DATA'],
    [{ distinct_ids: ids, compliance_type: 'ccpa', disclosure_type: 'Sources' }, 'CCPA', 'SOURCES'],
    [{ distinct_ids: ids, compliance_type: 'CCPA', disclosure_type: 'categories' }, 'CCPA', 'CATEGORIES'],
  ])('%j is taken (GDP-02)', (body, complianceType, disclosureType) => {
    const value = { complianceType, disclosureType, distinctIds: ids }
    expect(parseTaskRequest('retrieval', body)).toEqual({ ok: true, value })
  })

  it.each<[Json | undefined, string]>([
    [undefined, 'the body must be a JSON object'],
    [[], 'the body must be a JSON object'],
    [{}, NO_IDS],
    [{ distinct_ids: [] }, NO_IDS],
    [{ distinct_ids: 'a' }, NO_IDS],
    [{ distinct_ids: ['a', ''] }, NO_IDS],
    [{ distinct_ids: ['a', 7] }, NO_IDS],
    [{ distinct_ids: ids, compliance_type: 'HIPAA' }, 'compliance_type must be GDPR or CCPA'],
    [{ distinct_ids: ids, compliance_type: 1 }, 'compliance_type must be GDPR or CCPA'],
    [{ distinct_ids: ids, disclosure_type: 'all' }, 'disclosure_type must be Data, Categories or Sources'],
    [{ distinct_ids: Array.from({ length: 2_001 }, () => 'a') }, 'distinct_ids may name 2000 ids at most'],
  ])('%j is refused: %s (GDP-02, GDP-03)', (body, error) => {
    expect(parseTaskRequest('retrieval', body)).toEqual({ ok: false, error })
  })

  it('ids are looked for as they were stored (DEC-07)', () => {
    expect(parseIds(['a\u0000', 'é'])).toEqual(['a\uFFFD', 'é'])
  })
})
