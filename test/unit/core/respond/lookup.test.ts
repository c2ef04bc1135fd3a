import { expect, it } from 'vitest'
import {
  listLookupTables,
  lookupReplaced,
  lookupRowsFailed,
  unknownLookupTable,
} from '../../../../src/core/respond/lookup.ts'
import type { ReplyPlan } from '../../../../src/core/respond/plan.ts'

it.each<readonly [string, ReplyPlan, number, string]>([
  ['an empty list (LKP-01)', listLookupTables([]), 200, '{"code":200,"status":"OK","results":[]}'],
  [
    'a list of tables (LKP-01)',
    listLookupTables([
      { id: 'a', name: 'Zoë' },
      { id: 'b', name: '' },
    ]),
    200,
    '{"code":200,"status":"OK","results":[{"id":"a","name":"Zoë"},{"id":"b","name":""}]}',
  ],
  ['a table that was replaced (LKP-02)', lookupReplaced(), 200, '{"code":200,"status":"OK"}'],
  [
    'a table that there is not (LKP-03, CON-20)',
    unknownLookupTable("o'k"),
    404,
    `{"code":404,"error":"Lookup table with id 'o'k' was not found.","status":"Not Found"}`,
  ],
  [
    'rows that failed (LKP-05, CON-13)',
    lookupRowsFailed([
      { index: 1, message: 'one' },
      { index: 7, message: 'two' },
    ]),
    400,
    '{"code":400,"error":"some data points in the request failed validation",' +
      '"failed_records":[{"index":1,"message":"one"},{"index":7,"message":"two"}],"status":"Bad Request"}',
  ],
])('the answer byte for byte: %s', (_what, plan, status, body) => {
  expect(plan).toEqual({ status, contentType: 'application/json', body })
})
