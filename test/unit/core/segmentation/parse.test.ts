import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDatetime, writeDatetime } from '../../../../src/core/segmentation/datetime.ts'
import { describeError, PROFILE_SOURCES, parseExpression } from '../../../../src/core/segmentation/parse.ts'

/** 2026-08-25T12:00:00.900Z */
const NOW = { nowMs: 1_787_659_200_900 }

/** An expression as text with all its brackets; of one that is refused, the sentence. */
function read(text: string): string {
  const parsed = parseExpression(text, NOW)
  return parsed.ok ? write(parsed.value) : describeError('where', parsed.error)
}

type Node = Extract<ReturnType<typeof parseExpression>, { readonly ok: true }>['value']

function write(node: Node): string {
  switch (node.kind) {
    case 'property':
      return `${node.source}.${node.name}`
    case 'literal':
      return JSON.stringify(node.value)
    case 'datetime':
      return `@${node.seconds}`
    case 'datetime_of':
      return `@(${write(node.operand)})`
    case 'list':
      return JSON.stringify(node.values)
    case 'all':
    case 'any':
      return `${node.kind}(${node.operands.map(write).join(', ')})`
    case 'not':
    case 'negate':
      return `${node.kind}(${write(node.operand)})`
    case 'call':
      return `${node.name}(${write(node.operand)})`
    case 'binary':
      return `(${write(node.left)} ${node.operator} ${write(node.right)})`
  }
}

const P = 'properties["a"]'

describe('parseExpression', () => {
  it.each([
    [P, 'properties.a'],
    ["properties['a']", 'properties.a'],
    ['user["$email"] == "a@example.com"', '(user.$email == "a@example.com")'],
    ['event["$time"]>1', '(event.$time > 1)'],
    [`${P} in [1, -2, "x", true, 2.5e1]`, '(properties.a in [1,-2,"x",true,25])'],
    [`${P} in []`, '(properties.a in [])'],
    ['"b" in properties["a"]', '("b" in properties.a)'],
    ['not 1 == 2 and true or false', 'any(all(not((1 == 2)), true), false)'],
    ['1 or 2 or 3 and 4 and 5', 'any(1, 2, all(3, 4, 5))'],
    ['(1 or 2) and 3', 'all(any(1, 2), 3)'],
    ['1 + 2 * 3 - 4 / 5 % 6', '((1 + (2 * 3)) - ((4 / 5) % 6))'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['-properties["a"] * 2', '(negate(properties.a) * 2)'],
    ['-2 - -3', '(-2 - -3)'],
    ['1 + 1 > 1 == true', '(((1 + 1) > 1) == true)'],
    ['not not true', 'not(not(true))'],
    ['defined(properties["a"])', 'defined(properties.a)'],
    ['floor(round(ceil(1.5)))', 'floor(round(ceil(1.5)))'],
    ['boolean("true") == (string(1) == number("1"))', '(boolean("true") == (string(1) == number("1")))'],
    ['datetime("2026-01-02") < datetime(1767312000)', '(@1767312000 < @1767312000)'],
    ['datetime(1767312000000) == datetime(4294967295)', '(@1767312000 == @4294967295)'],
    [`datetime(${P}) < datetime( NOW )`, '(@(properties.a) < @1787659200)'],
    ['datetime(event["$time"])', '@(event.$time)'],
    ['datetime(NOW - 86400 * 7) == datetime(NOW -3600)', '(@1787054400 == @1787655600)'],
    ['event["$time"] > NOW', '(event.$time > 1787659200)'],
    [String.raw`properties["a\"b\\c\n"]`, 'properties.a"b\\c\n'],
    ['properties["]) or true"]', 'properties.]) or true'],
    ['"\u0000" == "\ud800"', '("\ufffd" == "\ufffd")'],
    ['1 != 2 and 1 <= 2 and 1 >= 2', 'all((1 != 2), (1 <= 2), (1 >= 2))'],
    ['datetime(NOW + 3600) == datetime(-(-86400 / 2))', '(@1787662800 == @43200)'],
    ['datetime(1) < datetime("0001-01-01")', '(@1 < @-62135596800)'],
    [String.raw`"a\rb\tc\x"`, JSON.stringify('a\rb\tcx')],
    ['\n properties\t[ "a" ] ', 'properties.a'],
  ])('%s (QRY-15)', (text, expected) => {
    expect(read(text)).toBe(expected)
  })

  it.each([
    ['', 1, 'there is no expression'],
    ['  ', 3, 'there is no expression'],
    ['x', 1, 'x is no property, value or function: text stands in quotes, a property is properties["name"]'],
    ['constructor', 1, 'constructor is no property, value or function: text stands'],
    ['1 constructor 2', 3, 'constructor is not expected here'],
    ['properties.plan == 1', 11, '. is not understood'],
    ['properties[plan] == 1', 12, 'the name of a property, in quotes, is expected here, not plan'],
    ['properties["a" == 1', 16, '] is expected here, not =='],
    [`${P} = 1`, 17, '= is no operator: use =='],
    [`${P} && 1`, 17, '&& is no operator: use and'],
    [`${P} || 1`, 17, '|| is no operator: use or'],
    ['!true', 1, '! is no operator: use not'],
    [`${P} ==`, 19, 'a value is expected here, not the end'],
    [`${P} == "x`, 20, 'the text in quotes does not end'],
    ['(1', 3, ') is expected here, not the end'],
    ['1)', 2, ') is not expected here'],
    ['1a', 1, '1 is not understood'],
    ['1e999', 1, 'the number is too large'],
    [`1 in [${P}]`, 7, 'a list holds texts, numbers, true and false only, not properties'],
    ['1 in [1 2]', 9, ', or ] is expected here, not 2'],
    ['[1] == 1', 5, 'a list stands on the right of in only'],
    ['defined([1])', 1, 'a list stands on the right of in only'],
    ['[1]', 1, 'a list stands on the right of in only'],
    ['1 == [1]', 3, 'a list stands on the right of in only'],
    ['1 + [1]', 3, 'a list stands on the right of in only'],
    ['[1] and true', 5, 'a list stands on the right of in only'],
    ['true and [1]', 6, 'a list stands on the right of in only'],
    ['true or false or [1]', 15, 'a list stands on the right of in only'],
    ['not [1]', 1, 'a list stands on the right of in only'],
    ['-[1]', 1, 'a list stands on the right of in only'],
    ['1 2', 3, '2 is not expected here'],
    [`1 "${'x'.repeat(50)}"`, 3, `the text "${'x'.repeat(40)}" is not expected here`],
    [`1 ${'x'.repeat(50)}`, 3, `${'x'.repeat(40)} is not expected here`],
    ['1 == )', 6, 'a value is expected here, not )'],
    ['datetime(0.5)', 10, 'no such date'],
    ['datetime("0000-12-31")', 10, 'no such date'],
    ['datetime("x" - 1)', 10, 'datetime takes'],
    ['event["$name"]', 7, 'of an event there is $time only: use properties[…]'],
    ['datetime("2026-02-30")', 10, 'no such date: write it as 2026-01-02 or 2026-01-02T03:04:05'],
    ['datetime(0)', 10, 'no such date'],
    ['datetime(-1)', 10, 'no such date'],
    ['datetime(1 / 0)', 10, 'datetime takes a date in quotes, seconds since 1970, NOW or a property'],
    [`datetime(${P} - 1)`, 10, 'datetime takes a date in quotes, seconds since 1970, NOW or a property'],
    ['datetime(true)', 10, 'datetime takes'],
    ['datetime(["a"])', 10, 'datetime takes'],
    ['now', 1, 'now is no property, value or function'],
    ['defined properties["a"]', 9, '( is expected here, not properties'],
    ['😀', 1, '😀 is not understood'],
  ])('%j is refused at character %i (QRY-15)', (text, position, problem) => {
    expect(read(text).startsWith(`where is not understood at character ${position}: ${problem}`)).toBe(true)
  })

  it('chains may be long, nests may not be deep (QRY-15)', () => {
    const chain = Array.from({ length: 1_200 }, (_, n) => `${P}=="${n}"`).join(' or ')
    expect(parseExpression(chain, NOW).ok).toBe(true)
    for (const [open, close] of [
      ['(', ')'],
      ['not ', ''],
      ['- ', ''],
      ['floor(', ')'],
      ['1 + ', ''],
      ['1 == (', ')'],
      ['(true and ', ')'],
    ]) {
      const nested = (depth: number) => read(`${open?.repeat(depth)}true${close?.repeat(depth)}`)
      expect(nested(15_000)).toMatch(/over 10000 words|nested over 64 deep|over 65536 characters/)
      expect(nested(30)).not.toMatch(/not understood/)
    }
    expect(read('1'.repeat(70_000))).toMatch(/over 65536 characters long/)
    expect(read(Array.from({ length: 200 }, () => '1').join('-'))).toMatch(/nested over 64 deep/)
  })

  describe('the bounds of an expression (QRY-15)', () => {
    const nest = (open: string, close: string, inner: string) => (depth: number) =>
      open.repeat(depth - 1) + inner + close.repeat(depth - 1)
    const subtract = (depth: number) => Array(depth).fill('1').join('-')
    const isRead = expect.not.stringMatching(/not understood/)
    const isTooDeep = expect.stringMatching(/: the expression is nested over 64 deep$/)

    // Brackets make no node: 64 of them stand around a value.
    it.each<readonly [string, (depth: number) => string, number]>([
      ['brackets', nest('(', ')', '1'), 65],
      ['functions', nest('floor(', ')', '1'), 64],
      ['not', nest('not ', '', 'true'), 64],
      ['minus', nest('-', '', P), 64],
      ['left operands', subtract, 64],
      ['right operands', (depth) => `1-(${subtract(depth - 1)})`, 64],
      ['right operands with brackets of their own', nest('1-(', ')', '1'), 33],
    ])('%s go 64 deep and no deeper', (_name, textOf, deepest) => {
      expect(read(textOf(deepest))).toEqual(isRead)
      expect(read(textOf(deepest + 1))).toEqual(isTooDeep)
    })

    it.each(['and', 'or'])('each operand of a chain of %s counts, the last too', (operator) => {
      for (const at of [0, 1, 2, 3]) {
        const chain = (depth: number) => {
          return Array(4)
            .fill('true')
            .with(at, `${'not '.repeat(depth - 2)}true`)
            .join(` ${operator} `)
        }
        expect([at, read(chain(64)), read(chain(65))]).toEqual([at, isRead, isTooDeep])
        // What stands around a chain is deeper than its deepest operand.
        expect([at, read(`not (${chain(63)})`), read(`not (${chain(64)})`)]).toEqual([at, isRead, isTooDeep])
      }
    })

    it('10 000 words are read, and not one more', () => {
      // 1, in, two brackets, 4 998 values and the commas between them: 9 999 words.
      const words = `1 in [${Array(4_998).fill('1').join(',')}]`
      expect(read(`not ${words}`)).toEqual(isRead)
      expect(read(`not not ${words}`)).toMatch(/: the expression has over 10000 words$/)
    })

    it('65 536 characters are read, and not one more', () => {
      expect(read(P.padEnd(65_536))).toBe('properties.a')
      expect(read(P.padEnd(65_537))).toMatch(/character 65537: the expression is over 65536 characters long$/)
    })
  })

  it('a profile has no events (QRY-15)', () => {
    const scope = { ...NOW, sources: PROFILE_SOURCES }
    expect(parseExpression('user["a"] == properties["a"]', scope).ok).toBe(true)
    expect(parseExpression('event["$time"] > 1', scope)).toEqual({
      ok: false,
      error: { position: 1, problem: 'a profile has no event: use properties[…]' },
    })
  })

  it('whatever the text, it is read or refused at a place in it (QRY-15)', () => {
    const words = ['(', ')', '[', ']', ',', 'not', 'and', 'or', 'in', '==', '<', '-', '+', '"a"', '1', 'true']
    const names = [
      'properties',
      'user',
      'event',
      'datetime',
      'NOW',
      'defined',
      'number',
      '"$time"',
      P,
      '"',
      '\\',
      '__proto__',
    ]
    const text = fc.oneof(
      fc.array(fc.constantFrom(...words, ...names), { maxLength: 40 }).map((all) => all.join(' ')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    )
    fc.assert(
      fc.property(text, (own) => {
        const parsed = parseExpression(own, NOW)
        if (parsed.ok) return
        expect(parsed.error.position).toBeGreaterThan(0)
        expect(parsed.error.position).toBeLessThanOrEqual(own.length + 1)
      }),
      { numRuns: 3_000 },
    )
  })
})

it('a moment is written as profiles and events have it (PRP-05)', () => {
  expect(writeDatetime(1_767_323_045)).toBe('2026-01-02T03:04:05')
})

describe('parseDatetime', () => {
  it.each([
    ['1970-01-02', 86_400],
    ['2026-01-02T03:04:05', 1_767_323_045],
    ['2026-01-02 03:04:05', 1_767_323_045],
    ['2026-01-02T03:04:05Z', 1_767_323_045],
    ['2026-01-02T03:04:05.123Z', 1_767_323_045],
    ['0000-01-01', undefined],
    ['2026-13-01', undefined],
    ['2026-02-29', undefined],
    ['2026-01-01T25:00:00', undefined],
    ['01/02/2026', undefined],
    ['', undefined],
  ])('%s (QRY-15, PRP-05)', (text, seconds) => {
    expect(parseDatetime(text)).toBe(seconds)
  })
})
