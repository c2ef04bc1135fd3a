import type { Client, Hint } from '../api/types.ts'

/** A hint, and the names of the clients that it applies to. */
export interface SharedHint extends Hint {
  readonly clients: readonly string[]
}

/** The name of a client: its SDK and version, or its User-Agent. */
export function nameOf({ lib, version }: Client): string {
  if (lib === null) return 'Not named'
  return version === null ? lib : `${lib} ${version}`
}

/** Each hint once, in order of first occurrence. */
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
