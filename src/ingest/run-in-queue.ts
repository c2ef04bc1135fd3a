import type { FairQueue } from '../core/fair-queue.ts'

/** Runs work when the turn of its key comes. Out: undefined where too many wait for that key already. */
export async function runInQueue<T extends object>(
  queue: FairQueue,
  key: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const turn = queue.ask(key)
  if (turn === undefined) return undefined
  await turn.begins
  try {
    return await work()
  } finally {
    turn.leave()
  }
}
