import { describe, expect, it } from 'vitest'
import { withVerdicts } from '../../../../src/core/respond/explained.ts'
import { jsonReply, type ReplyPlan, textReply } from '../../../../src/core/respond/plan.ts'
import { finding } from '../../../../src/core/verdict/finding.ts'
import { render } from '../../../../src/core/verdict/verdict.ts'

const RENDERED_VERDICT = [
  { ...render(finding('event.ignored'), 'dropped'), record_index: 1 },
  { ...render(finding('track.strict_ignored'), 'stored'), record_index: null },
]

describe('withVerdicts', () => {
  it.each<readonly [string, ReplyPlan, object]>([
    ['a bare 1', textReply(200, '1'), { status: 1 }],
    ['a bare 0', textReply(200, '0'), { status: 0 }],
    ['a bare 0 of a refused request', textReply(413, '0'), { status: 0 }],
    ['a verbose answer', jsonReply(200, { error: null, status: 1 }), { error: null, status: 1 }],
    ['a strict import', jsonReply(400, { code: 400, failed_records: [] }), { code: 400, failed_records: [] }],
    ['an empty object', jsonReply(200, {}), {}],
  ])('%s gets the verdicts beside what it says (VRD-04)', (_name, plan, own) => {
    const explained = withVerdicts(plan, RENDERED_VERDICT)
    expect(explained).toEqual({
      status: plan.status,
      contentType: 'application/json',
      body: JSON.stringify({ ...own, verdicts: RENDERED_VERDICT }),
    })
  })

  it('says so where there are none (VRD-04)', () => {
    expect(withVerdicts(textReply(200, '1'), []).body).toBe('{"status":1,"verdicts":[]}')
    expect(withVerdicts(jsonReply(200, { status: 1 }), []).body).toBe('{"status":1,"verdicts":[]}')
  })

  it('keeps the headers (VRD-04)', () => {
    const headers = { 'Retry-After': '30' }
    expect(withVerdicts(jsonReply(503, { error: 'x' }, headers), []).headers).toEqual(headers)
    expect(withVerdicts({ ...textReply(200, '1'), headers }, []).headers).toEqual(headers)
  })

  it.each<readonly [string, ReplyPlan]>([
    ['a pixel', { status: 200, contentType: 'image/gif', body: new Uint8Array([71, 73, 70]) }],
    ['a redirect', { status: 302, contentType: 'text/plain', body: '', headers: { Location: '/x' } }],
    ['a script', { status: 200, contentType: 'application/javascript', body: 'cb(1);' }],
    ['another text', textReply(200, 'terminated early')],
    ['a text that is a number', textReply(200, '2')],
    ['a list', { status: 200, contentType: 'application/json', body: '[1]' }],
    ['a JSON scalar', { status: 200, contentType: 'application/json', body: '1' }],
    ['JSON in bytes', { status: 200, contentType: 'application/json', body: new Uint8Array([123, 125]) }],
  ])('%s has no room for them and stays as it is (VRD-04)', (_name, plan) => {
    expect(withVerdicts(plan, RENDERED_VERDICT)).toBe(plan)
  })
})
