import { nearestName } from '../near-name.ts'
import type { Chapter, Rule } from './rule.ts'

/** All chapters, and what can be looked up in them. */
export interface Contract {
  /** In the order of the index. */
  readonly chapters: readonly Chapter[]
  /** By id, in the order of chapters and numbers. */
  readonly rules: ReadonlyMap<string, Rule>
  /**
   * The ids of rules that a text cites, in its order, also of rules that do not exist; `ENG-12 to ENG-14` cites three.
   */
  readonly citedIn: (text: string) => readonly string[]
}

/** Puts chapters together. */
export function toContract(chapters: readonly Chapter[]): Contract {
  const sorted = chapters.flatMap((chapter) => chapter.rules.toSorted((a, b) => numberOf(a) - numberOf(b)))
  const rules = new Map(sorted.map((rule) => [rule.id, rule]))
  const order = [...rules.keys()]
  const id = `\\b(?:${chapters.map(({ name }) => name).join('|')})-\\d+\\b`
  const oneOrRange = new RegExp(`(${id})(?: to (${id}))?`, 'g')
  const citedIn = (text: string) =>
    [...text.matchAll(oneOrRange)].flatMap(([, first = '', last]) =>
      last === undefined ? [first] : between(order, first, last),
    )
  return { chapters, rules, citedIn }
}

/** The id that is most like one that does not exist: in letter case, or in few letters; undefined for none. */
export function nearestId(id: string, { rules }: Contract): string | undefined {
  return nearestName(id, rules.keys())
}

const numberOf = ({ id }: Rule) => Number(id.split('-')[1])

function between(order: readonly string[], first: string, last: string): readonly string[] {
  const [from, to] = [order.indexOf(first), order.indexOf(last)]
  return from >= 0 && from < to ? order.slice(from, to + 1) : [first, last]
}
