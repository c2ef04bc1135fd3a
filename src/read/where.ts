import { ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { describeError, parseExpression, type Scope } from '../core/segmentation/parse.ts'

/** What a parameter that holds an expression is called, and what it may name. */
export interface WhereOptions extends Scope {
  /** `where` unless given. */
  readonly name?: string
}

/**
 * Reads a parameter that is a segmentation expression (QRY-15). Out: undefined where it is left out or empty. Errors
 * are the sentence to answer with, with the place in the text.
 */
export function parseWhere(
  text: string | undefined,
  { name = 'where', ...scope }: WhereOptions,
): Result<Expression | undefined, string> {
  if (text === undefined || text.trim() === '') return ok(undefined)
  const parsed = parseExpression(text, scope)
  return parsed.ok ? parsed : { ok: false, error: describeError(name, parsed.error) }
}
