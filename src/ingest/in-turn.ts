import type { FairTurns } from '../core/fair-turns.ts'

/** Runs work when the turn of its key comes. Out: undefined where too many wait for that key already. */
export async function inTurn<T extends object>(
  turns: FairTurns,
  key: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const turn = turns.ask(key)
  if (turn === undefined) return undefined
  await turn.begins
  try {
    return await work()
  } finally {
    turn.leave()
  }
}
