import { describe, expect, it } from 'vitest'
import { findTokenHint } from '../../../src/core/token-hints.ts'

const HEX = '5f3759df5f3759df0123456789abcdef'
const OTHERS = [
  { publicId: 1, token: 'shop-test' },
  { publicId: 2, token: HEX },
  { publicId: 3, token: 'team-a' },
]

describe('findTokenHint', () => {
  it.each([
    [
      'undefined',
      'null',
      'None',
      '(null)',
      '[object Object]',
      '<token>',
      '{{token}}',
      `\${TOKEN}`,
      '%TOKEN%',
    ],
    [
      'YOUR_PROJECT_TOKEN',
      'YOUR_TOKEN',
      'your-token-here',
      'Your Project Token',
      '<YOUR_TOKEN>',
      'yourMixpanelToken',
    ],
    [
      'process.env.MIXPANEL_TOKEN',
      'import.meta.env.VITE_TOKEN',
      'MIXPANEL_TOKEN',
      'TOKEN',
      'CHANGE_ME',
      'xxxxxxxx',
      'xxxxxxxx-xxxx',
      'token',
      'project_token',
    ],
  ])('a placeholder is told: %s, %s (DEC-05)', (...tokens) => {
    for (const token of tokens) {
      expect([token, findTokenHint(token, OTHERS)]).toEqual([
        token,
        { what: 'a placeholder', similarTo: undefined },
      ])
    }
  })

  it.each([
    ['Shop-Test', 1, 'in other letter case'],
    ['"shop-test"', 1, 'with something around it'],
    [' shop-test\n', 1, 'with something around it'],
    ['shop-tset', 1, 'with two characters swapped'],
    ['shop-tets', 1, 'with two characters swapped'],
    ['hsop-test', 1, 'with two characters swapped'],
    ['shop-tes', 1, 'with one character wrong'],
    ['xhop-test', 1, 'with one character wrong'],
    ['hop-test', 1, 'with one character wrong'],
    ['shop-tst', 1, 'with one character wrong'],
    ['shop-texst', 1, 'with one character wrong'],
    ['shop-tezt', 1, 'with one character wrong'],
    [HEX.toUpperCase(), 2, 'in other letter case'],
    [`x${HEX.slice(1)}`, 2, 'with one character wrong'],
    [HEX.slice(0, -1), 2, 'with one character wrong'],
    [`${HEX}0`, 2, 'with one character wrong'],
    [HEX.replace('37', '73'), 2, 'with two characters swapped'],
    [HEX.slice(0, 20), 2, 'with its end or start cut off'],
    [`Bearer ${HEX}`, 2, 'with something around it'],
    [`${HEX}:`, 2, 'with something around it'],
  ])('a slip is told: %j (DEC-05)', (token, similarTo, how) => {
    expect(findTokenHint(token, OTHERS)).toEqual({
      what: `the token of project ${similarTo} ${how}`,
      similarTo,
    })
  })

  it('the id of a project and the name of an account are told (DEC-05)', () => {
    expect(findTokenHint('2', OTHERS)).toEqual({ what: 'the id of a project, not its token', similarTo: 2 })
    expect(findTokenHint('a.b.mp-service-account', OTHERS)).toEqual({
      what: 'the name of a service account',
      similarTo: undefined,
    })
  })

  it.each([
    'shop-test-1',
    'shop-tests',
    'shop-tess',
    'team-b',
    'team-aa',
    'shop-t3st',
    'ship-best',
    '00000000000000000000000000000001',
    HEX.slice(0, 8),
    'test-token',
    'my-shop',
    'x'.repeat(200),
  ])('another token is one: %s (DEC-05)', (token) => expect(findTokenHint(token, OTHERS)).toBeUndefined())

  it.each([
    ['test-12', ['test-13', 'test-21', 'test-1', 'test-123']],
    ['t-1-13', ['t-11-3', 't-1-31', 't-11-13']],
    ['w1-a', ['1w-a', 'w1a-', 'w-1a']],
  ])('tokens that differ in numbers or separators are different ones: %s (DEC-05)', (other, tokens) => {
    for (const token of tokens) {
      expect([token, findTokenHint(token, [{ publicId: 1, token: other }])]).toEqual([token, undefined])
    }
  })
})
