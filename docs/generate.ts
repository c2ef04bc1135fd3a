import { readFileSync, writeFileSync } from 'node:fs'
import { CATALOGUE } from '../src/core/verdict/catalogue.ts'
import type { CatalogueEntry } from '../src/core/verdict/entry.ts'

// `npm run docs` writes what is generated into the pages, between two marks; a guard finds what is stale.

const SEVERITIES = { E: 'error', W: 'warning', I: 'information' } as const

/** The pages, and which verdicts each lists. */
const PAGES = [
  { path: 'identity.md', lists: (code: string) => code.startsWith('identity.') },
  { path: 'verdicts.md', lists: () => true },
] as const

/** Every page with a generated part: its path, what it holds, and what it must hold. */
export function generatePages(): readonly { path: string; current: string; fresh: string }[] {
  return PAGES.map(({ path, lists }) => {
    const current = readFileSync(new URL(path, import.meta.url), 'utf8')
    const entries: readonly (readonly [string, CatalogueEntry])[] = Object.entries(CATALOGUE)
    const table = verdictTable(entries.filter(([code]) => lists(code)))
    const [before = '', rest = ''] = current.split(/(?<=<!-- verdicts: npm run docs -->\n)/)
    const after = rest.slice(rest.indexOf('<!-- end -->'))
    return { path, current, fresh: `${before}\n${table}\n${after}` }
  })
}

function verdictTable(entries: readonly (readonly [string, CatalogueEntry])[]): string {
  const rows = entries.map(([code, { outcome, severity, message, advice, rule }]) => {
    const cells = [`\`${code}\``, SEVERITIES[severity], outcome, message, advice, rule]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  })
  const head =
    '| code | severity | outcome | what happened | what to do | rule |\n| --- | --- | --- | --- | --- | --- |\n'
  return head + rows.join('')
}

if (import.meta.main) {
  for (const { path, fresh } of generatePages()) writeFileSync(new URL(path, import.meta.url), fresh)
}
