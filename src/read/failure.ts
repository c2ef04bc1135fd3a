import { classifyStoreError, isCancelled, ReaderGone } from '../store/errors.ts'

/**
 * Why something could not be read: the store cannot be reached, has too much to do, gave the question up because it took
 * too long, or whoever asked has gone.
 */
export type ReadErrorKind = 'away' | 'busy' | 'too_long' | 'gone'

/** What an error says of the store; undefined where it says nothing: a bug. */
export function readErrorKindOf(error: unknown): ReadErrorKind | undefined {
  if (error instanceof ReaderGone) return 'gone'
  if (isCancelled(error)) return 'too_long'
  switch (classifyStoreError(error)) {
    case 'unavailable':
      return 'away'
    case 'busy':
    // Others hold for long what is to be read.
    case 'conflict':
      return 'busy'
    case 'refused':
      return undefined
  }
}
