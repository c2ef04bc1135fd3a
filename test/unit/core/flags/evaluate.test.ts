import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseContext } from '../../../../src/core/flags/context.ts'
import { evaluate } from '../../../../src/core/flags/evaluate.ts'
import type { Flag } from '../../../../src/core/flags/flag.ts'
import type { JsonObject } from '../../../../src/core/json.ts'
import { aFlag } from './build.ts'

const variantOf = (flag: Flag, context: JsonObject) => evaluate(flag, context).assignment?.variant.key
const users = Array.from({ length: 5_000 }, (_, n) => ({ distinct_id: `user-${n}` }))
const shareOf = (flag: Flag, key: string | undefined) =>
  users.filter((user) => variantOf(flag, user) === key).length / users.length

describe('who gets which variant (FLG-01)', () => {
  it('is the same for the same user, whatever else the SDK sends', () => {
    const flag = aFlag({ hash_salt: 's' }, { rollout: [{ rollout_percentage: 0.6 }] })
    const other = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), other, other, (distinct_id, a, b) => {
        const first: JsonObject = JSON.parse(JSON.stringify({ ...a, distinct_id }))
        const second: JsonObject = JSON.parse(JSON.stringify({ ...b, distinct_id }))
        expect(variantOf(flag, first)).toBe(variantOf(flag, second))
      }),
    )
  })

  it('follows the percentage: who is in at 20 % is in at 50 %, with the same variant', () => {
    const at = (rollout_percentage: number) =>
      aFlag({ hash_salt: 's' }, { rollout: [{ rollout_percentage }] })
    expect(shareOf(at(0), undefined)).toBe(1)
    expect(shareOf(at(1), undefined)).toBe(0)
    expect(shareOf(at(0.2), undefined)).toBeCloseTo(0.8, 1)
    for (const user of users) {
      const early = variantOf(at(0.2), user)
      if (early !== undefined) expect(variantOf(at(0.5), user)).toBe(early)
    }
  })

  it('follows the shares of the variants, and those of the rollout before them', () => {
    expect(shareOf(aFlag(), 'treatment')).toBeCloseTo(0.5, 1)
    const uneven = aFlag({}, { rollout: [{ variant_splits: { control: 0.9, treatment: 0.1 } }] })
    expect(shareOf(uneven, 'treatment')).toBeCloseTo(0.1, 1)
    const all = aFlag({}, { rollout: [{ variant_override: { key: 'Treatment' } }] })
    expect(shareOf(all, 'treatment')).toBe(1)
  })

  it('is the last variant where the shares add up to less than the user’s place among them', () => {
    const flag = aFlag()
    const rollout = flag.ruleset.rollout.map((own) => ({
      ...own,
      variant_splits: { control: 0.01, treatment: 0.01 },
    }))
    const short: Flag = { ...flag, ruleset: { ...flag.ruleset, rollout } }
    expect(shareOf(short, 'control')).toBeLessThan(0.05)
    expect(shareOf(short, undefined)).toBe(0)
  })

  it('is decided by the id that the flag names, and nobody without it has the flag', () => {
    const flag = aFlag({ context: 'device_id' })
    const contexts = users.map((user) => ({ ...user, device_id: 'D' }))
    expect(new Set(contexts.map((context) => variantOf(flag, context))).size).toBe(1)
    expect(variantOf(flag, { distinct_id: 'u' })).toBeUndefined()
    expect(variantOf(aFlag({ context: 'company' }), { distinct_id: 'u', company: 17 })).toBeDefined()
  })

  it('waits for the events of the rollouts before the one that decides (FLG-03)', () => {
    const only = (key: string, more: JsonObject = {}) => ({ variant_override: { key }, ...more })
    const when = (event_name: string) => ({ runtime_event: { event_name } })
    const flag = aFlag(
      {},
      { rollout: [only('treatment', when('Buy')), only('control'), only('treatment', when('Late'))] },
    )
    const told = (...done: string[]) => {
      const { assignment, pending } = evaluate(flag, { distinct_id: 'u' }, new Set(done))
      return [assignment?.variant.key, pending.map(({ eventName, variant }) => [eventName, variant.key])]
    }
    expect(told()).toEqual(['control', [['Buy', 'treatment']]])
    expect(told('Late')).toEqual(['control', [['Buy', 'treatment']]])
    expect(told('Buy')).toEqual(['treatment', []])
    const none = aFlag({}, { rollout: [{ rollout_percentage: 0, ...when('Buy') }] })
    expect(evaluate(none, { distinct_id: 'u' })).toEqual({ assignment: undefined, pending: [] })
    const off = aFlag({ status: 'disabled' }, { rollout: [when('Buy')] })
    expect(evaluate(off, { distinct_id: 'u' }).pending).toEqual([])
    const tested = aFlag({}, { rollout: [when('Buy')], test: { users: { qa: 'control' } } })
    expect(evaluate(tested, { distinct_id: 'qa' }).pending).toEqual([])
  })

  it('is decided by the first rollout that lets the user in', () => {
    const isPro = { '==': [{ var: 'plan' }, 'pro'] }
    const flag = aFlag(
      {},
      {
        rollout: [
          { variant_override: { key: 'treatment' }, runtime_evaluation_rule: isPro },
          { variant_override: { key: 'control' }, rollout_percentage: 0.5 },
        ],
      },
    )
    const custom_properties = { plan: 'Pro' }
    expect(users.every((user) => variantOf(flag, { ...user, custom_properties }) === 'treatment')).toBe(true)
    expect(shareOf(flag, 'control')).toBeCloseTo(0.5, 1)
  })

  it('is what the list of test users says, in no rollout even', () => {
    const test = { users: { qa: 'TREATMENT' } }
    const flag = aFlag({ context: 'device_id' }, { rollout: [], test })
    expect(evaluate(flag, { distinct_id: 'qa', device_id: 'd' }).assignment).toMatchObject({
      variant: { key: 'treatment' },
      isTester: true,
    })
    expect(evaluate(flag, { distinct_id: 'constructor', device_id: 'd' }).assignment).toBeUndefined()
    expect(
      evaluate(aFlag({ status: 'disabled' }, { test }), { distinct_id: 'qa' }).assignment,
    ).toBeUndefined()
  })

  it('comes to a variant with shares that add up to a little less than 1', () => {
    const variants = ['a', 'b', 'c'].map((key) => ({ key, value: key, split: 0.333333 }))
    const variants3 = variants.map((own, index) => (index === 2 ? { ...own, split: 0.3333335 } : own))
    expect(shareOf(aFlag({}, { variants: variants3 }), undefined)).toBe(0)
  })
})

describe('a context (FLG-04)', () => {
  it.each([
    [undefined, 'missing'],
    ['', 'missing'],
    ['{', 'not_an_object'],
    ['[]', 'not_an_object'],
    ['{"device_id":"d"}', 'no_distinct_id'],
    ['{"distinct_id":""}', 'no_distinct_id'],
    ['{"distinct_id":true}', 'no_distinct_id'],
    ['{"distinct_id":7}', 'no_distinct_id'],
    ['{"distinct_id":null}', 'no_distinct_id'],
    ['{"distinct_id":["u"]}', 'no_distinct_id'],
    [`{"distinct_id":"${'x'.repeat(1_025)}"}`, 'id_too_long'],
  ])('%j is refused', (sent, error) => {
    expect(parseContext(sent)).toEqual({ ok: false, error })
  })

  it('is text, or the object itself', () => {
    expect(parseContext('{"distinct_id":"7"}')).toEqual({ ok: true, value: { distinct_id: '7' } })
    expect(parseContext({ distinct_id: 'u' })).toEqual({ ok: true, value: { distinct_id: 'u' } })
  })
})
