import { describe, expect, it } from 'vitest'
import { parseForm } from '../../../src/core/decode/params.ts'
import { parseEventsQuery } from '../../../src/read/events.ts'
import { parseExportQuery } from '../../../src/read/export.ts'
import { aProject } from '../build.ts'

const params = (query: string) => parseForm(query)
const DAYS = 'from_date=2026-08-01&to_date=2026-08-20'
const NOON_MS = Date.UTC(2026, 7, 20, 12)

function parseExport(query: string, project = aProject(), nowMs = NOON_MS): unknown {
  const result = parseExportQuery(params(query), project, nowMs)
  return result.ok ? result.value : result.error.text
}

describe('parseExportQuery', () => {
  it.each([
    [DAYS, {}],
    [`${DAYS}&limit=1`, { limit: 1 }],
    [`${DAYS}&limit=100000`, { limit: 100_000 }],
    [`${DAYS}&event=["Sign Up","b"]`, { events: ['Sign Up', 'b'] }],
    [`${DAYS}&event=[]`, { events: [] }],
    [`${DAYS}&event=`, {}],
    [`${DAYS}&time_in_ms=true`, { isTimeInMs: true }],
    [`${DAYS}&time_in_ms=1`, { isTimeInMs: true }],
    [`${DAYS}&time_in_ms=false`, {}],
    [`${DAYS}&unknown=1`, {}],
    ['from_date=2026-08-20&to_date=2026-08-20', { fromDate: '2026-08-20' }],
    ['from_date=2024-02-29&to_date=2026-08-20', { fromDate: '2024-02-29' }],
  ])('reads %s (QRY-01)', (query, expected) => {
    const defaults = {
      limit: Number.POSITIVE_INFINITY,
      events: undefined,
      where: undefined,
      isTimeInMs: false,
    }
    expect(parseExport(query)).toEqual({
      fromDate: '2026-08-01',
      toDate: '2026-08-20',
      ...defaults,
      ...expected,
    })
  })

  it.each([
    ['', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-08-01', 'to_date must be a date of the form yyyy-mm-dd'],
    ['from_date=20260801&to_date=2026-08-20', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-8-1&to_date=2026-08-20', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-02-29&to_date=2026-08-20', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-13-01&to_date=2026-08-20', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=0000-01-01&to_date=2026-08-20', 'from_date must be a date of the form yyyy-mm-dd'],
    ["from_date=2026-01-01'--&to_date=2026-08-20", 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-08-01&to_date=today', 'to_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-08-02&to_date=2026-08-01', 'from_date cannot be later than to_date'],
    ['from_date=2026-08-01&to_date=2026-08-21', 'to_date cannot be later than today'],
  ])('refuses "%s" in plain words (QRY-07)', (query, error) => {
    expect(parseExport(query)).toBe(error)
  })

  it.each([
    ['limit=0', 'limit must be a number from 1 to 100000'],
    ['limit=100001', 'limit must be a number from 1 to 100000'],
    ['limit=-1', 'limit must be a number from 1 to 100000'],
    ['limit=1e3', 'limit must be a number from 1 to 100000'],
    ['limit=', 'limit must be a number from 1 to 100000'],
    ['event=Sign Up', 'event must be a JSON array of strings, such as ["Sign Up"]'],
    ['event="Sign Up"', 'event must be a JSON array of strings, such as ["Sign Up"]'],
    ['event=[1]', 'event must be a JSON array of strings, such as ["Sign Up"]'],
    ['event={', 'event must be a JSON array of strings, such as ["Sign Up"]'],
    ['where=properties["a"', 'where is not understood at character 15: ] is expected here, not the end'],
  ])('refuses %s in plain words (QRY-01)', (query, error) => {
    expect(parseExport(`${DAYS}&${query}`)).toBe(error)
  })

  it.each([
    ['Pacific/Kiritimati', Date.UTC(2026, 7, 20, 9, 59), '2026-08-20', true],
    ['Pacific/Kiritimati', Date.UTC(2026, 7, 20, 10), '2026-08-21', true],
    ['Pacific/Kiritimati', Date.UTC(2026, 7, 20, 9, 59), '2026-08-21', false],
    ['America/Los_Angeles', Date.UTC(2026, 7, 21, 6, 59), '2026-08-21', false],
    ['America/Los_Angeles', Date.UTC(2026, 7, 21, 7), '2026-08-21', true],
  ])('today in %s at %i: %s is taken: %s (QRY-07)', (timezone, nowMs, toDate, isTaken) => {
    const query = `from_date=2026-08-01&to_date=${toDate}`
    const project = aProject({ timezone }, { export_days: 'project' })
    expect(typeof parseExport(query, project, nowMs) === 'object').toBe(isTaken)
  })

  it.each([
    [Date.UTC(2026, 7, 20, 23, 59), '2026-08-21', false],
    [Date.UTC(2026, 7, 21), '2026-08-21', true],
  ])(
    'by default today is that of UTC, wherever the project is: at %i %s is taken: %s (QRY-07)',
    (nowMs, toDate, isTaken) => {
      const query = `from_date=2026-08-01&to_date=${toDate}`
      for (const timezone of ['Pacific/Kiritimati', 'America/Los_Angeles', 'UTC']) {
        expect(typeof parseExport(query, aProject({ timezone }), nowMs) === 'object').toBe(isTaken)
      }
    },
  )
})

describe('parseEventsQuery', () => {
  const parse = (query: string): unknown => {
    const result = parseEventsQuery(params(query), aProject())
    return result.ok ? result.value : result.error
  }
  const cursor = (text: string) => `after=${Buffer.from(text).toString('base64url')}`

  it.each([
    ['', {}, 100],
    ['event=E&distinct_id=u', { events: ['E'], distinctIds: ['u'] }, 100],
    [
      'from=2026-08-01&to=2026-08-02T00:00:00Z',
      { fromMs: Date.UTC(2026, 7, 1), toMs: Date.UTC(2026, 7, 2) },
      100,
    ],
    ['from=0&to=-1', { fromMs: 0, toMs: -1 }, 100],
    ['limit=1', {}, 1],
    ['limit=1000', {}, 1_000],
    [cursor('1602611311999.42'), { after: { timeMs: 1_602_611_311_999, seq: '42' } }, 100],
    [cursor('-1.9007199254740993'), { after: { timeMs: -1, seq: '9007199254740993' } }, 100],
  ])('reads "%s" (QRY-21)', (query, filter, limit) => {
    const all = {
      fromMs: undefined,
      toMs: undefined,
      events: undefined,
      distinctIds: undefined,
      after: undefined,
    }
    expect(parse(query)).toEqual({
      limit,
      filter: { project: aProject(), isDeduplicated: true, ...all, ...filter },
    })
  })

  it.each([
    ['from=yesterday', /^from must be/],
    ['to=2026-13-01', /^to must be/],
    ['from=', /^from must be/],
    ['limit=0', /^limit must be/],
    ['limit=1001', /^limit must be/],
    ['limit=x', /^limit must be/],
    ['after=', /^after must be/],
    ['after=*', /^after must be/],
    [cursor('1'), /^after must be/],
    [cursor('1.2.3'), /^after must be/],
    [cursor("1.2'); --"), /^after must be/],
    [cursor('12345678901234567.1'), /^after must be/],
    [cursor('1.1234567890123456789'), /^after must be/],
  ])('refuses "%s" in a sentence (QRY-21)', (query, sentence) => {
    expect(parse(query)).toMatch(sentence)
  })
})
