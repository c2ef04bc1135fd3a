import { isTransient } from '../store/errors.ts'

/** True for an error that says that the store cannot be reached just now: come back later. */
export function isStoreAway(error: unknown): boolean {
  return isTransient(error)
}
