import type { Expression, ExpressionError } from './ast.ts'
import type { Token } from './tokens.ts'

/** The depth of nested brackets, functions and operators; chains of `and` and `or` do not count. */
export const MAX_DEPTH = 64

/** Thrown to leave the parser from any depth; parseExpression catches it. */
export class ParseError extends Error {
  readonly error: ExpressionError

  constructor(token: Token, problem: string) {
    super(problem)
    this.error = { position: token.at, problem }
  }
}

/** An expression with the depth of its tree. */
export interface Part {
  readonly node: Expression
  readonly depth: number
}

/** An operator applied to two operands. Throws a ParseError if they do not fit. */
export function combine(token: Token & { readonly kind: 'word' }, left: Part, right: Part): Part {
  noList(token, left)
  const depth = Math.max(left.depth, right.depth)
  switch (token.text) {
    case 'and':
      return chain(token, 'all', left, right)
    case 'or':
      return chain(token, 'any', left, right)
    case 'in':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': {
      if (token.text !== 'in') noList(token, right)
      const node = { kind: 'binary', operator: token.text, left: left.node, right: right.node } as const
      return deeper(token, node, depth)
    }
    default:
      throw new ParseError(token, unexpected(token))
  }
}

/** `a and b and c` is one node of three operands. */
function chain(token: Token, kind: 'all' | 'any', left: Part, right: Part): Part {
  noList(token, right)
  const { node } = left
  if (node.kind === kind) {
    const operands = node.operands as Expression[]
    // The node is not shared yet, so it can be extended: copying it each time would be quadratic.
    operands.push(right.node)
    return { node, depth: Math.max(left.depth, deeper(token, node, right.depth).depth) }
  }
  return deeper(token, { kind, operands: [node, right.node] }, Math.max(left.depth, right.depth))
}

/** Throws a ParseError for a list, which is allowed only on the right of `in`. */
export function noList(token: Token, { node }: Part): void {
  if (node.kind === 'list') throw new ParseError(token, 'a list stands on the right of in only')
}

/** A node without operands. */
export function leaf(node: Expression): Part {
  return { node, depth: 1 }
}

/** A node over operands of the given depth. Throws a ParseError if that is too deep. */
export function deeper(token: Token, node: Expression, depth: number): Part {
  if (depth >= MAX_DEPTH) throw tooDeep(token)
  return { node, depth: depth + 1 }
}

/** The error for an expression that is nested too deep. */
export function tooDeep(token: Token): ParseError {
  return new ParseError(token, `the expression is nested over ${MAX_DEPTH} deep`)
}

/** The message for a word that cannot begin a value. */
export function unexpected(token: Token): string {
  if (!(token.kind === 'word' && /^[A-Za-z_]/.test(token.text))) {
    return `a value is expected here, not ${show(token)}`
  }
  return `${token.text} is no property, value or function: text stands in quotes, a property is properties["name"]`
}

/** A token as messages show it. */
export function show(token: Token): string {
  if (token.kind === 'string') return `the text ${JSON.stringify(token.value.slice(0, 40))}`
  if (token.kind === 'number') return String(token.value)
  return token.text === '' ? 'the end' : token.text.slice(0, 40)
}

/** True for the operator, bracket or name `text`. */
export function isWord(token: Token, text: string): boolean {
  return token.kind === 'word' && token.text === text
}
