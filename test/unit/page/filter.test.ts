import { describe, expect, it } from 'vitest'
import type { StoredEvent, Verdict } from '../../../src/page/api/types.ts'
import { filterFor, parseFilter } from '../../../src/page/live/filter.ts'
import { eventRow, verdictRow } from '../../../src/page/live/row.ts'

/* The filter of the live list: what it finds, and what it leaves out. */

const EVENT: StoredEvent = {
  event: 'Plan Upgraded',
  distinct_id: 'charlie',
  original_distinct_id: '$device:d1',
  time: 1_787_227_140_123,
  insert_id: 'i1',
  received_at: '2026-08-20T12:00:00.123Z',
  properties: {
    plan: 'Pro',
    seats: 12,
    'first plan': 'free tier',
    url: 'https://a.test/x?y=1',
    address: { city: 'Berlin', geo: { lat: 52.5 } },
    trial: false,
    empty: '',
  },
}

const VERDICT: Verdict = {
  id: '7',
  received_at: '2026-08-20T12:00:00.123Z',
  endpoint: '/track',
  record: { event: 'Old', properties: { distinct_id: 'taylor', plan: 'team' } },
  record_index: 0,
  outcome: 'dropped',
  code: 'time.too_old_for_track',
  severity: 'error',
  message: '',
  advice: '',
  rule: 'TRK-28',
  values: {},
}

const stored = eventRow(EVENT)
const dropped = verdictRow([VERDICT])

describe('a filter', () => {
  it.each([
    ['pro', true],
    ['plan upgraded', true],
    ['"plan upgraded"', true],
    ['"upgraded plan"', false],
    ['-heartbeat', true],
    ['-pro', false],
    ['event:upgraded', true],
    ['event=upgraded', false],
    ['event="plan upgraded"', true],
    ['user:char', true],
    ['distinct_id:d1', true],
    ['distinct_id=charlie', true],
    ['is:stored', true],
    ['is:problem', false],
    ['-is:problem', true],
    ['plan=pro', true],
    ['plan=pr', false],
    ['plan:pr', true],
    ['-plan=pro', false],
    ['plan=*', true],
    ['price=*', false],
    ['-price=*', true],
    ['seats>11', true],
    ['seats>12', false],
    ['seats<12.5', true],
    ['plan>1', false],
    ['seats=12', true],
    ['trial=false', true],
    ['"first plan"="free tier"', true],
    ['"first plan":tier', true],
    ['address.city=berlin', true],
    ['address.geo.lat>52', true],
    ['address.street=*', false],
    ['https://a.test', true],
    ['$device:d1', true],
    ['plan=pro seats>99', false],
    ['', true],
    ['"', true],
    ['plan=', false],
  ])('%s', (filter, expected) => {
    expect(parseFilter(filter)(stored)).toBe(expected)
  })

  it('finds what was only sent, by its verdict and its properties', () => {
    const finds = (filter: string) => parseFilter(filter)(dropped)
    const all = ['is:dropped', 'outcome=dropped', 'is:problem', 'code:too_old', 'verdict:time.', 'plan=team']
    expect(all.filter((filter) => !finds(filter))).toEqual([])
    expect(finds('user:taylor code:identity')).toBe(false)
  })

  it.each([
    ['plan', 'Pro'],
    ['first plan', 'free tier'],
    ['seats', 12],
    ['trial', false],
    ['url', 'https://a.test/x?y=1'],
    ['a:b', '-x'],
  ])('that is made of a property finds it: %s is %s', (name, value) => {
    const row = eventRow({ ...EVENT, properties: { [name]: value } })
    const filter = filterFor(name, value) ?? ''
    expect(filter).not.toBe('')
    expect([row, stored, dropped].filter(parseFilter(filter))).toContain(row)
    expect(parseFilter(filter)(dropped)).toBe(false)
  })
})
