import { toStorable } from '../normalise/text.ts'
import { err, ok, type Result } from '../result.ts'
import type { ExpressionError } from './ast.ts'

/** A word of an expression; `at` is its first character, counted from 1. */
export type Token =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  /** A name, an operator or a bracket, as written; empty at the end of the text. */
  | { readonly kind: 'word'; readonly text: string; readonly at: number }

/** Longer expressions are refused: a database has to plan them. */
const MAX_CHARS = 65_536
const MAX_TOKENS = 10_000

const BLANK = /\s+/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y
const NAME = /[A-Za-z_]\w*/y
const SYMBOL = /==|!=|<=|>=|[<>+\-*/%()[\],]/y
/** What people write for an operator of this language. */
const STRANGE = /&&|\|\||!|=/y
const INSTEAD: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not', '=': '==' }

/** Takes an expression apart (QRY-15). The last token is an empty word. Never throws. */
export function tokenize(text: string): Result<readonly Token[], ExpressionError> {
  if (text.length > MAX_CHARS) return error(MAX_CHARS, `the expression is over ${MAX_CHARS} characters long`)
  const tokens: Token[] = []
  let index = 0
  while (index < text.length) {
    index += match(BLANK, text, index)?.length ?? 0
    if (index === text.length) break
    if (tokens.length === MAX_TOKENS) return error(index, `the expression has over ${MAX_TOKENS} words`)
    const token = readToken(text, index)
    if (!token.ok) return token
    tokens.push(token.value.token)
    index = token.value.end
  }
  tokens.push({ kind: 'word', text: '', at: text.length + 1 })
  return ok(tokens)
}

interface Read {
  readonly token: Token
  /** The index after it. */
  readonly end: number
}

function readToken(text: string, index: number): Result<Read, ExpressionError> {
  const quote = text[index]
  if (quote === '"' || quote === "'") return readString(text, index, quote)
  const at = index + 1
  const number = match(NUMBER, text, index)
  if (number !== undefined) {
    const value = Number(number)
    if (!Number.isFinite(value)) return error(index, 'the number is too large')
    return ok({ token: { kind: 'number', value, at }, end: index + number.length })
  }
  const word = match(NAME, text, index) ?? match(SYMBOL, text, index)
  if (word !== undefined) return ok({ token: { kind: 'word', text: word, at }, end: index + word.length })
  const strange = match(STRANGE, text, index)
  if (strange !== undefined) return error(index, `${strange} is no operator: use ${INSTEAD[strange]}`)
  return error(index, `${String.fromCodePoint(text.codePointAt(index) ?? 0)} is not understood`)
}

/** Reads a text in quotes; a backslash takes the next character as it is, but for `\n`, `\r` and `\t`. */
function readString(text: string, start: number, quote: string): Result<Read, ExpressionError> {
  let value = ''
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charAt(index)
    if (character === quote) {
      return ok({ token: { kind: 'string', value: toStorable(value), at: start + 1 }, end: index + 1 })
    }
    if (character !== '\\') value += character
    else value += unescaped(text.charAt(++index))
  }
  return error(start, 'the text in quotes does not end')
}

function unescaped(character: string): string {
  switch (character) {
    case 'n':
      return '\n'
    case 'r':
      return '\r'
    case 't':
      return '\t'
    default:
      return character
  }
}

function match(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index
  return pattern.exec(text)?.[0]
}

function error(index: number, problem: string): Result<never, ExpressionError> {
  return err({ position: index + 1, problem })
}
