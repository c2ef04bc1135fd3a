import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import { readFiles, type SourceFile } from './source.ts'

/** The ids of the contract's rules, and those of them that no test holds yet; one a line. */
const rules = readList('rule-ids.txt')
const untested = readList('untested-rules.txt')

function readList(name: string): readonly string[] {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)
}

/** Contradictions, open questions and kinds of verdict have ids too; a test may cite them, and need not. */
const NO_RULES = /^(CON|Q|DIA)-/
const chapters = [...new Set(rules.map((id) => id.split('-')[0]))].join('|')
const RULE_ID = new RegExp(`\\b(?:${chapters})-\\d+\\b`, 'g')
const idsIn = (text: string): readonly string[] => text.match(RULE_ID) ?? []

/** `path: id` for every id in the text of the files that is not a rule's. */
function strangers(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    idsIn(text).flatMap((id) => (rules.includes(id) ? [] : [`${path}: ${id}`])),
  )
}

const OWN = 'test/guards/rule-ids.test.ts'
const tests = readFiles('test', '.test.ts').filter((file) => file.path !== OWN)
const tested = new Set(tests.flatMap(({ code }) => idsIn(code)))

describe('the rules', () => {
  it.each(['src', 'test', 'migrations'])('that %s speaks of exist', (folder) => {
    const files = [...readFiles(folder, '.ts'), ...readFiles(folder, '.sql')]
    expect(files.length).toBeGreaterThan(0)
    expect(strangers(files.filter((file) => file.path !== OWN))).toEqual([])
  })

  it('that the catalogue of verdicts names exist', () => {
    const named = Object.values(CATALOGUE).map((entry) => entry.rule)
    expect(named.filter((id) => !rules.includes(id))).toEqual([])
  })

  it('are each held by a test, or are known not to be', () => {
    const forgotten = rules.filter((id) => !NO_RULES.test(id) && !tested.has(id) && !untested.includes(id))
    expect(forgotten).toEqual([])
  })

  it('that are known not to be held by a test are rules', () => {
    expect(untested.filter((id) => !rules.includes(id))).toEqual([])
    const held = untested.filter((id) => tested.has(id))
    process.stdout.write(
      `rules held by a test: ${tested.size}; also listed as untested: ${held.join(' ') || 'none'}\n`,
    )
  })
})

describe('the reader of ids', () => {
  it('takes what looks like a rule for one, and nothing else', () => {
    expect(idsIn('TRK-18a: IMP-14/2 UTF-8 SHA-256 (DEC-99) XTRK-01 trk-01 CON-4')).toEqual([
      'IMP-14',
      'DEC-99',
      'CON-4',
    ])
  })
})
