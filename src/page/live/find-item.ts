import { listEvents, listVerdicts } from '../api/routes.ts'
import { eventRow, isNamedBy, itemOf, type LiveRow, parseItem, verdictRow } from './row.ts'

/** Loads what an address names if the list no longer holds it; undefined if it does not exist. */
export async function findItem(token: string, item: string): Promise<LiveRow | undefined> {
  const named = parseItem(item)
  if (named?.kind === 'verdict') {
    const answer = await listVerdicts(token, { after: String(BigInt(named.id) - 1n), limit: 1 })
    const verdict = answer.ok ? answer.value.verdicts.find(({ id }) => id === named.id) : undefined
    return verdict === undefined ? undefined : verdictRow([verdict])
  }
  if (named === undefined) return undefined
  const { time } = named
  const answer = await listEvents(token, { from: time, to: time + 1, limit: 1_000 })
  const event = answer.ok ? answer.value.events.find((stored) => isNamedBy(item, itemOf(stored))) : undefined
  return event === undefined ? undefined : eventRow(event)
}
