import { readFileSync } from 'node:fs'
import { readFiles, type SourceFile } from './source.ts'

/** The ids of the contract's rules, in its order. */
export const rules = readList('rule-ids.txt')
/** Those of them that are known to be held by no test. */
export const untested = readList('untested-rules.txt')

function readList(name: string): readonly string[] {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)
}

/** The chapter of a rule: the letters of its id. */
export const chapterOf = (id: string): string => id.split('-')[0] ?? ''
export const chapters: readonly string[] = [...new Set(rules.map(chapterOf))]

/** Contradictions, open questions and kinds of verdict have ids too; a test may cite them, and need not. */
export const isRule = (id: string): boolean => !/^(CON|Q|DIA)-/.test(id)

const ID = `\\b(?:${chapters.join('|')})-\\d+\\b`
const ONE_OR_RANGE = new RegExp(`(${ID})(?: to (${ID}))?`, 'g')

/** Every id that a text names, in its order; `ENG-12 to ENG-14` names three. */
export function idsIn(text: string): readonly string[] {
  return [...text.matchAll(ONE_OR_RANGE)].flatMap(([, first = '', last]) =>
    last === undefined ? [first] : between(first, last),
  )
}

function between(first: string, last: string): readonly string[] {
  const [from, to] = [first, last].map((id) => rules.indexOf(id))
  const isRange = from !== undefined && to !== undefined && from >= 0 && from < to
  return isRange ? rules.slice(from, to + 1) : [first, last]
}

/** The rule that a verdict is expected to give: it says nothing of what the test is for. */
const EXPECTED = /\brule: '[A-Z]+-\d+'|'[A-Z]+-\d+ [a-z_]+\.[a-z0-9_]+'/g

/** What speaks of ids that are no rules, to test the reader of ids. */
export const OWN = 'test/guards/rule-ids.test.ts'

/** Files whose titles are titles of tests: a transcript's are those of transcripts.test.ts. */
const isTest = ({ path }: SourceFile) => path.endsWith('.test.ts') || path.startsWith('test/sdk/transcripts/')

/** Of each id, the test files that name it in a title or in a row of a title's table, in order of their paths. */
export function testsByRule(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const file of readFiles('test', '.ts').filter((own) => isTest(own) && own.path !== OWN)) {
    for (const id of heldBy(file)) found.set(id, [...(found.get(id) ?? []), file.path])
  }
  return found
}

/** The ids that a test file's titles name. */
export function heldBy({ code }: SourceFile): ReadonlySet<string> {
  return new Set(idsIn(code.replace(EXPECTED, '')))
}
