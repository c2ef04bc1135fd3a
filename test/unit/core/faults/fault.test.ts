import { describe, expect, it } from 'vitest'
import { checkFault, type Fault } from '../../../../src/core/faults/fault.ts'

const TABLE: readonly (readonly [Fault, RegExp])[] = [
  [{}, /^: there is no effect/],
  [{ path: '/track', times: 1 }, /^: there is no effect/],
  [{ latency_ms: 0 }, /^: there is no effect/],
  [{ reset_connection: false, truncate_response: false }, /^: there is no effect/],
  [{ status: 500, path: '/_twin/projects' }, /^\.path: /],
  [{ status: 500, path: '/metrics' }, /^\.path: /],
  [{ status: 500, reset_connection: true }, /^\.status: /],
  [{ truncate_response: true, reset_connection: true }, /^\.truncate_response: /],
  [{ latency_ms: 1, body: 'x' }, /^\.body: /],
  [{ latency_ms: 1, content_type: 'text/html' }, /^\.content_type: /],
  [{ truncate_response: true, retry_after: null }, /^\.retry_after: /],
  [{ status: 204 }, /^\.body: /],
  [{ terminate_early: true, path: '/track' }, /^\.path: /],
  [{ terminate_early: true, status: 500 }, /^\.status: /],
  [{ terminate_early: true, truncate_response: true }, /^\.truncate_response: /],
]

describe('a fault', () => {
  it.each(TABLE)('%j is refused: %s', (fault, problem) => {
    const checked = checkFault(fault)
    expect(checked).toEqual({ ok: false, error: expect.stringMatching(problem) })
  })

  it.each<Fault>([
    { status: 503 },
    { status: 200, body: '0' },
    { status: 429, retry_after: null },
    { latency_ms: 1 },
    { reset_connection: true, after_commit: true, latency_ms: 5 },
    { truncate_response: true, status: 500 },
    { reset_connection: false, status: 400 },
  ])('%j is taken as it is', (fault) => {
    expect(checkFault(fault)).toEqual({ ok: true, value: fault })
  })

  it('an early end is of the export, which need not be named (QRY-08)', () => {
    expect(checkFault({ terminate_early: true })).toEqual({
      ok: true,
      value: { path: '/api/2.0/export', terminate_early: true },
    })
  })
})
