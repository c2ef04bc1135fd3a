import { describe, expect, it } from 'vitest'
import { findMisspelt } from '../../../../src/core/paths/misspelt-parameters.ts'

describe('parameters of queries that are ignored', () => {
  it.each([
    ['fromdate', 'from_date'],
    ['fromDate', 'from_date'],
    ['from', 'from_date'],
    ['to', 'to_date'],
    ['TO_DATE', 'to_date'],
    ['projectId', 'project_id'],
    ['project', 'project_id'],
    ['evnt', 'event'],
    ['events', 'event'],
    ['session', 'session_id'],
    ['distinct-ids', 'distinct_ids'],
    ['time_in_msec', 'time_in_ms'],
    ['ON', 'on'],
  ])('%s is told to be %s (DIA-121)', (name, known) => {
    expect(findMisspelt(['limit', name])).toEqual([
      { code: 'query.misspelt_parameter', values: { name, known } },
    ])
  })

  it.each(['where', 'api_key', 'sig', 'utm_source', '_', 'x', 'explain', 'y'.repeat(40)])(
    'nothing is said of %s (QRY-10)',
    (name) => expect(findMisspelt([name])).toEqual([]),
  )

  it('of many the first 32 are looked at (DIA-121)', () => {
    expect(findMisspelt(Array.from({ length: 500 }, () => 'fromdate'))).toHaveLength(32)
  })
})
