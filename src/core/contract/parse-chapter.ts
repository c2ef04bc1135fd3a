import { type Chapter, chapterOf, type Departure, type Rule, SURENESS, type Sureness } from './rule.ts'

const HEADING = /^### ([A-Z]+-\d+) (.+)$/m
const LABELS = 'Example|Source|Departure|Choice|Severity|Message|Untested'
/** Where a field begins: a label at the start of a paragraph. */
const FIELD = new RegExp(`\\n\\n(?=(?:${LABELS}):\\s)`)
const MARK = new RegExp(`\\[(${SURENESS.join('|')})\\]`, 'g')

/** Reads a page in the form that docs/contract/README.md describes; undefined for a page that is not a chapter. */
export function parseChapter(page: string): Chapter | undefined {
  const [, name, title] = /^# ([A-Z]+): (.+)$/m.exec(page) ?? []
  if (name === undefined || title === undefined) return undefined
  return { name, title, rules: page.split(/^(?=#{1,3} )/m).flatMap(parseRule) }
}

/** The names of the chapters that the index of docs/contract links to, in its order. */
export function parseIndex(page: string): readonly string[] {
  return [...page.matchAll(/^\| \[([A-Z]+)\]\(\w+\.md\) \|/gm)].map(([, name = '']) => name)
}

function parseRule(section: string): readonly Rule[] {
  const [heading, id, title] = HEADING.exec(section) ?? []
  if (heading === undefined || id === undefined || title === undefined) return []
  const [statement = '', ...rest] = `\n\n${section.slice(heading.length).trim()}`.split(FIELD)
  const fields = rest.map((text) => {
    const [label = ''] = text.split(':', 1)
    return { label, text: text.slice(label.length + 1).trim() }
  })
  const field = (label: string) => fields.find((one) => one.label === label)?.text
  const source = field('Source')
  return [
    {
      id,
      chapter: chapterOf(id),
      title,
      statement: statement.trim(),
      example: field('Example'),
      source,
      sureness: marksOf(source ?? ''),
      departures: fields.filter(({ label }) => label === 'Departure').map(({ text }) => parseDeparture(text)),
      choice: field('Choice'),
      severity: field('Severity'),
      message: field('Message'),
      untested: field('Untested'),
    },
  ]
}

function marksOf(source: string): readonly Sureness[] {
  const marks = [...source.matchAll(MARK)].map(([, mark]) => SURENESS.find((known) => known === mark))
  return [...new Set(marks)].filter((mark) => mark !== undefined)
}

function parseDeparture(text: string): Departure {
  const [what = '', why = ''] = text.split(' Why: ')
  return { what, why }
}
