import { ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { describeError, parseExpression, type Scope } from '../core/segmentation/parse.ts'

/** The name of a parameter that is an expression, and what it may refer to. */
export interface WhereOptions extends Scope {
  /** By default `where`. */
  readonly name?: string
}

/**
 * Reads a parameter that is a segmentation expression (QRY-15). Out: undefined if it is missing or empty. Errors are
 * the sentence to answer with, with the position in the text.
 */
export function parseWhere(
  text: string | undefined,
  { name = 'where', ...scope }: WhereOptions,
): Result<Expression | undefined, string> {
  if (text === undefined || text.trim() === '') return ok(undefined)
  const parsed = parseExpression(text, scope)
  return parsed.ok ? parsed : { ok: false, error: describeError(name, parsed.error) }
}
