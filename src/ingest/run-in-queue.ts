import type { FairQueue } from '../core/fair-queue.ts'

/** Runs work once the queue grants a slot to its key. Out: undefined if too many are waiting for that key. */
export async function runInQueue<T extends object>(
  queue: FairQueue,
  key: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const slot = queue.ask(key)
  if (slot === undefined) return undefined
  await slot.begins
  try {
    return await work()
  } finally {
    slot.leave()
  }
}
