import { describe, expect, it } from 'vitest'
import { parseForm } from '../../../../src/core/decode/params.ts'
import {
  refuseIdentityEvents,
  refuseStrictPayload,
  replyToLooseImport,
  replyToStrictImport,
} from '../../../../src/core/respond/import.ts'

const json = (status: number, body: string) => ({ status, contentType: 'application/json', body })
const text = (body: string) => ({ status: 200, contentType: 'text/plain', body })
const params = (query: string) => parseForm(query)

describe('replyToStrictImport', () => {
  it.each([0, 1, 2_000])('all of %i records were good (IMP-10)', (imported) => {
    expect(replyToStrictImport(imported, [])).toEqual(
      json(200, `{"code":200,"num_records_imported":${imported},"status":"OK"}`),
    )
  })

  it('some failed, with both keys of DEC-03 (IMP-11)', () => {
    const message = "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters"
    const failed = [
      { index: 0, insertId: 'bad:id', field: '$insert_id', message },
      { index: 7, insertId: '', field: '', message: 'record must be a JSON object' },
    ]
    expect(replyToStrictImport(1, failed)).toEqual(
      json(
        400,
        '{"code":400,"error":"some data points in the request failed validation","failed_records":[' +
          `{"index":0,"insert_id":"bad:id","$insert_id":"bad:id","field":"$insert_id","message":"${message}"},` +
          '{"index":7,"field":"","message":"record must be a JSON object"}' +
          '],"num_records_imported":1,"status":"Bad Request"}',
      ),
    )
  })

  it('what cannot be written as UTF-8 is escaped (DEC-07)', () => {
    const plan = replyToStrictImport(0, [{ index: 0, insertId: '\uD800', field: '', message: '' }])
    expect(plan.body).toContain(String.raw`"insert_id":"\ud800"`)
  })
})

describe('the other answers of /import', () => {
  it('status is a phrase when strict, a number when not (IMP-27)', () => {
    const statusOf = ({ body }: { readonly body: string | Uint8Array }) =>
      (JSON.parse(String(body)) as { status: unknown }).status
    const failure = { index: 0, insertId: '', field: '', message: '' }
    expect(statusOf(replyToStrictImport(1, []))).toBe('OK')
    expect(statusOf(replyToStrictImport(1, [failure]))).toBe('Bad Request')
    expect(statusOf(replyToLooseImport(params('verbose=1'), 1, 1))).toBe(1)
    expect(statusOf(replyToLooseImport(params('verbose=1'), 0, 0))).toBe(0)
  })

  it('identity events refuse the whole batch, with texts for records (IDS-22)', () => {
    expect(refuseIdentityEvents()).toEqual(
      json(
        400,
        '{"code":400,"error":"some data points in the request failed validation","failed_records":' +
          '["identity events are not allowed when project is using simplified identity management"],' +
          '"num_records_imported":0,"status":"Bad Request"}',
      ),
    )
  })

  it.each(['request body is not valid JSON', 'data, missing or empty'])('400 for %j (IMP-32)', (error) => {
    expect(refuseStrictPayload(error)).toEqual(
      json(400, `{"code":400,"error":"${error}","status":"Bad Request"}`),
    )
  })

  it.each([
    ['', 2, 2, text('1')],
    ['', 0, 0, text('0')],
    ['', 0, 1, text('1')],
    ['verbose=1', 2, 2, json(200, '{"code":200,"error":null,"num_records_imported":2,"status":1}')],
    ['verbose=2', 2, 3, json(200, '{"code":200,"error":null,"num_records_imported":2,"status":1}')],
    ['verbose=1', 0, 1, json(200, '{"code":200,"error":null,"num_records_imported":0,"status":1}')],
    ['verbose=1', 0, 0, json(200, '{"error":"data, missing or empty","status":0}')],
  ])('"%s", %i imported of %i importable (IMP-12)', (query, imported, importable, expected) => {
    expect(replyToLooseImport(params(query), imported, importable)).toEqual(expected)
  })
})
