/** Where a text stops being JSON, counted from 1, and why. */
export interface JsonError {
  readonly line: number
  readonly column: number
  readonly detail: string
}

/** A text without its quotes; one character a step, so that a text without an end is given up at once. */
const IN_QUOTES = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/uy
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w$.+-])/y
const BLANKS = /[ \t\r\n]*/y
/** What is shown of a text that is wrong. */
const WORD = /[\w$.+-]{1,20}|./suy

type Expected =
  | 'a value'
  | 'a value or ]'
  | 'a name in double quotes'
  | 'a name in double quotes or }'
  | ':'
  | ', or ]'
  | ', or }'
  | 'the end of the JSON'

/**
 * Finds the first error of a text; undefined if it is JSON. Browsers tell the place of some errors only. In: the number
 * of lines before the text.
 */
export function findJsonError(text: string, linesBefore = 0): JsonError | undefined {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'a value'
  let at = 0
  for (;;) {
    at = endOf(BLANKS, text, at) ?? at
    if (at === text.length && expected.startsWith('the end')) return undefined
    const token = readToken(text, at)
    if ('wrongAt' in token) return errorAt(text, token.wrongAt, token.expected, linesBefore)
    const next = follow(expected, token.kind, open)
    if (next === undefined) return errorAt(text, at, expected, linesBefore)
    expected = next
    at = token.end
  }
}

type Token =
  | { readonly kind: string; readonly end: number }
  | { readonly wrongAt: number; readonly expected: string }

/** Reads a sign, a text (kind `"`) or another literal (kind `0`). The kind is empty for anything else. */
function readToken(text: string, at: number): Token {
  const sign = text[at] ?? ''
  if ('{}[]:,'.includes(sign)) return { kind: sign, end: at + 1 }
  if (sign !== '"') {
    const end = endOf(LITERAL, text, at)
    return end === undefined ? { kind: '', end: at } : { kind: '0', end }
  }
  const end = endOf(IN_QUOTES, text, at) ?? at
  if (text[end] === '"') return { kind: '"', end: end + 1 }
  return {
    wrongAt: end,
    expected: text[end] === '\\' ? 'an escape such as \\n or \\u00e9' : 'a closing quote',
  }
}

/** The end of a match at this very place. */
function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

/** What must follow a token; undefined if it must not be there. */
function follow(expected: Expected, kind: string, open: ('{' | '[')[]): Expected | undefined {
  const isName = expected.startsWith('a name')
  if (kind === '"' && isName) return ':'
  if (kind === ':' && expected === ':') return 'a value'
  if (kind === ',' && expected === ', or ]') return 'a value'
  if (kind === ',' && expected === ', or }') return 'a name in double quotes'
  if ((kind === ']' || kind === '}') && expected.endsWith(`or ${kind}`)) {
    open.pop()
    return afterValue(open)
  }
  if (!expected.startsWith('a value')) return undefined
  if (kind === '"' || kind === '0') return afterValue(open)
  if (kind !== '{' && kind !== '[') return undefined
  open.push(kind)
  return kind === '{' ? 'a name in double quotes or }' : 'a value or ]'
}

function afterValue(open: readonly ('{' | '[')[]): Expected {
  const last = open.at(-1)
  if (last === undefined) return 'the end of the JSON'
  return last === '{' ? ', or }' : ', or ]'
}

function errorAt(text: string, at: number, expected: string, linesBefore: number): JsonError {
  const before = text.slice(0, at).split('\n')
  const line = linesBefore + before.length
  const column = (before.at(-1)?.length ?? 0) + 1
  const got = text.slice(at, endOf(WORD, text, at))
  const found = at === text.length ? 'the end of the text' : got === '\n' ? 'the end of the line' : got
  const detail = `Line ${line}, column ${column}: expected ${expected}, got ${found}`
  const isNextRecord = got === '{' && expected === 'the end of the JSON'
  return { line, column, detail: isNextRecord ? `${detail}. Put several records in a list: [ … ]` : detail }
}
