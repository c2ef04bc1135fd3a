import { describe, expect, it } from 'vitest'
import { parseForm } from '../../../../src/core/decode/params.ts'
import { type FailedUpdate, replyToProfiles } from '../../../../src/core/respond/profile.ts'

const failed = (index: number): FailedUpdate => {
  return { index, error: `error ${index}`, field: `f${index}`, message: `message ${index}` }
}

/** Status and body, which has one type in all of these forms but `1` and `0`. */
function reply(query: string, good: number, ...failures: readonly FailedUpdate[]) {
  const { status, body } = replyToProfiles(parseForm(query), good, failures, false)
  return [status, body]
}

describe('replyToProfiles', () => {
  it.each<readonly [string, string, number, readonly FailedUpdate[], string]>([
    ['all good', '', 2, [], '1'],
    ['some good', '', 1, [failed(1)], '1'],
    ['none good', '', 0, [failed(0)], '0'],
    ['nothing sent', '', 0, [], '0'],
    ['some good', 'verbose=1', 1, [failed(0)], '{"error":null,"status":1}'],
    ['none good', 'verbose=1', 0, [failed(0), failed(1)], '{"error":"error 0","status":0}'],
    ['nothing sent', 'verbose=1', 0, [], '{"error":"data, missing or empty","status":0}'],
    ['some good', 'verbose=2', 1, [failed(0)], '{"error":null,"num_good_events":1,"status":1}'],
    ['none good', 'verbose=2', 0, [failed(0)], '{"error":"error 0","status":0}'],
    ['all good', 'strict=1', 2, [], '{"code":200,"num_good_events":2,"status":"OK"}'],
    ['other than strict=1', 'strict=true', 2, [], '1'],
  ])('%s with %j (ENG-01, ENG-04, TRK-10)', (_what, query, good, failures, body) => {
    expect(reply(query, good, ...failures)).toEqual([200, body])
  })

  it.each<readonly [number, readonly FailedUpdate[]]>([
    [1, [failed(1)]],
    [0, [failed(0), failed(2)]],
    [0, []],
  ])('strict=1 names each that failed, still with status 200: %i good (ENG-05)', (good, failures) => {
    const records = failures.map(({ index, field, message }) => ({ index, field, message }))
    expect(reply('strict=1&verbose=1', good, ...failures)).toEqual([
      200,
      JSON.stringify({
        code: 400,
        error: 'some data points in the request failed validation',
        failed_records: records,
        num_good_events: good,
        status: 'Bad Request',
      }),
    ])
  })
})
