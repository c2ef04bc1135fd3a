import { isPlaceholder } from './identity/placeholder.ts'

/** A project and its token. */
export interface TokenOfProject {
  readonly publicId: number
  readonly token: string
}

/** Why a token is probably not what its sender meant. */
export interface TokenHint {
  /** The middle of a sentence. */
  readonly what: string
  /** The project whose token is nearly the same. Its token is not part of the sentence, which any sender may read. */
  readonly similarTo: number | undefined
}

/** Longer than any token may be, with what may be around it. */
const MAX_COMPARED_CHARS = 160
/** What is around a token that was copied with it. */
const WRAPPING = /^(?:bearer\s+|[\s"'`<([{])+|[\s"'`>)\]},;:]+$/gi
/** A token as Mixpanel makes them: no two are alike by chance. */
const RANDOM = /^[0-9a-f]{32}$/i
const MIN_PART_CHARS = 12
const LETTER = /\p{L}/u

/** What documentation and code have in place of a token. */
const NAMES = [
  /^(todo|change[_-]?me|replace[_-]?me|placeholder|x{4,})$/i,
  /^(your|insert|enter|paste|replace|add)[ _-]?(the|your)?[ _-]?(mixpanel|mp)?[ _-]?(project|app|api)?[ _-]?(token|key|id)/i,
  /^([A-Z]+_)*TOKEN$/,
  /^(mixpanel|mp|project|api)?[ _-]?token$/i,
  /^x{4,}[x-]*$/i,
]

/** What is odd about a token that no project has, compared with those that projects have. */
export function findTokenHint(token: string, others: readonly TokenOfProject[]): TokenHint | undefined {
  if (token.length > MAX_COMPARED_CHARS) return undefined
  const bare = token.replace(WRAPPING, '')
  if (isPlaceholder(token) || NAMES.some((name) => name.test(bare))) {
    return { what: 'a placeholder', similarTo: undefined }
  }
  if (/\.mp-service-account$/.test(bare))
    return { what: 'the name of a service account', similarTo: undefined }
  const byId = others.find(({ publicId }) => bare === String(publicId))
  if (byId !== undefined) return { what: 'the id of a project, not its token', similarTo: byId.publicId }
  for (const { publicId, token: other } of others) {
    const likeness = findLikeness(token, bare, other)
    if (likeness !== undefined) {
      return { what: `the token of project ${publicId} ${likeness}`, similarTo: publicId }
    }
  }
  return undefined
}

/** In what a token differs from another that is nearly the same; undefined if it is not. */
function findLikeness(token: string, bare: string, other: string): string | undefined {
  if (Math.abs(bare.length - other.length) > 1) {
    const isPart = RANDOM.test(other) && bare.length >= MIN_PART_CHARS && other.includes(bare)
    return isPart ? 'with its end or start cut off' : undefined
  }
  if (bare === other) return token === other ? undefined : 'with something around it'
  if (bare.toLowerCase() === other.toLowerCase()) return 'in other letter case'
  return findEdit(bare, other)
}

/**
 * The one character that two texts differ in, or two that are swapped. Names may differ in a number, `test-1`, or in
 * numbers, `test-1-13` and `test-11-3`.
 */
function findEdit(one: string, other: string): string | undefined {
  const [longer, shorter] = one.length >= other.length ? [one, other] : [other, one]
  let from = 0
  while (from < shorter.length && longer[from] === shorter[from]) from++
  let rest = 0
  while (rest < shorter.length - from && longer.at(-1 - rest) === shorter.at(-1 - rest)) rest++
  const [added, lost] = [longer.length - rest - from, shorter.length - rest - from]
  const isSwap =
    added === 2 && lost === 2 && longer[from] === shorter[from + 1] && longer[from + 1] === shorter[from]
  if (!isSwap && (added !== 1 || lost > 1)) return undefined
  if (isSwap) {
    const areLetters = /^\p{L}\p{L}$/u.test(longer.slice(from, from + 2))
    return areLetters || RANDOM.test(longer) ? 'with two characters swapped' : undefined
  }
  const isRandom = RANDOM.test(one) || RANDOM.test(other)
  const isSlip = isRandom || isWithinWord(longer, shorter, from, one === shorter)
  return isSlip ? 'with one character wrong' : undefined
}

/**
 * True for a letter between letters, or where the text begins or was cut off: elsewhere it may be on purpose, as the last
 * of `team-a`.
 */
function isWithinWord(longer: string, shorter: string, at: number, isCut: boolean): boolean {
  const isSubstitute = longer.length === shorter.length
  if (!LETTER.test(longer[at] ?? '') || (isSubstitute && !LETTER.test(shorter[at] ?? ''))) return false
  const startsWell = at === 0 || LETTER.test(longer[at - 1] ?? '')
  const endsWell = at + 1 < longer.length ? LETTER.test(longer[at + 1] ?? '') : isCut && !isSubstitute
  return startsWell && endsWell
}
