import type { Expression, ExpressionError } from './ast.ts'
import type { Token } from './tokens.ts'

/** Brackets, functions and chains of operators inside each other; `and` and `or` chains do not count. */
export const MAX_DEPTH = 64

/** Leads out of the parser, however deep; parseExpression catches it. */
export class Refusal extends Error {
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

/** Two operands under an operator. Throws a Refusal where they do not fit. */
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
      throw new Refusal(token, unexpected(token))
  }
}

/** `a and b and c` is one node of three operands. */
function chain(token: Token, kind: 'all' | 'any', left: Part, right: Part): Part {
  noList(token, right)
  const { node } = left
  if (node.kind === kind) {
    const operands = node.operands as Expression[]
    // The node was made here and nobody else has it yet: copying it each time would take the square of its length.
    operands.push(right.node)
    return { node, depth: Math.max(left.depth, deeper(token, node, right.depth).depth) }
  }
  return deeper(token, { kind, operands: [node, right.node] }, Math.max(left.depth, right.depth))
}

/** Throws a Refusal for a list: what is not on the right of `in` has one value. */
export function noList(token: Token, { node }: Part): void {
  if (node.kind === 'list') throw new Refusal(token, 'a list stands on the right of in only')
}

/** What has no operands. */
export function leaf(node: Expression): Part {
  return { node, depth: 1 }
}

/** A node over operands that are `depth` deep. Throws a Refusal where that is too deep. */
export function deeper(token: Token, node: Expression, depth: number): Part {
  if (depth >= MAX_DEPTH) throw tooDeep(token)
  return { node, depth: depth + 1 }
}

/** The refusal of what nests too deep. */
export function tooDeep(token: Token): Refusal {
  return new Refusal(token, `the expression is nested over ${MAX_DEPTH} deep`)
}

/** What to say of a word that begins no value. */
export function unexpected(token: Token): string {
  if (!(token.kind === 'word' && /^[A-Za-z_]/.test(token.text))) {
    return `a value is expected here, not ${show(token)}`
  }
  return `${token.text} is no property, value or function: text stands in quotes, a property is properties["name"]`
}

/** A word as a sentence names it. */
export function show(token: Token): string {
  if (token.kind === 'string') return `the text ${JSON.stringify(token.value.slice(0, 40))}`
  if (token.kind === 'number') return String(token.value)
  return token.text === '' ? 'the end' : token.text.slice(0, 40)
}

/** True for the operator, bracket or name `text`. */
export function isWord(token: Token, text: string): boolean {
  return token.kind === 'word' && token.text === text
}
