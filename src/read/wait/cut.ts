import { Deferred } from '../../core/deferred.ts'

/**
 * The result of reads, or undefined if they have not ended by a deadline, which cancels their statements. A cancellation
 * may come between two statements and miss both, so it is not waited for. Errors: those of the reads.
 */
export async function cutAt<T>(deadline: AbortSignal, read: () => Promise<T>): Promise<T | undefined> {
  if (deadline.aborted) return undefined
  const { promise: late, resolve } = new Deferred<undefined>()
  const cut = () => resolve(undefined)
  deadline.addEventListener('abort', cut)
  try {
    return await Promise.race([late, read()])
  } finally {
    deadline.removeEventListener('abort', cut)
  }
}
