import { err, ok, type Result } from '../core/result.ts'

/** Schema of an `order`. */
export const ORDER = { enum: ['oldest', 'newest'], default: 'oldest' } as const

/** Schema of the `order` of users. */
export const USER_ORDER = {
  enum: ['distinct_id', 'last_seen'],
  default: 'distinct_id',
  description: 'last_seen: by the time of the last event, newest first; users without events follow.',
} as const

/** Reads an `order`: true for newest first. Errors are the sentence to answer with. */
export function parseIsNewestFirst(text: string | undefined): Result<boolean, string> {
  const [oldest, newest] = ORDER.enum
  if (text === undefined || text === oldest) return ok(false)
  return text === newest ? ok(true) : err(`order must be ${ORDER.enum.join(' or ')}.`)
}
