import { describe, expect, it } from 'vitest'
import {
  badRequest,
  headersTooLarge,
  internalError,
  methodNotAllowed,
  notFound,
  refuseAccess,
  replyToOversize,
  requestTimeout,
  storeUnavailable,
  tooBusy,
  tooLongUrl,
  tooManyBytes,
  tooManyRecords,
  tooManyRows,
  unauthorized,
  uriTooLong,
} from '../../../../src/core/respond/errors.ts'

const json = (status: number, body: string) => ({ status, contentType: 'application/json', body })
const retry = { 'retry-after': '2' }

it('what is too much is answered 413, and nothing else is (TRK-24, TRK-25)', () => {
  expect(replyToOversize('too_large')).toEqual(tooManyBytes(10_485_760))
  expect(replyToOversize('too_many')).toEqual(tooManyRecords(2_000))
  expect(replyToOversize('bad_json')).toBeUndefined()
})

describe('the answers that are no success', () => {
  it.each([
    [
      'TRK-24',
      tooManyRecords(2_000),
      json(
        413,
        '{"code":413,"error":"request exceeds max limit of 2000 events","status":"Request Entity Too Large"}',
      ),
    ],
    [
      'IMP-28',
      tooManyBytes(10_485_760),
      json(
        413,
        '{"code":413,"error":"request exceeds max limit of 10485760 bytes","status":"Request Entity Too Large"}',
      ),
    ],
    [
      'TRK-01',
      methodNotAllowed(['GET', 'POST', 'OPTIONS']),
      {
        ...json(405, '{"code":405,"error":"method not allowed","status":"Method Not Allowed"}'),
        headers: { allow: 'GET, POST, OPTIONS' },
      },
    ],
    [
      'IMP-06',
      unauthorized('Invalid credentials'),
      json(401, '{"code":401,"error":"Invalid credentials","status":"Unauthorized"}'),
    ],
    [
      'TRK-27',
      tooBusy(),
      {
        ...json(
          429,
          '{"code":429,"error":"Project exceeded rate limits. Please retry the request with exponential backoff.",' +
            '"status":"Too Many Requests"}',
        ),
        headers: retry,
      },
    ],
    [
      'DEC-08',
      storeUnavailable(),
      {
        ...json(503, '{"code":503,"error":"a temporary failure occurred","status":"Service Unavailable"}'),
        headers: retry,
      },
    ],
    [
      'LKP-06',
      tooManyRows(5_000_000),
      json(
        413,
        '{"code":413,"error":"request exceeds max limit of 5000000 rows","status":"Request Entity Too Large"}',
      ),
    ],
    [
      'TRK-25',
      tooLongUrl(2_000),
      json(
        414,
        '{"code":414,"error":"request exceeds max limit of 2000 bytes of URL","status":"URI Too Long"}',
      ),
    ],
    [
      'TRK-25',
      uriTooLong(),
      json(414, '{"code":414,"error":"request URI is too long","status":"URI Too Long"}'),
    ],
    [
      'DEC-07',
      headersTooLarge(),
      json(
        431,
        '{"code":431,"error":"request headers are too large","status":"Request Header Fields Too Large"}',
      ),
    ],
    [
      'DEC-07',
      requestTimeout(),
      json(408, '{"code":408,"error":"request timed out","status":"Request Timeout"}'),
    ],
    [
      'SEC-08',
      refuseAccess({ text: 'why' }),
      json(401, '{"code":401,"error":"why","status":"Unauthorized"}'),
    ],
    [
      'SEC-08',
      refuseAccess({ text: 'why', waitS: 7 }),
      {
        ...json(429, '{"code":429,"error":"why","status":"Too Many Requests"}'),
        headers: { 'retry-after': '7' },
      },
    ],
    ['IMP-32', badRequest('why'), json(400, '{"code":400,"error":"why","status":"Bad Request"}')],
    ['GEN-05', notFound(), json(404, '{"code":404,"error":"not found","status":"Not Found"}')],
    [
      'DEC-07',
      internalError(),
      json(500, '{"code":500,"error":"internal error","status":"Internal Server Error"}'),
    ],
  ])('%s: is answered byte for byte', (_rule, plan, expected) => {
    expect(plan).toEqual(expected)
  })
})
