import { describe, expect, it } from 'vitest'
import type { Json, Verdict } from '../../../src/page/api/types.ts'
import { gravestFirst, verdictRow } from '../../../src/page/live/row.ts'
import { ago } from '../../../src/page/ui/time.ts'

/* What a row of the live list calls a record of which nothing was stored. */

const REFUSED: Verdict = {
  id: '7',
  received_at: '2026-08-20T12:00:00.123Z',
  endpoint: '/track',
  record: null,
  record_index: 0,
  outcome: 'rejected',
  code: 'record.invalid',
  severity: 'error',
  message: '',
  advice: '',
  rule: 'TRK-18',
  values: {},
}

const toGroup = { $token: 't', $group_key: 'company', $group_id: 'acme' }

describe('a refused record is called what it was meant to be', () => {
  it.each<[endpoint: string, record: Json, shown: readonly [name: string, owner: string]]>([
    ['/track', { event: 'Signed up', properties: { distinct_id: 'u' } }, ['Signed up', 'u']],
    ['/track', { event: 'Signed up', properties: { $device_id: 'd' } }, ['Signed up', '$device:d']],
    ['/import', { properties: { distinct_id: 7 } }, ['Unnamed event', '7']],
    ['/track', { event: '', properties: {} }, ['Unnamed event', '']],
    ['/track', { event: null }, ['Unnamed event', '']],
    ['/track', { event: 7 }, ['Event 7', '']],
    ['/track', { event: ['a'] }, ['Event ["a"]', '']],
    ['/track', { event: '', twinpanel: 'the record was too deep to keep' }, ['Event', '']],
    ['/track', 'text', ['Malformed record', '']],
    ['/track', [1], ['Malformed record', '']],
    ['/track', null, ['Request to /track', '']],
    ['/engage', { $token: 't', $distinct_id: 'u', $increment: { n: 1 } }, ['$increment', 'u']],
    ['/engage', { $distinct_id: 'u', $ip: '0', $set: 1, $unset: [] }, ['$set $unset', 'u']],
    ['/engage', { $token: 't', $distinct_id: 'u' }, ['Profile update', 'u']],
    ['/groups', { ...toGroup, $set: { plan: 'pro' } }, ['$set', 'company acme']],
    ['/groups', { $group_key: 'company', $delete: '' }, ['$delete', 'company']],
    ['/groups', { ...toGroup, $group_id: 7 }, ['Group update', 'company 7']],
  ])('%s %j', (endpoint, record, shown) => {
    const { name, note, user, group } = verdictRow([{ ...REFUSED, endpoint, record }])
    expect([[name, group || user], note]).toEqual([shown, 'refused'])
  })

  it('copies of an event, and events with one $insert_id, by what their verdict is about', () => {
    const about = { ...REFUSED, outcome: 'stored', record_index: null } as const
    const values = { event: 'Purchase', id: 'charlie', insert_id: 'i', n: 2 }
    const copies = verdictRow([{ ...about, code: 'dedup.hidden_duplicate', values }])
    expect([copies.name, copies.note, copies.user]).toEqual(['Purchase', 'duplicate', 'charlie'])
    const reused = verdictRow([
      { ...about, code: 'dedup.insert_id_reused', values: { id: 'c', insert_id: 'i' } },
    ])
    expect([reused.name, reused.note, reused.user]).toEqual(['$insert_id i', '', 'c'])
  })
})

it('the most severe verdict comes first, whatever the order', () => {
  const severities = ['info', 'error', 'warning', 'error'] as const
  const [first, ...rest] = severities.map((severity) => ({ ...REFUSED, severity }))
  if (first === undefined) throw new Error('none')
  const sorted = gravestFirst(verdictRow([first, ...rest])).map(({ severity }) => severity)
  expect(sorted).toEqual(['error', 'error', 'warning', 'info'])
})

it.each([
  [0, 'now'],
  [999, 'now'],
  [1_000, '1 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [3_599_999, '59 min ago'],
  [3_600_000, '1 h ago'],
  [172_800_000, '2 d ago'],
  [-5_000, 'in 5 s'],
])('%i ms are %s', (ms, text) => {
  expect(ago(1_000_000_000 - ms, 1_000_000_000)).toBe(text)
})
