import { classifyStoreError, isCancelled, ReaderGone } from '../store/errors.ts'

/**
 * Why a read failed: the store is unavailable or busy, the query was cancelled because it took too long, or the client
 * has gone.
 */
export type ReadErrorKind = 'away' | 'busy' | 'too_long' | 'gone'

/** The kind of a read error; undefined for an error that is a bug. */
export function readErrorKindOf(error: unknown): ReadErrorKind | undefined {
  if (error instanceof ReaderGone) return 'gone'
  if (isCancelled(error)) return 'too_long'
  switch (classifyStoreError(error)) {
    case 'unavailable':
      return 'away'
    case 'busy':
    // Others hold locks on the rows for too long.
    case 'conflict':
      return 'busy'
    case 'refused':
      return undefined
  }
}
