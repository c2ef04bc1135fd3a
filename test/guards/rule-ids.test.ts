import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import { contract, heldBy, isAboutRules, isRule, rules, strangers, testsByRule, untested } from './rules.ts'
import { readFiles, sourceFile } from './source.ts'

const tested = testsByRule()
const all = [...contract.rules.values()]

describe('the rules', () => {
  it.each([
    ['src', ['.ts', '.tsx']],
    ['test', ['.ts']],
    ['migrations', ['.sql']],
    ['docs', ['.md', '.ts']],
  ])('that %s cites exist', (folder, suffixes) => {
    const files = readFiles(folder, ...suffixes)
    expect(files.length).toBeGreaterThan(0)
    expect(strangers(files.filter((file) => !isAboutRules(file)))).toEqual([])
  })

  it('that the catalogue of verdicts names exist', () => {
    const named = Object.values(CATALOGUE).map((entry) => entry.rule)
    expect(named.filter((id) => !contract.rules.has(id))).toEqual([])
  })

  it('are each held by a test, or marked as untested on their page', () => {
    const forgotten = rules.filter((id) => isRule(id) && !tested.has(id) && !untested.includes(id))
    expect(forgotten).toEqual([])
  })

  it('that are marked as untested are not held by a test', () => {
    expect(untested.filter((id) => tested.has(id))).toEqual([])
    process.stdout.write(
      `rules held by a test: ${rules.filter((id) => isRule(id) && tested.has(id)).length}\n`,
    )
  })
})

describe('the pages of the contract', () => {
  it('are all in the index, each with what belongs to its chapter, and no id twice', () => {
    const pages = readFiles('docs/contract', '.md').filter(({ path }) => !path.endsWith('/README.md'))
    expect(pages).toHaveLength(contract.chapters.length)
    for (const { name, rules: own } of contract.chapters) {
      expect(own.filter(({ chapter }) => chapter !== name)).toEqual([])
    }
    const ids = contract.chapters.flatMap(({ rules: own }) => own.map(({ id }) => id))
    expect(ids.filter((id, at) => ids.indexOf(id) < at)).toEqual([])
    const headings = pages.flatMap(({ text }) => text.match(/^### .*/gm) ?? [])
    expect(headings).toHaveLength(ids.length)
  })

  it('have each field once, and under a rule the statement first', () => {
    for (const rule of all) {
      const { id, statement, example = '', source = '', choice = '', message = '', departures } = rule
      expect([id, statement]).toEqual([id, expect.stringMatching(/\S/)])
      for (const text of [statement, example, source, choice, message]) {
        expect([id, /^[A-Z][a-z]+: ?$/m.exec(text)?.[0]]).toEqual([id, undefined])
        expect([id, /^(Example|Source|Choice|Severity|Message|Untested):/m.exec(text)?.[0]]).toEqual([
          id,
          undefined,
        ])
      }
      expect([id, departures.filter(({ what, why }) => what === '' || why === '')]).toEqual([id, []])
    }
  })

  it('say of every rule how sure it is, and of what is open what is done', () => {
    expect(all.filter(({ id, sureness }) => isRule(id) && sureness.length === 0)).toEqual([])
    expect(all.filter(({ chapter, choice }) => /^(CON|Q)$/.test(chapter) && !choice)).toEqual([])
  })
})

describe('the reader of ids', () => {
  it('names the line that cites a rule that does not exist, and the page to edit', () => {
    const text = '// TRK-18a, IMP-14/2 UTF-8\nconst x = 1 // see TRK-99 and (DEC-99)\nXTRK-01 trk-01\n'
    expect(strangers([sourceFile('src/a.ts', text)])).toEqual([
      'src/a.ts:2 cites TRK-99, which is not in docs/contract/trk.md',
      'src/a.ts:2 cites DEC-99, which is not in docs/contract/dec.md',
    ])
  })

  it('takes titles and rows of their tables, and neither comments nor what is expected', () => {
    const text = `// TRK-01
      it.each([['IDS-01 row 1', { rule: 'IDS-07' }]])('IMP-14/%s: (PRP-09)', () => {
        expect(told).toEqual(['IDS-20 identity.identify_noop', 'IMP-11 import.400_is_partial'])
      })`
    expect([...heldBy(sourceFile('test/a.test.ts', text))]).toEqual(['IDS-01', 'IMP-14', 'PRP-09'])
  })
})
