/** How sure a part of a rule is; docs/contract/README.md says what each mark means. */
export const SURENESS = ['D', 'D-old', 'O', 'S', 'I'] as const

/** One of SURENESS. */
export type Sureness = (typeof SURENESS)[number]

/** Where Twinpanel does otherwise than a rule says. */
export interface Departure {
  readonly what: string
  readonly why: string
}

/** A rule of the contract, or another entry with an id; texts are Markdown. */
export interface Rule {
  readonly id: string
  /** The letters of the id. */
  readonly chapter: string
  readonly title: string
  readonly statement: string
  readonly example: string | undefined
  readonly source: string | undefined
  /** The marks of the source, in its order, each once. */
  readonly sureness: readonly Sureness[]
  readonly departures: readonly Departure[]
  /** What Twinpanel does about a contradiction or an open question. */
  readonly choice: string | undefined
  /** Of a kind of verdict (its title is the code), as in the chapter. */
  readonly severity: string | undefined
  readonly message: string | undefined
  /** Why no test holds the rule. */
  readonly untested: string | undefined
}

/** A page of docs/contract. */
export interface Chapter {
  readonly name: string
  readonly title: string
  readonly rules: readonly Rule[]
}

/** The chapter of a rule: the letters of its id. */
export const chapterOf = (id: string): string => id.split('-')[0] ?? ''

/** The file of a chapter's page, in docs/contract. */
export const pageOf = (chapter: string): string => `${chapter.toLowerCase()}.md`

/** The part of a link that leads to a rule on its page, as GitHub makes it of the heading. */
export function anchorOf({ id, title }: Pick<Rule, 'id' | 'title'>): string {
  const words = `${id} ${title}`.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '')
  return words.replaceAll(' ', '-')
}
