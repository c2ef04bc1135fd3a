import type { Client, Hint } from '../api/types.ts'

/** A hint, and the names of the clients that it is for. */
export interface SharedHint extends Hint {
  readonly clients: readonly string[]
}

/** What a client is called: its SDK and version, or what its User-Agent says. */
export function nameOf({ lib, version }: Client): string {
  if (lib === null) return 'Not named'
  return version === null ? lib : `${lib} ${version}`
}

/** Each hint once, in the order in which they come. */
export function shareHints(clients: readonly Client[]): readonly SharedHint[] {
  const shared = new Map<string, Hint & { readonly clients: Set<string> }>()
  for (const client of clients) {
    for (const hint of client.hints) {
      const known = shared.get(hint.code) ?? { ...hint, clients: new Set() }
      known.clients.add(nameOf(client))
      shared.set(hint.code, known)
    }
  }
  return [...shared.values()].map((hint) => ({ ...hint, clients: [...hint.clients] }))
}
