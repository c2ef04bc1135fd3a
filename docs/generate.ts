import { readFileSync, writeFileSync } from 'node:fs'
import type { Schema } from '../src/core/json-schema.ts'
import { SETTINGS } from '../src/core/settings.ts'
import { CATALOGUE } from '../src/core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../src/core/verdict/entry.ts'
import { compatibilityParts } from './compatibility.ts'

// `npm run docs` writes what is generated into the pages, each part between two marks; a guard finds what is stale.

const SEVERITIES = { E: 'error', W: 'warning', I: 'information' } as const

/** The generated parts of a page by the names of their marks, made of the page as it is. */
type Parts = (page: string) => Readonly<Record<string, string>>

const PAGES: readonly (readonly [path: string, parts: Parts])[] = [
  ['compatibility.md', compatibilityParts],
  ['identity.md', () => ({ verdicts: verdictTable((code) => code.startsWith('identity.')) })],
  ['operations.md', () => ({ settings: settingsTable() })],
  ['verdicts.md', () => ({ verdicts: verdictTable(() => true) })],
]

/** Every page with generated parts: its path, what it holds, and what it must hold. */
export function generatePages(): readonly { path: string; current: string; fresh: string }[] {
  return PAGES.map(([path, parts]) => {
    const current = readFileSync(new URL(path, import.meta.url), 'utf8')
    const fresh = Object.entries(parts(current)).reduce(replacePart, current)
    return { path, current, fresh }
  })
}

function replacePart(page: string, [name, text]: readonly [string, string]): string {
  const mark = `<!-- ${name}: npm run docs -->\n`
  const [before, rest] = page.split(mark)
  const end = rest?.indexOf('<!-- end -->') ?? -1
  if (before === undefined || rest === undefined || end < 0)
    throw new Error(`a page lacks the marks of ${name}`)
  return `${before}${mark}\n${text}\n${rest.slice(end)}`
}

function verdictTable(lists: (code: string) => boolean): string {
  const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE)
  const listed = entries.filter(([code]) => lists(code))
  const rows = listed.map(([code, { outcome, severity, message, advice, rule }]) => {
    const cells = [`\`${code}\``, SEVERITIES[severity], outcome, message, advice, rule]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  })
  const head =
    '| code | severity | outcome | what happened | what to do | rule |\n| --- | --- | --- | --- | --- | --- |\n'
  return head + rows.join('')
}

function settingsTable(): string {
  const rows = Object.entries(SETTINGS).map(([name, { schema, default: initial }]) => {
    const cells = [`\`${name}\``, valuesOf(schema), `\`${JSON.stringify(initial)}\``, schema.description]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  })
  return `| setting | values | default | what it does |\n| --- | --- | --- | --- |\n${rows.join('')}`
}

/** What a schema takes, in a few words. */
function valuesOf({ enum: choices, type, minimum, maximum, pattern, items }: Schema): string {
  if (Array.isArray(choices)) return choices.map((own) => `\`${JSON.stringify(own)}\``).join(', ')
  const types = [type].flat()
  const range = minimum === undefined ? '' : ` from ${minimum} to ${maximum}`
  const named = types.map((own) => (own === 'null' ? '`null`' : `${own}${range}`)).join(' or ')
  if (items !== undefined) return 'list of strings'
  return typeof pattern === 'string' ? `${named} matching \`${pattern}\`` : named
}

if (import.meta.main) {
  for (const { path, fresh } of generatePages()) writeFileSync(new URL(path, import.meta.url), fresh)
}
