import type { FairQueue } from '../core/fair-queue.ts'

/** Runs work when the turn of its key comes. Out: undefined where too many wait for that key already. */
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
