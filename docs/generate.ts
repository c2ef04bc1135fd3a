import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Schema } from '../src/core/json-schema.ts'
import { SENTENCES } from '../src/core/refusals/sentences.ts'
import { SETTINGS } from '../src/core/settings.ts'
import { CATALOGUE } from '../src/core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../src/core/verdict/entry.ts'
import { contract } from '../test/guards/rules.ts'
import { compatibilityParts, escapePipes, everyRule, linkTo, tableHead, tableRow } from './compatibility.ts'
import { drawExplain } from './screenshots/explain.ts'

/*
 * `npm run docs` writes the generated parts of the pages, and dist/rules.md with every rule and its tests. A guard
 * detects stale parts.
 */

const ENTRIES: ReadonlyMap<string, CatalogueEntry> = new Map(Object.entries(CATALOGUE))

/** Brings the text of a page up to date. */
type Renew = (page: string) => string

const PAGES: readonly (readonly [path: string, renew: Renew])[] = [
  ['compatibility.md', replaceParts(compatibilityParts())],
  ['identity.md', replaceParts({ verdicts: verdictTable((code) => code.startsWith('identity.')) })],
  ['operations.md', replaceParts({ settings: settingsTable() })],
  ['verdicts.md', replaceParts({ verdicts: verdictTable(() => true), refusals: refusalTable() })],
  ['contract/dia.md', replaceMessages],
  ['images/explain-light.svg', () => drawExplain('light')],
  ['images/explain-dark.svg', () => drawExplain('dark')],
]

/** Every page with generated parts: its path, its current text, and the text that it must have. */
export function generatePages(): readonly { path: string; current: string; fresh: string }[] {
  return PAGES.map(([path, renew]) => {
    const current = readFileSync(new URL(path, import.meta.url), 'utf8')
    return { path, current, fresh: renew(current) }
  })
}

/** Replaces parts of a page by the names of their marks. */
function replaceParts(parts: Readonly<Record<string, string>>): Renew {
  return (page) => Object.entries(parts).reduce(replacePart, page)
}

function replacePart(page: string, [name, text]: readonly [string, string]): string {
  const mark = `<!-- ${name}: npm run docs -->\n`
  const [before, rest] = page.split(mark)
  const end = rest?.indexOf('<!-- end -->') ?? -1
  if (before === undefined || rest === undefined || end < 0)
    throw new Error(`a page lacks the marks of ${name}`)
  return `${before}${mark}\n${text}\n${rest.slice(end)}`
}

/** Gives each kind of verdict the catalogue's message and advice. */
function replaceMessages(page: string): string {
  const sections = page.split(/^(?=### )/m).map((section) => {
    const [, code = ''] = /^### DIA-\d+ `([^`]+)`/.exec(section) ?? []
    const entry = ENTRIES.get(code)
    return entry === undefined
      ? section
      : section.replace(/^Message: .*/m, () => `Message: ${entry.message} ${entry.advice}`)
  })
  return sections.join('')
}

function verdictTable(lists: (code: string) => boolean): string {
  const rows = [...ENTRIES].flatMap(([code, { outcome, severity, message, advice, rule }]) => {
    if (!lists(code)) return []
    const text = contract.rules.get(rule)
    const link = text === undefined ? rule : linkTo('contract/')(text)
    const cells = [`\`${code}\``, severity, outcome, message, advice, link]
    return [tableRow(cells.map(escapePipes))]
  })
  return tableHead(['code', 'severity', 'outcome', 'what happened', 'what to do', 'rule']) + rows.join('')
}

function refusalTable(): string {
  const rows = Object.values(SENTENCES).map(({ found, send }) => tableRow([found, send].map(escapePipes)))
  return tableHead(['what was found', 'what to send']) + rows.join('')
}

function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, { schema, default: initial }]) => {
    const cells = [`\`${name}\``, valuesOf(schema), `\`${JSON.stringify(initial)}\``, schema.description]
    return tableRow(cells.map(escapePipes))
  })
  return tableHead(['setting', 'values', 'default', 'what it does']) + rows.join('')
}

/** The values that a schema accepts, in a few words. */
function valuesOf({ enum: choices, type, minimum, maximum, pattern, items }: Schema): string {
  if (Array.isArray(choices)) return choices.map((choice) => `\`${JSON.stringify(choice)}\``).join(', ')
  const types = [type].flat()
  const range = minimum === undefined ? '' : ` from ${minimum} to ${maximum}`
  const named = types.map((name) => (name === 'null' ? '`null`' : `${name}${range}`)).join(' or ')
  if (items !== undefined) return 'list of strings'
  return typeof pattern === 'string' ? `${named} matching \`${pattern}\`` : named
}

if (import.meta.main) {
  for (const { path, fresh } of generatePages()) writeFileSync(new URL(path, import.meta.url), fresh)
  mkdirSync(new URL('../dist/', import.meta.url), { recursive: true })
  writeFileSync(new URL('../dist/rules.md', import.meta.url), everyRule('../'))
}
