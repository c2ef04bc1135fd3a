import { isCancelled, isTransient } from '../store/errors.ts'

/** True for an error that says that the store cannot be reached just now: come back later. */
export function isStoreAway(error: unknown): boolean {
  return isTransient(error)
}

/** True for a question that the store gave up, because it took too long. */
export function isTooLong(error: unknown): boolean {
  return isCancelled(error)
}
