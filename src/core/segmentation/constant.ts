import type { Expression, Literal } from './ast.ts'

/**
 * The value of an expression that is the same for every row: a literal, or arithmetic on numbers; undefined otherwise.
 */
export function constantOf(node: Expression): Literal | undefined {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'negate': {
      const value = constantOf(node.operand)
      return typeof value === 'number' ? -value : undefined
    }
    case 'binary': {
      const [left, right] = [constantOf(node.left), constantOf(node.right)]
      if (typeof left !== 'number' || typeof right !== 'number') return undefined
      return join(node.operator, left, right)
    }
    default:
      return undefined
  }
}

function join(operator: string, left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0 ? undefined : left / right
    default:
      return undefined
  }
}
