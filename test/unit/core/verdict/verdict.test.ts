import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { CATALOGUE, type VerdictCode } from '../../../../src/core/verdict/catalogue.ts'
import type { Outcome } from '../../../../src/core/verdict/entry.ts'
import { type Finding, finding } from '../../../../src/core/verdict/finding.ts'
import { keepRecord } from '../../../../src/core/verdict/kept-record.ts'
import {
  decisiveFinding,
  type OutcomeKind,
  outcomeOfRecord,
  render,
  renderKept,
  toVerdict,
  type Verdict,
} from '../../../../src/core/verdict/verdict.ts'
import { NOW_MS } from '../../build.ts'
import { brokenText, hostileValue } from '../normalise/json-arbitraries.ts'

const CONTEXT = { projectId: 7, receivedAtMs: NOW_MS, endpoint: '/track', outcomeKind: 'stored' } as const

const verdictOn = (record: Json, own: Finding = finding('event.ignored')): Verdict => {
  return toVerdict(own, { ...CONTEXT, record: keepRecord(record), recordIndex: 0 })
}
/** The record as it is kept. */
const keptOf = (record: Json) => JSON.parse(verdictOn(record).record ?? 'null') as Json

/** A code of each outcome. */
const CODES: Readonly<Record<Outcome, VerdictCode>> = {
  stored: 'identity.no_id',
  changed: 'value.truncated',
  no_effect: 'identity.same_ids',
  dropped: 'event.ignored',
  rejected: 'record.invalid',
}

const findingOf = (outcome: Outcome): Finding => ({ code: CODES[outcome], values: {} })

describe('render', () => {
  it('says what happened, what to do about it, how bad it is and by which rule (VRD-01)', () => {
    const own = finding('time.too_old_for_track', { event: 'E', days: 9, send: 'Send history to /import' })
    expect(render(own, 'dropped')).toEqual({
      outcome: 'dropped',
      code: 'time.too_old_for_track',
      severity: 'error',
      message:
        'The event E is 9 days old. /track accepts events up to five days old, so it was dropped without an error.',
      advice: 'Send history to /import.',
      rule: 'TRK-28',
    })
  })

  it('calls the empty id of an event no user (DDP-03)', () => {
    const values = { n: 2, event: 'Read', id: '', time: 'T', insert_id: 'i' }
    expect(render(finding('dedup.hidden_duplicate', values), 'stored').message).toMatch(
      /^There are 2 copies of Read of no user at T /,
    )
  })

  it('fills the advice too, and each place of a value (VRD-01)', () => {
    const own = finding('identity.distinct_id_overridden', { sent: 'x', stored: 'U1', property: '$user_id' })
    expect(render(own, 'stored')).toMatchObject({
      message: 'distinct_id x was replaced by U1 because $user_id is present.',
      advice: 'Omit distinct_id, or send the same id in it as in $user_id.',
    })
  })

  it.each([
    [
      'a value that looks like a place',
      { reason: '{reason} {code}', found: '{send}', send: '' },
      'The record was refused ({reason} {code}): {send}.',
    ],
    [
      'a value that means something to replace()',
      { reason: "$& $1 $' $$", found: '$&' },
      "The record was refused ($& $1 $' $$): $&.",
    ],
    ['a value that is not given', {}, 'The record was refused (): .'],
    ['a number', { reason: 0 }, 'The record was refused (0): .'],
  ])('puts in as it is %s (VRD-01)', (_name, values, message) => {
    expect(render({ code: 'record.invalid', values }, 'rejected').message).toBe(message)
  })

  it('a note may be less severe than the catalogue says (IDO-11)', () => {
    const code = 'identity.anon_already_identified'
    const values = { anon: 'A', owner: 'U1', user: 'U2' }
    const milder = finding(code, values, 'info')
    expect([render(finding(code, values), 'stored').severity, render(milder, 'stored').severity]).toEqual([
      'warning',
      'info',
    ])
    expect(toVerdict(milder, CONTEXT).severity).toBe('info')
  })

  it('what was kept is told as it was (VRD-02)', () => {
    const own = finding('identity.same_ids', { id: 'x' }, 'info')
    const { finding: kept, outcome, severity } = toVerdict(own, CONTEXT)
    expect(renderKept(kept.code, kept.values, outcome, severity)).toEqual(render(own, 'stored'))
  })
})

describe('the outcome of a note', () => {
  const FATES: readonly OutcomeKind[] = ['stored', 'dropped', 'skipped', 'rejected']

  it.each<readonly [Outcome, readonly Outcome[]]>([
    ['stored', ['stored', 'dropped', 'rejected', 'rejected']],
    ['changed', ['changed', 'dropped', 'rejected', 'rejected']],
    ['no_effect', ['no_effect', 'no_effect', 'no_effect', 'rejected']],
    ['dropped', ['no_effect', 'dropped', 'rejected', 'rejected']],
    ['rejected', ['no_effect', 'rejected', 'rejected', 'rejected']],
  ])('of the catalogue’s outcome %s, by the fates: %j (VRD-01)', (outcome, expected) => {
    const own = findingOf(outcome)
    expect(CATALOGUE[own.code].outcome).toBe(outcome)
    expect(FATES.map((outcomeKind) => render(own, outcomeKind).outcome)).toEqual(expected)
    expect(FATES.map((outcomeKind) => toVerdict(own, { ...CONTEXT, outcomeKind }).outcome)).toEqual(expected)
  })

  it.each<readonly [OutcomeKind, readonly Outcome[], Outcome]>([
    ['stored', [], 'stored'],
    ['stored', ['stored'], 'stored'],
    ['stored', ['stored', 'changed', 'stored'], 'changed'],
    ['stored', ['no_effect', 'changed'], 'no_effect'],
    ['stored', ['rejected'], 'no_effect'],
    ['dropped', [], 'no_effect'],
    ['dropped', ['no_effect'], 'no_effect'],
    ['dropped', ['dropped'], 'dropped'],
    ['dropped', ['no_effect', 'dropped'], 'dropped'],
    ['skipped', [], 'rejected'],
    ['skipped', ['stored'], 'rejected'],
    ['rejected', [], 'rejected'],
    ['rejected', ['rejected'], 'rejected'],
  ])('a record that is %s with notes of %j is: %s (VRD-01)', (outcomeKind, outcomes, expected) => {
    const findings = outcomes.map(findingOf)
    expect(outcomeOfRecord(outcomeKind, findings)).toBe(expected)
  })
})

describe('decisiveFinding', () => {
  const of = (...codes: readonly VerdictCode[]) => codes.map((code) => ({ code, values: {} }))

  it.each<readonly [OutcomeKind, readonly VerdictCode[], VerdictCode | undefined]>([
    ['stored', ['identity.no_id', 'value.truncated', 'value.reserved_bucket'], 'value.truncated'],
    ['stored', ['identity.same_ids', 'identity.identify_noop', 'value.truncated'], 'identity.same_ids'],
    ['stored', ['identity.identify_noop', 'identity.same_ids'], 'identity.identify_noop'],
    ['rejected', [], undefined],
  ])(
    'of a record that was %s is the first that explains it, of %j (VRD-01)',
    (outcomeKind, codes, expected) => {
      expect(decisiveFinding(outcomeKind, of(...codes))?.code).toBe(expected)
    },
  )
})

describe('toVerdict', () => {
  it('keeps where and when, the ids, the record and its place (VRD-01)', () => {
    const record = { event: 'E', properties: { distinct_id: 'U', $device_id: 'D', token: 'TOK' } }
    const own = finding('identity.constant_user_id', { user: 'U', what: 'is a name' })
    expect(toVerdict(own, { ...CONTEXT, record: keepRecord(record), recordIndex: 3 })).toEqual({
      projectId: 7,
      receivedAtMs: NOW_MS,
      endpoint: '/track',
      finding: own,
      outcome: 'stored',
      severity: 'error',
      ids: ['U', '$device:D'],
      record: JSON.stringify(record),
      recordIndex: 3,
      sender: null,
    })
  })

  it('keeps a note on a request without record, ids or place (VRD-01)', () => {
    expect(toVerdict(finding('track.strict_ignored'), CONTEXT)).toMatchObject({
      ids: [],
      record: null,
      recordIndex: null,
    })
  })

  it.each<readonly [string, JsonObject, JsonObject]>([
    [
      'in the properties',
      { properties: { api_secret: '0123abcdefgh' } },
      { properties: { api_secret: '…efgh' } },
    ],
    ['in the record', { secret: '0123abcdefgh' }, { secret: '…efgh' }],
    [
      'whatever the case',
      { Password: '0123abcdefgh', API_KEY: 123412345678 },
      { Password: '…efgh', API_KEY: '…5678' },
    ],
    [
      'of a project, a client',
      { project_secret: '0123abcdefgh', client_secret: '12345' },
      { project_secret: '…efgh', client_secret: '…' },
    ],
    [
      'of other services',
      { access_token: '0123abcdefgh', authorization: 'Basic 12abcd' },
      { access_token: '…efgh', authorization: '…abcd' },
    ],
    ['without an underscore', { apiKey: '0123abcdefgh' }, { apiKey: '…efgh' }],
    [
      'at any depth',
      { a: [{ $password: '0123abcdefgh', secret: ['x'] }] },
      { a: [{ $password: '…efgh', secret: '…' }] },
    ],
    ['but not the token', { properties: { token: 'abcdefgh' } }, { properties: { token: 'abcdefgh' } }],
    [
      'but not what only sounds so',
      { secretary: 'Charlie Doe', tokens: 'many' },
      { secretary: 'Charlie Doe', tokens: 'many' },
    ],
    [
      'beside names that JavaScript knows',
      JSON.parse('{"__proto__":1,"secret":"0123abcdefgh"}'),
      JSON.parse('{"__proto__":1,"secret":"…efgh"}'),
    ],
  ])('cuts secrets to their last four characters: %s (SEC-01)', (_name, record, expected) => {
    expect(keptOf(record)).toEqual(expected)
    expect(Object.keys(keptOf(record) as JsonObject)).toEqual(Object.keys(expected))
  })

  const empty = JSON.stringify({ event: 'E', p: '' }).length
  it.each([
    [16_384, true],
    [16_385, false],
    [1_000_000, false],
  ])('a record of %i characters is kept whole: %s (VRD-01)', (length, isWhole) => {
    const record = { event: 'E', p: 'x'.repeat(length - empty) }
    const cut = { event: 'E', twinpanel: 'the record was longer than 16384 characters, too long to keep' }
    expect(keptOf(record)).toEqual(isWhole ? record : cut)
  })

  it.each([
    [99, true],
    [100, false],
    [100_000, false],
  ])('a record with a list of %i levels is kept whole: %s (DEC-07)', (levels, isWhole) => {
    const value = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json
    const record = { event: 'E', value }
    const kept = keptOf(record)
    if (isWhole) expect(kept).toEqual(record)
    else expect(kept).toEqual({ event: 'E', twinpanel: 'the record was too deep to keep' })
  })

  it.each<readonly [string, Json, string]>([
    ['a long event name', { event: 'e'.repeat(20_000) }, 'e'.repeat(255)],
    ['an event that is no text', { event: { a: 'x'.repeat(20_000) } }, ''],
    ['a list', ['x'.repeat(20_000)], ''],
    ['a text', 'x'.repeat(20_000), ''],
  ])('of %s that is too long the name is kept (VRD-01)', (_name, record, event) => {
    expect(keptOf(record)).toMatchObject({ event, twinpanel: expect.stringContaining('too long to keep') })
  })

  it.each([
    ['a\u0000b', 'a\uFFFDb'],
    ['\uD800x', '\uFFFDx'],
    ['x\uDC00', 'x\uFFFD'],
    ['😀', '😀'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), `${'x'.repeat(255)}…`],
    [`${'x'.repeat(254)}😀`, `${'x'.repeat(254)}\uFFFD…`],
  ])('keeps of the value %j what Postgres can hold (DEC-07)', (id, expected) => {
    const own: Finding = { code: 'identity.same_ids', values: { id, n: 1 } }
    expect(verdictOn({}, own).finding.values).toEqual({
      id: expected,
      n: 1,
    })
  })

  it('keeps nothing of any record that Postgres cannot hold, and never throws (DEC-07)', () => {
    const isStorable = (text: string) => text.isWellFormed() && !text.includes('\u0000')
    fc.assert(
      fc.property(hostileValue, brokenText, (own, text) => {
        const records: readonly Json[] = [
          own,
          { event: text, properties: { distinct_id: text, $user_id: own, [text]: own } },
        ]
        for (const record of records) {
          const verdict = verdictOn(
            record,
            finding('record.invalid', { reason: text, found: text, send: '' }),
          )
          const texts = [...verdict.ids, verdict.record ?? '', String(verdict.finding.values['reason'])]
          expect(texts.filter((each) => !isStorable(each))).toEqual([])
          expect(verdict.record?.length).toBeLessThanOrEqual(16_384)
          expect(() => JSON.parse(verdict.record ?? '')).not.toThrow()
        }
      }),
    )
  })
})
