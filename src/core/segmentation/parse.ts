import { err, ok, type Result } from '../result.ts'
import type { Expression, ExpressionError, FunctionName, Literal, Property, Source } from './ast.ts'
import {
  combine,
  deeper,
  isWord,
  leaf,
  MAX_DEPTH,
  noList,
  ParseError,
  type Part,
  show,
  tooDeep,
  unexpected,
} from './build.ts'
import { constantOf } from './constant.ts'
import { datetimeOf, parseDatetime } from './datetime.ts'
import { type Token, tokenize } from './tokens.ts'

/** How tightly an operator binds; `not` stands between `and` and the comparisons. */
const POWERS: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ['in', 4],
  ['==', 4],
  ['!=', 4],
  ['<', 4],
  ['<=', 4],
  ['>', 4],
  ['>=', 4],
  ['+', 5],
  ['-', 5],
  ['*', 6],
  ['/', 6],
  ['%', 6],
])
const NOT_POWER = 3
const NEGATE_POWER = 7

/** The sources that an expression over events may use. */
const EVENT_SOURCES: ReadonlySet<Source> = new Set(['properties', 'user', 'event'])
/** The sources of an expression over profiles; both mean the profile. */
export const PROFILE_SOURCES: ReadonlySet<Source> = new Set(['properties', 'user'])
const FUNCTIONS: ReadonlySet<string> = new Set<FunctionName>([
  'boolean',
  'number',
  'string',
  'floor',
  'round',
  'ceil',
  'defined',
])

/** What an expression may refer to. */
export interface Scope {
  /** The allowed sources; an event's and its user's by default. */
  readonly sources?: ReadonlySet<Source>
  /** The value of `NOW`: the project's time, in ms since the epoch. */
  readonly nowMs: number
}

/**
 * Parses a segmentation expression (QRY-15): a Pratt parser with bounded depth. Errors: the position and the reason.
 * Never throws, whatever the text.
 */
export function parseExpression(text: string, scope: Scope): Result<Expression, ExpressionError> {
  const tokens = tokenize(text)
  if (!tokens.ok) return tokens
  try {
    return ok(new Parser(tokens.value, scope).parse())
  } catch (error) {
    if (error instanceof ParseError) return err(error.error)
    throw error
  }
}

/** The error as a sentence of the answer. */
export function describeError(name: string, { position, problem }: ExpressionError): string {
  return `${name} is not understood at character ${position}: ${problem}`
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #sources: ReadonlySet<Source>
  readonly #nowSeconds: number
  #index = 0

  constructor(tokens: readonly Token[], { sources = EVENT_SOURCES, nowMs }: Scope) {
    this.#tokens = tokens
    this.#sources = sources
    this.#nowSeconds = Math.floor(nowMs / 1_000)
  }

  parse(): Expression {
    if (isWord(this.#peek(), '')) throw new ParseError(this.#peek(), 'there is no expression')
    const first = this.#peek()
    const part = this.#expression(0, 0)
    const rest = this.#peek()
    if (!isWord(rest, '')) throw new ParseError(rest, `${show(rest)} is not expected here`)
    noList(first, part)
    return part.node
  }

  /** An expression with operators that bind more tightly than `power`; `nesting` is its depth. */
  #expression(power: number, nesting: number): Part {
    if (nesting > MAX_DEPTH) throw tooDeep(this.#peek())
    let left = this.#prefix(nesting)
    for (;;) {
      const token = this.#peek()
      const binding = token.kind === 'word' ? (POWERS.get(token.text) ?? 0) : 0
      if (token.kind !== 'word' || binding <= power) return left
      this.#index++
      const right = this.#expression(binding, nesting + 1)
      left = combine(token, left, right)
    }
  }

  #prefix(nesting: number): Part {
    const token = this.#next()
    if (token.kind !== 'word') return leaf({ kind: 'literal', value: token.value })
    switch (token.text) {
      case 'true':
      case 'false':
        return leaf({ kind: 'literal', value: token.text === 'true' })
      case 'NOW':
        return leaf({ kind: 'literal', value: this.#nowSeconds })
      case 'not':
        return this.#unary(token, 'not', NOT_POWER, nesting)
      case '-':
        return this.#negation(token, nesting)
      case '(': {
        const inner = this.#expression(0, nesting + 1)
        this.#expect(')')
        return inner
      }
      case '[':
        return leaf({ kind: 'list', values: this.#list() })
      case 'datetime':
        return leaf(this.#datetime(nesting))
    }
    if (isSource(token.text)) return leaf(this.#property(token, token.text))
    if (isFunction(token.text)) return this.#call(token, token.text, nesting)
    throw new ParseError(token, unexpected(token))
  }

  #negation(token: Token, nesting: number): Part {
    const part = this.#unary(token, 'negate', NEGATE_POWER, nesting)
    const { node } = part
    // A negative number is a literal, so that a list may contain it.
    if (node.kind !== 'negate' || node.operand.kind !== 'literal') return part
    const { value } = node.operand
    return typeof value === 'number' ? leaf({ kind: 'literal', value: -value }) : part
  }

  #unary(token: Token, kind: 'not' | 'negate', power: number, nesting: number): Part {
    const part = this.#expression(power, nesting + 1)
    noList(token, part)
    return deeper(token, { kind, operand: part.node }, part.depth)
  }

  #call(token: Token, name: FunctionName, nesting: number): Part {
    this.#expect('(')
    const part = this.#expression(0, nesting + 1)
    noList(token, part)
    this.#expect(')')
    return deeper(token, { kind: 'call', name, operand: part.node }, part.depth)
  }

  #property(start: Token, source: Source): Property {
    if (!this.#sources.has(source))
      throw new ParseError(start, `a profile has no ${source}: use properties[…]`)
    this.#expect('[')
    const name = this.#next()
    if (name.kind !== 'string') {
      throw new ParseError(name, `the name of a property, in quotes, is expected here, not ${show(name)}`)
    }
    this.#expect(']')
    if (source === 'event' && name.value !== '$time') {
      throw new ParseError(name, 'of an event there is $time only: use properties[…]')
    }
    return { kind: 'property', source, name: name.value }
  }

  #list(): readonly Literal[] {
    const values: Literal[] = []
    if (isWord(this.#peek(), ']')) {
      this.#index++
      return values
    }
    for (;;) {
      values.push(this.#listed())
      const token = this.#next()
      if (isWord(token, ']')) return values
      if (!isWord(token, ',')) throw new ParseError(token, `, or ] is expected here, not ${show(token)}`)
    }
  }

  #listed(): Literal {
    const isNegative = isWord(this.#peek(), '-')
    if (isNegative) this.#index++
    const token = this.#next()
    if (token.kind === 'number') return isNegative ? -token.value : token.value
    if (token.kind === 'string' && !isNegative) return token.value
    if (!isNegative && (isWord(token, 'true') || isWord(token, 'false'))) return isWord(token, 'true')
    throw new ParseError(token, `a list holds texts, numbers, true and false only, not ${show(token)}`)
  }

  /** `datetime` of a quoted date, of a number in seconds or ms, in which `NOW` may occur, or of a property. */
  #datetime(nesting: number): Expression {
    this.#expect('(')
    const start = this.#peek()
    const { node } = this.#expression(0, nesting + 1)
    this.#expect(')')
    if (node.kind === 'property') return { kind: 'datetime_of', operand: node }
    const value = constantOf(node)
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new ParseError(start, 'datetime takes a date in quotes, seconds since 1970, NOW or a property')
    }
    const seconds = typeof value === 'number' ? datetimeOf(value) : parseDatetime(value)
    if (seconds === undefined) {
      throw new ParseError(start, 'no such date: write it as 2026-01-02 or 2026-01-02T03:04:05')
    }
    return { kind: 'datetime', seconds }
  }

  #peek(): Token {
    return this.#tokens[this.#index] ?? { kind: 'word', text: '', at: 1 }
  }

  #next(): Token {
    const token = this.#peek()
    this.#index++
    return token
  }

  #expect(text: string): void {
    const token = this.#next()
    if (!isWord(token, text)) throw new ParseError(token, `${text} is expected here, not ${show(token)}`)
  }
}

function isSource(text: string): text is Source {
  const names: ReadonlySet<string> = EVENT_SOURCES
  return names.has(text)
}

function isFunction(text: string): text is FunctionName {
  return FUNCTIONS.has(text)
}
