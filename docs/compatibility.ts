import { chapterOf, chapters, idsIn, isRule, rules, testsByRule } from '../test/guards/rules.ts'

/** What each chapter of the contract is about. */
const CHAPTERS: Readonly<Record<string, string>> = {
  DEC: 'Decisions where sources disagree',
  VRD: 'Verdicts',
  GEN: 'What holds everywhere',
  TRK: '`/track`',
  IMP: '`/import`',
  ENG: '`/engage`',
  GRP: '`/groups`',
  LKP: 'Lookup tables',
  IDS: 'Simplified ID Merge',
  IDO: 'Original ID Merge',
  IDL: 'Legacy ID management',
  DDP: 'Deduplication',
  GEO: 'Geolocation',
  PRP: 'Properties, types, limits',
  QRY: 'Reading back',
  GDP: 'Deletion and retrieval',
  FLG: 'Feature flags and other calls of SDKs',
  RTL: 'Rate limits',
  SEC: 'Access, secrets, CORS',
  CON: 'Contradictions between sources',
  Q: 'Open questions',
  DIA: 'Kinds of verdict',
}

/** Where we do otherwise: the ids and the point of theirs that it is about, what we do, and why. */
export interface Departure {
  readonly ids: readonly string[]
  /** Empty where it is about the whole rule. */
  readonly point: string
  readonly what: string
  readonly why: string
}

const LEADING_IDS = /^(?:[A-Z]+-\d+(?:, | to | |$))+/

/** The rows of the table of departures, which is written by hand. */
export function departuresIn(page: string): readonly Departure[] {
  const table = page.split('| Rule | What we do | Why |\n')[1]?.split('\n\n')[0] ?? ''
  return table
    .split('\n')
    .slice(1)
    .map((row) => {
      const [, about = '', what = '', why = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim())
      return { ids: idsIn(about), point: about.replace(LEADING_IDS, ''), what, why }
    })
}

const STATES = ['held', 'departs', 'not tested', 'noted'] as const
type State = (typeof STATES)[number]

interface Rule {
  readonly id: string
  readonly state: State
  readonly departures: readonly Departure[]
  readonly tests: readonly string[]
}

/** The generated parts of the page, by the names of their marks: counts by chapter, and every rule. */
export function compatibilityParts(page: string): Readonly<Record<string, string>> {
  const tests = testsByRule()
  const departures = departuresIn(page)
  const all = rules.map((id) => {
    const own = departures.filter(({ ids }) => ids.includes(id))
    return ruleOf(id, own, tests.get(id) ?? [])
  })
  return { summary: summary(all), rules: chapters.map((name) => chapter(name, all)).join('\n') }
}

function ruleOf(id: string, departures: readonly Departure[], tests: readonly string[]): Rule {
  const otherwise = isRule(id) ? (tests.length > 0 ? 'held' : 'not tested') : 'noted'
  return { id, state: departures.length > 0 ? 'departs' : otherwise, departures, tests }
}

function summary(all: readonly Rule[]): string {
  const row = (title: string, own: readonly Rule[]) => {
    const counts = STATES.map((state) => own.filter((rule) => rule.state === state).length)
    return tableRow([title, ...counts.map((count) => `${count || ''}`)])
  }
  const rows = chapters.map((name) =>
    row(`[${name}](#${name.toLowerCase()}) ${titleOf(name)}`, of(name, all)),
  )
  return `${tableHead(['Chapter', ...STATES])}${rows.join('')}${row('All', all)}`
}

function chapter(name: string, all: readonly Rule[]): string {
  const isBare = ({ state, tests }: Rule) => state === 'noted' && tests.length === 0
  const told = of(name, all).filter((rule) => !isBare(rule))
  const noted = of(name, all).filter(isBare)
  const table = tableHead(['Rule', 'State', 'Tests']) + told.map(ruleRow).join('')
  const rest = `Noted, and named by no test: ${noted.map(({ id }) => id).join(', ')}.\n`
  const parts = [told.length > 0 ? table : '', noted.length > 0 ? rest : ''].filter(Boolean)
  return `### <a id="${name.toLowerCase()}"></a>${name}: ${titleOf(name)}\n\n${parts.join('\n')}`
}

function ruleRow({ id, state, departures, tests }: Rule): string {
  const how = departures.map(({ point, what, why }) => `${point && `${point}: `}${what}. Why: ${why}`)
  const links = tests.map((path) => `[${path.replace(/^test\/|(\.test)?\.ts$/g, '')}](../${path})`)
  return tableRow([id, [state, ...how].join('<br>'), links.join(', ')])
}

const of = (name: string, all: readonly Rule[]) => all.filter(({ id }) => chapterOf(id) === name)

function titleOf(chapter: string): string {
  const title = CHAPTERS[chapter]
  if (title === undefined) throw new Error(`docs/compatibility.ts has no title for the chapter ${chapter}`)
  return title
}

const tableRow = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
const tableHead = (cells: readonly string[]) => tableRow(cells) + tableRow(cells.map(() => '---'))
