import { anchorOf, type Chapter, chapterOf, pageOf, type Rule } from '../src/core/contract/rule.ts'
import { contract, isRule, testsByRule } from '../test/guards/rules.ts'

/** The states of a rule, which docs/compatibility.md explains. */
const STATES = ['held', 'departs', 'not tested', 'noted'] as const
type State = (typeof STATES)[number]

/** The generated parts of docs/compatibility.md, by the names of their marks: counts by chapter, and departures. */
export function compatibilityParts(): Readonly<Record<string, string>> {
  return { summary: summary(), departures: departures() }
}

const tests = testsByRule()

/** `departs` if Twinpanel departs from the rule, `noted` if the rule needs no test, `held` if a test names it. */
export function stateOf(rule: Rule): State {
  if (rule.departures.length > 0) return 'departs'
  if (!isRule(rule.id)) return 'noted'
  return tests.has(rule.id) ? 'held' : 'not tested'
}

function summary(): string {
  const row = (title: string, rules: readonly Rule[]) => {
    const counts = STATES.map((state) => rules.filter((rule) => stateOf(rule) === state).length)
    return tableRow([title, ...counts.map((count) => `${count || ''}`)])
  }
  const rows = contract.chapters.map(({ name, title, rules }) =>
    row(`[${name}](contract/${pageOf(name)}) ${title}`, rules),
  )
  return `${tableHead(['Chapter', ...STATES])}${rows.join('')}${row('All', [...contract.rules.values()])}`
}

/** A row for each departure. One that several rules share names them all. */
function departures(): string {
  const rows = new Map<string, Rule[]>()
  for (const rule of contract.rules.values()) {
    for (const { what, why } of rule.departures) {
      const cells = [what, why].map(escapePipes).join(' | ')
      rows.set(cells, [...(rows.get(cells) ?? []), rule])
    }
  }
  const head = tableHead(['Rule', 'What Twinpanel does', 'Why'])
  const lines = [...rows].map(([cells, rules]) =>
    tableRow([rules.map(linkTo('contract/')).join(', '), cells]),
  )
  return head + lines.join('')
}

/**
 * A page with every rule, its state, and the tests that name it. In: the path from the page to the repository's root.
 */
export function everyRule(root: string): string {
  const chapters = contract.chapters.map((chapter) => chapterTable(chapter, root))
  return `# Every rule, and the tests that hold it\n\n${chapters.join('\n')}`
}

function chapterTable({ name, title, rules }: Chapter, root: string): string {
  const rows = rules.map((rule) => {
    const links = tests.get(rule.id)?.map((path) => `[${shortened(path)}](${root}${path})`) ?? []
    return tableRow([linkTo(`${root}docs/contract/`)(rule), rule.title, stateOf(rule), links.join(', ')])
  })
  return `## ${name}: ${title}\n\n${tableHead(['Rule', 'Title', 'State', 'Tests'])}${rows.join('')}`
}

const shortened = (path: string) => path.replace(/^test\/|(\.test)?\.ts$/g, '')

/** A link to a rule's text. In: the path from the page to docs/contract, with a trailing slash. */
export const linkTo = (folder: string) => (rule: Rule) =>
  `[${rule.id}](${folder}${pageOf(chapterOf(rule.id))}#${anchorOf(rule)})`

export const tableRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
export const tableHead = (cells: readonly string[]) => tableRow(cells) + tableRow(cells.map(() => '---'))
export const escapePipes = (text: string) => text.replaceAll('|', '\\|')
