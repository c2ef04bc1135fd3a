/** What somebody waits for; absent is whatever comes. */
export interface Wanted {
  readonly event?: string | undefined
  readonly distinctId?: string | undefined
}

/** What came, as far as it is compared. */
export interface Arrived {
  readonly event: string
  /** The user whose the event is now, and the id it was sent with. */
  readonly canonicalId: string
  readonly distinctId: string
}

/** A field that is not as it was wanted. */
export interface Difference {
  readonly field: 'event' | 'distinct_id'
  readonly wanted: string
  readonly found: string
  /** What to look at: how near the two are. */
  readonly hint: string
}

/** How what came differs from what was wanted; empty where it does not. */
export function differencesFrom({ event, distinctId }: Wanted, arrived: Arrived): readonly Difference[] {
  const differences: Difference[] = []
  if (event !== undefined && event !== arrived.event) {
    differences.push({
      field: 'event',
      wanted: event,
      found: arrived.event,
      hint: hintOn(event, arrived.event),
    })
  }
  const isTheirs = distinctId === arrived.canonicalId || distinctId === arrived.distinctId
  if (distinctId !== undefined && !isTheirs) {
    const found = arrived.canonicalId
    const hint = hintOn(distinctId, found)
    differences.push({ field: 'distinct_id', wanted: distinctId, found, hint })
  }
  return differences
}

/** How far something is from what was wanted: a sum over its differences, 0 for none. */
export function distanceOf(differences: readonly Difference[]): number {
  return differences.reduce((sum, { wanted, found }) => sum + 1 + farness(wanted, found), 0)
}

const HINTS = [
  'Only letter case, spaces or punctuation differ.',
  'One contains the other.',
  'It is another value.',
]

function hintOn(wanted: string, found: string): string {
  return HINTS[farness(wanted, found)] ?? ''
}

/** 0: the same but for case and punctuation; 1: one holds the other; 2: neither. */
function farness(wanted: string, found: string): 0 | 1 | 2 {
  const [a, b] = [lettersOf(wanted), lettersOf(found)]
  if (a === b) return 0
  return a !== '' && b !== '' && (a.includes(b) || b.includes(a)) ? 1 : 2
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}
