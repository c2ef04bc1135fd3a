import { err, ok, type Result } from '../core/result.ts'

/** Reads an `order`: true for the newest first. Errors are the sentence to answer with. */
export function parseIsNewestFirst(text: string | undefined): Result<boolean, string> {
  if (text === undefined || text === 'oldest') return ok(false)
  return text === 'newest' ? ok(true) : err('order must be oldest or newest.')
}
