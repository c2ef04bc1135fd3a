import { readContract } from '../../src/api/read-contract.ts'
import { chapterOf, pageOf } from '../../src/core/contract/rule.ts'
import { readFiles, type SourceFile } from './source.ts'

/** The pages of docs/contract. */
export const contract = await readContract()

/** The ids of the contract's rules, in its order. */
export const rules: readonly string[] = [...contract.rules.keys()]
/** Those of them that their pages mark as held by no test. */
export const untested = rules.filter((id) => contract.rules.get(id)?.untested !== undefined)

/** Contradictions, open questions and kinds of verdict have ids too; a test may cite them, and need not. */
export const isRule = (id: string): boolean => !/^(CON|Q|DIA)-/.test(id)

/** Each line that cites a rule that does not exist, and the page on which it should be. */
export function strangers(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      contract
        .citedIn(line)
        .filter((id) => !contract.rules.has(id))
        .map((id) => {
          const page = `docs/contract/${pageOf(chapterOf(id))}`
          return `${path}:${index + 1} cites ${id}, which is not in ${page}`
        }),
    ),
  )
}

/** The rule that a verdict is expected to give: it says nothing of what the test is for. */
const EXPECTED = /\brule: '[A-Z]+-\d+'|'[A-Z]+-\d+ [a-z_]+\.[a-z0-9_]+'/g

/** Tests whose subject is the contract itself: the ids in them are examples. */
const ABOUT_RULES =
  /^test\/(guards\/rule-ids|unit\/core\/contract\/.*|unit\/page\/rule-text|(contract|page)\/rules)\.test\.ts$/

/** True for files whose ids do not cite rules. */
export const isAboutRules = ({ path }: SourceFile): boolean => ABOUT_RULES.test(path)

/** Files whose titles are titles of tests: a transcript's are those of transcripts.test.ts. */
const isTest = ({ path }: SourceFile) => path.endsWith('.test.ts') || path.startsWith('test/sdk/transcripts/')

/** Of each id, the test files that name it in a title or in a row of a title's table, in order of their paths. */
export function testsByRule(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const file of readFiles('test', '.ts').filter((own) => isTest(own) && !isAboutRules(own))) {
    for (const id of heldBy(file)) found.set(id, [...(found.get(id) ?? []), file.path])
  }
  return found
}

/** The ids that a test file's titles name. */
export function heldBy({ code }: SourceFile): ReadonlySet<string> {
  return new Set(contract.citedIn(code.replace(EXPECTED, '')))
}
