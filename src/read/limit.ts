import { err, ok, type Result } from '../core/result.ts'

/** Schema of a `limit`. */
export const LIMIT = { type: 'integer', minimum: 1, maximum: 1_000, default: 100 } as const

/**
 * Schema of the `limit` of a list of projects. The default is the maximum, since requests without a limit have always
 * been answered with all projects.
 */
export const PROJECTS_LIMIT = { ...LIMIT, default: LIMIT.maximum } as const

/** Reads a `limit`, the size of a page. Errors are the sentence to answer with. */
export function parseLimit(text: string | undefined): Result<number, string> {
  const limit = text === undefined ? LIMIT.default : countOf(text, LIMIT.maximum)
  return limit === undefined ? err(`limit must be a number from 1 to ${LIMIT.maximum}.`) : ok(limit)
}

/** Parses a whole number from 1 to `max`; undefined for other texts. */
export function countOf(text: string, max: number): number | undefined {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= max ? count : undefined
}
