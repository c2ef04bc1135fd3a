import { describe, expect, it } from 'vitest'
import { ruleProblem, satisfies } from '../../../../src/core/flags/rule.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'

const DATA = {
  Plan: 'Pro',
  seats: 12,
  beta: true,
  tags: ['A', 'b'],
  address: { Country: 'DE' },
  none: null,
  orders: [
    { total: 30, coin: 'EUR', Items: ['shoe', 'sock'] },
    { total: 40, coin: 'USD', Items: ['hat'] },
  ],
  lists: [[1, 2], [3]],
  app: 'v2.10.0-rc.2',
  since: '2026-01-01T01:00:00.5+01:00',
}
const v = (name: string) => ({ var: name })

describe('a rule (FLG-01)', () => {
  it.each<[JsonObject, boolean]>([
    [{ '==': [v('plan'), 'PRO'] }, true],
    [{ '===': [v('PLAN'), 'pro'] }, true],
    [{ '!=': [v('plan'), 'pro'] }, false],
    [{ '!==': [v('plan'), 'free'] }, true],
    [{ '==': [v('seats'), '12'] }, true],
    [{ '===': [v('seats'), '12'] }, false],
    [{ '==': [v('beta'), 1] }, true],
    [{ '>': [v('seats'), 12] }, false],
    [{ '>=': [v('seats'), 12] }, true],
    [{ '<': [v('seats'), '13'] }, true],
    [{ '<=': [v('plan'), 'q'] }, true],
    [{ '<': [v('plan'), 5] }, false],
    [{ in: [v('plan'), ['free', 'pro']] }, true],
    [{ in: ['a', v('tags')] }, true],
    [{ in: ['c', v('tags')] }, false],
    [{ in: ['ro', v('plan')] }, true],
    [{ in: ['', v('missing')] }, false],
    [{ '==': [v('address.country'), 'de'] }, true],
    [{ '==': [v('missing'), 0] }, false],
    [{ '==': [v('none.deeper'), false] }, false],
    [{ '!': { '==': [v('plan'), 'pro'] } }, false],
    [{ '!': [{ '==': [v('plan'), 'free'] }] }, true],
    [{ and: [{ '==': [v('plan'), 'pro'] }, { '>': [v('seats'), 20] }] }, false],
    [{ semver_compare: [v('App'), '<', '2.10'] }, true],
    [{ semver_compare: [v('app'), '<', 'V2.10.0-RC.1'] }, false],
    [{ semver_compare: [v('plan'), '!==', '1.0.0'] }, false],
    [{ datetime_compare: [v('since'), '<', 1_767_225_601_000] }, true],
    [{ datetime_compare: [v('since'), '===', 1_767_225_600_999] }, true],
    [{ '!': { datetime_compare: [v('missing'), '!==', 0] } }, true],
    [{ or: [{ '==': [v('plan'), 'free'] }, { '>': [v('seats'), 10] }] }, true],
    [{ some: [v('tags'), { '==': [v(''), 'B'] }] }, true],
    [{ some: [v('tags'), { in: [v(''), ['c', 'd']] }] }, false],
    [{ some: [v('missing'), { '==': [v(''), null] }] }, false],
    [{ some: [v('plan'), { in: [v(''), 'pro'] }] }, false],
    [{ all: [v('tags'), { in: [v(''), ['A', 'B']] }] }, true],
    [{ all: [v('tags'), { '===': [v(''), 'a'] }] }, false],
    [{ all: [v('missing'), { '===': [v(''), 'a'] }] }, false],
    [{ none: [v('tags'), { '===': [v(''), 'c'] }] }, true],
    [{ none: [v('missing'), { '===': [v(''), 'c'] }] }, true],
    [{ '!': { some: [v('Orders'), { '>': [v('total'), 50] }] } }, true],
    [{ some: [v('orders'), { and: [{ '>': [v('total'), 20] }, { '==': [v('COIN'), 'eur'] }] }] }, true],
    [{ some: [v('orders'), { all: [v('items'), { '!=': [v(''), 'hat'] }] }] }, true],
    [{ some: [v('lists'), { some: [v(''), { '==': [v(''), 3] }] }] }, true],
    [{ in: ['pro', ['free', v('plan')]] }, true],
  ])('%j', (rule, expected) => {
    expect(ruleProblem(rule)).toBeUndefined()
    expect(satisfies(rule, DATA)).toBe(expected)
  })

  it('finds nothing where there are no custom properties', () => {
    expect(satisfies({ '==': [v('plan'), 'pro'] }, undefined)).toBe(false)
    expect(satisfies({ '!=': [v('plan'), 'pro'] }, 'text')).toBe(true)
  })

  it('is not overwhelmed by what nests deep', () => {
    const deep: Json = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    expect(satisfies({ '==': [v('plan'), 'pro'] }, { plan: 'pro', deep })).toBe(true)
  })

  it.each<[Json, RegExp]>([
    ['text', /must be an object with one operator of: and, or, !, some, all, none, ==/],
    [{}, /one operator/],
    [{ '==': [1, 1], '!=': [1, 2] }, /one operator/],
    [
      { semver_compare: [v('a'), '>', '1.0.0', '2'] },
      /"semver_compare" takes \{"var": "name"\}, one of === !==/,
    ],
    [{ semver_compare: [v('a'), '==', '1.0.0'] }, /"semver_compare" takes/],
    [{ datetime_compare: [v('a'), '>'] }, /"datetime_compare" takes/],
    [{ datetime_compare: [v('a'), '>', { '+': [1, 2] }] }, /"datetime_compare" takes/],
    [{ '+': [v('a'), 1] }, /has the operator "\+"; those served are: .*, semver_compare, datetime_compare/],
    [{ constructor: [1, 2] }, /has the operator "constructor"/],
    [{ and: [] }, /"and" takes a list of rules/],
    [{ '!': [{ '==': [1, 1] }, { '==': [1, 1] }] }, /"!" takes one rule/],
    [{ and: [true] }, /one operator/],
    [{ '<': [1, v('a'), 3] }, /"<" takes two of/],
    [{ '==': [{ var: '' }, 1] }, /"==" takes two of/],
    [{ '==': [{ '+': [1, 2] }, 3] }, /"==" takes two of/],
    [{ in: [v('a'), [[1]]] }, /"in" takes two of/],
    [{ in: [v('a'), [{ '+': [1, 2] }]] }, /"in" takes two of/],
    [{ some: [v('a')] }, /"some" takes/],
    [{ some: [['a', 'b'], { '==': [v(''), 'a'] }] }, /"some" takes \{"var": "name"\} and a rule, in which/],
    [{ all: [v(''), { '==': [v(''), 'a'] }] }, /"all" takes/],
    [{ all: [v('a'), { '==': [v(''), 'a'] }, 1] }, /"all" takes/],
    [{ none: [v('a'), { cat: [v('')] }] }, /has the operator "cat"/],
    [{ and: [{ some: [v('a'), { '==': [v(''), 1] }] }, { '==': [v(''), 1] }] }, /"==" takes two of/],
  ])('%j is refused', (rule, problem) => {
    expect(ruleProblem(rule)).toMatch(problem)
  })

  it('may not nest without end', () => {
    let rule: JsonObject = { '==': [1, 1] }
    for (let depth = 0; depth < 30; depth++) rule = { '!': rule }
    expect(ruleProblem(rule)).toBe('nests deeper than 20.')
  })
})
