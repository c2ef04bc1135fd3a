import { expect, it } from 'vitest'
import { tooManyBytesFinding, undecodableFinding } from '../../../../src/core/judge/undecodable.ts'

it.each([
  ['bad_json', 'payload.undecodable', { cause: 'why', send: 'that' }],
  ['empty_batch', 'payload.undecodable', { cause: 'why', send: 'that' }],
  ['too_many', 'limit.request_too_large', { what: 'why', limit: 2_000 }],
  ['too_large', 'limit.request_too_large', { what: 'why', limit: '10485760 bytes' }],
] as const)('a request that is %s has the finding %s (TRK-13, TRK-24, TRK-25)', (code, finding, values) => {
  expect(undecodableFinding({ code, cause: 'why', send: 'that' })).toEqual({ code: finding, values })
})

it('a payload over the byte limit is named with its size (TRK-25, IMP-28)', () => {
  const values = { what: 'A body of 9 bytes', limit: '10485760 bytes' }
  expect(tooManyBytesFinding('A body of 9 bytes')).toEqual({ code: 'limit.request_too_large', values })
})
