import { describe, expect, it } from 'vitest'
import {
  badRequest,
  internalError,
  methodNotAllowed,
  notFound,
  storeUnavailable,
  tooBusy,
  tooManyBytes,
  tooManyRecords,
  unauthorized,
} from '../../../../src/core/respond/errors.ts'

const json = (status: number, body: string) => ({ status, contentType: 'application/json', body })
const retry = { 'retry-after': '2' }

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
