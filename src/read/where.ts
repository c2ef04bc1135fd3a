import { ok, type Result } from '../core/result.ts'
import type { Expression, Source } from '../core/segmentation/ast.ts'
import { parseExpression, tellFault } from '../core/segmentation/parse.ts'

/**
 * Reads the parameter `where`, a segmentation expression (QRY-15). In: whose properties it may name; an event's and
 * its user's unless given. Out: undefined where it is left out or empty. Errors are the sentence to answer with,
 * with the place in the text.
 */
export function parseWhere(
  text: string | undefined,
  sources?: ReadonlySet<Source>,
): Result<Expression | undefined, string> {
  if (text === undefined || text.trim() === '') return ok(undefined)
  const parsed = parseExpression(text, sources)
  return parsed.ok ? parsed : { ok: false, error: tellFault('where', parsed.error) }
}
