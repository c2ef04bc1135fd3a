import { describe, expect, it } from 'vitest'
import { locateInRequest, parseLocated } from '../../../src/core/decode/request.ts'
import { runAtOnce } from '../../../src/core/decode/steps.ts'
import type { Json } from '../../../src/core/json.ts'
import { judgeTrackRecord } from '../../../src/core/judge/track.ts'
import * as limits from '../../../src/core/limits.ts'
import { toStoredProperties } from '../../../src/core/normalise/properties.ts'
import {
  findHygieneError,
  findInsertIdProblem,
  validateImportStructure,
} from '../../../src/core/validate/import.ts'
import { validateEngageRecord } from '../../../src/core/validate/profile.ts'
import { validateTrackRecord } from '../../../src/core/validate/track.ts'
import { type BoundRow, keys, nested, ones, text } from '../bounds.ts'
import { aContext, NOW_MS } from '../build.ts'

/** A value of a property, stored without a cut. */
const fits = (value: Json) => toStoredProperties({ p: value }, {}, 'chars').findings.length === 0

function sendsRecords(contentType: string, body: string): boolean {
  const located = runAtOnce(locateInRequest({ url: '/track', contentType, body: Buffer.from(body) }))
  return runAtOnce(parseLocated(located)).payload.ok
}

function isTracked(properties: Readonly<Record<string, Json>>): boolean {
  const valid = validateTrackRecord({
    event: 'E',
    properties: { token: 'T', distinct_id: 'u', ...properties },
  })
  return valid.ok && judgeTrackRecord(valid.value, aContext()).kind === 'stored'
}

function isImported(timeMs: number): boolean {
  const properties = { time: timeMs / 1_000, distinct_id: 'u', $insert_id: 'i' }
  const valid = validateImportStructure({ event: 'E', properties }, 'simplified')
  const rules = { idManagement: 'simplified', nowMs: NOW_MS, retentionDays: null } as const
  return valid.ok && findHygieneError(valid.value, rules) === undefined
}

/** One record whose JSON has so many bytes. */
const sized = (bytes: number, make: (pad: string) => Json) =>
  make(text(bytes - JSON.stringify(make('')).length))

/** Those of limits.ts, by name. */
const OF_REQUESTS: Readonly<Record<string, readonly BoundRow[]>> = {
  MAX_RECORDS: [
    ['records of a small list', 2_000, (n) => sendsRecords('application/json', JSON.stringify(ones(n)))],
    [
      'records of a large list',
      2_000,
      (n) => sendsRecords('application/json', JSON.stringify(ones(n)).padEnd(70_000)),
    ],
    ['lines of NDJSON', 2_000, (n) => sendsRecords('application/x-ndjson', ones(n).join('\n'))],
  ],
  MAX_RECORD_BYTES: [
    [
      'bytes of an event',
      1_048_576,
      (n) => {
        const own = { token: 'T', distinct_id: 'u' }
        const record = sized(n, (p) => ({ event: 'E', properties: { ...own, p } })) as {
          properties: { p: string }
        }
        return isTracked(record.properties)
      },
    ],
    [
      'bytes of a profile update',
      1_048_576,
      (n) => validateEngageRecord(sized(n, (p) => ({ $token: 'T', $distinct_id: 'u', $set: { p } }))).ok,
    ],
  ],
  MAX_STRING_LENGTH: [
    ['characters of a text', 255, (n) => fits(text(n))],
    ['emoji of a text', 255, (n) => fits(text(n, '😀'))],
    [
      'characters of a name',
      255,
      (n) => toStoredProperties({ [text(n)]: 1 }, {}, 'chars').findings.length === 0,
    ],
    ['bytes of a text', 255, (n) => toStoredProperties({ p: text(n) }, {}, 'bytes').findings.length === 0],
  ],
  MAX_ELEMENTS: [
    ['elements of a list', 255, (n) => fits(ones(n))],
    ['keys of an object', 255, (n) => fits(keys(n))],
    ['properties', 255, (n) => toStoredProperties(keys(n), {}, 'chars').findings.length === 0],
  ],
  MAX_DEPTH: [['levels of a value', 3, (n) => fits(nested(n))]],
  MAX_CONTAINER_BYTES: [
    // Forty texts within the limit of texts, and one that fills up.
    [
      'bytes of a list',
      8_192,
      (n) => fits([...Array.from({ length: 40 }, () => text(200)), text(n - 40 * 203 - 4)]),
    ],
  ],
  MAX_INSERT_ID_BYTES: [['bytes of an $insert_id', 36, (n) => findInsertIdProblem(text(n)) === undefined]],
  TRACK_WINDOW_MS: [['ms of age on /track', 432_000_000, (n) => isTracked({ time: NOW_MS - n })]],
  FUTURE_TOLERANCE_MS: [['ms ahead on /import', 3_600_000, (n) => isImported(NOW_MS + n)]],
  MIN_IMPORT_TIME_MS: [
    ['ms before 1972 on /import', 31_536_000_000, (n) => isImported(2 * 31_536_000_000 - n)],
  ],
}

/** Where the others are pinned: they need a server, megabytes or a profile. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  MAX_REQUEST_BYTES: 'unit/core/decode/request.test.ts, contract/limits.test.ts',
  MAX_FORM_BYTES: 'unit/core/decode/request.test.ts',
  SMALL_BYTES: 'how something is done, not what comes of it',
  MAX_HEADER_BYTES: 'fuzz/sockets.test.ts',
  LONG_URL_BYTES: 'contract/limits.test.ts',
  MAX_PROFILE_CONTAINER_BYTES: 'unit/core/profile/operators.test.ts, contract/limits.test.ts',
  MAX_PROFILE_BYTES: 'unit/core/profile/apply.test.ts',
  MAX_PROFILE_PROPERTIES: 'unit/core/profile/apply.test.ts',
  MAX_LOOKUP_BYTES: 'contract/lookup-tables.test.ts',
  MAX_LOOKUP_ROWS: 'contract/lookup-tables.test.ts',
  MAX_LOOKUP_ROW_LENGTH: 'unit/ingest/read-csv.test.ts',
  MAX_VERDICTS: 'unit/ingest/verdict-bounds.test.ts, concurrency/told-verdicts.test.ts',
  MAX_VERDICT_AGE_MS: 'unit/ingest/verdict-bounds.test.ts',
}

describe('a limit', () => {
  it.each(Object.values(OF_REQUESTS).flat())(
    '%s: %d is within, and one more is not',
    (_what, bound, isWithin) => {
      expect([isWithin(bound), isWithin(bound + 1)]).toEqual([true, false])
    },
  )

  it('of a request is in this table, or pinned where it is said', () => {
    const numbers = Object.entries(limits).filter(([, value]) => typeof value === 'number')
    const names = numbers.map(([name]) => name).sort()
    expect([...Object.keys(OF_REQUESTS), ...Object.keys(ELSEWHERE)].sort()).toEqual(names)
  })
})
