import { farnessOf } from './near-miss.ts'

/** The name that an unknown one is probably a slip of. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const all = [...known].map((other) => ({ other, farness: farnessOf(name, other) }))
  return all.filter(({ farness }) => farness < 2).sort((a, b) => a.farness - b.farness)[0]?.other
}

/** Ends a sentence about an unknown name: the name that is probably meant, or else all of them. */
export function hintAtName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  return nearest === undefined ? `Known: ${known.join(', ')}.` : `Did you mean ${nearest}?`
}
