import { ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { parseExpression, tellFault } from '../core/segmentation/parse.ts'

/**
 * Reads a parameter that is a segmentation expression (QRY-15). Out: undefined where it is left out or empty. Errors
 * are the sentence to answer with, with the place in the text.
 */
export function parseWhere(text: string | undefined, name = 'where'): Result<Expression | undefined, string> {
  if (text === undefined || text.trim() === '') return ok(undefined)
  const parsed = parseExpression(text)
  return parsed.ok ? parsed : { ok: false, error: tellFault(name, parsed.error) }
}
