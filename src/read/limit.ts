import { err, ok, type Result } from '../core/result.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

/** Reads a `limit`: how much a page of a list holds. Errors are the sentence to answer with. */
export function parseLimit(text: string | undefined): Result<number, string> {
  const limit = text ?? String(DEFAULT_LIMIT)
  const isLimit = /^\d{1,5}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT
  return isLimit ? ok(Number(limit)) : err(`limit must be a number from 1 to ${MAX_LIMIT}.`)
}
