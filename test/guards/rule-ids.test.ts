import { describe, expect, it } from 'vitest'
import { departuresIn } from '../../docs/compatibility.ts'
import { CATALOGUE } from '../../src/core/verdict/catalogue.ts'
import { heldBy, idsIn, isRule, OWN, rules, testsByRule, untested } from './rules.ts'
import { readFiles, type SourceFile, sourceFile } from './source.ts'

/** `path: id` for every id in the text of the files that is not a rule's. */
function strangers(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    idsIn(text).flatMap((id) => (rules.includes(id) ? [] : [`${path}: ${id}`])),
  )
}

const tested = testsByRule()

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
    const forgotten = rules.filter((id) => isRule(id) && !tested.has(id) && !untested.includes(id))
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

  it('takes a range for all that is in it, and two of different chapters for two', () => {
    expect(idsIn('ENG-12 to ENG-14, DEC-01: IDS-02 and IDS-05')).toEqual([
      'ENG-12',
      'ENG-13',
      'ENG-14',
      'DEC-01',
      'IDS-02',
      'IDS-05',
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

it('a row of the departures is read as it stands', () => {
  const page =
    'text\n\n| Rule | What we do | Why |\n| --- | --- | --- |\n| RTL-01 to RTL-03, TRK-27 a \\| b | x | y |\n| DEC-02 | z | w |\n\n## Next | no | row |\n'
  expect(departuresIn(page)).toEqual([
    { ids: ['RTL-01', 'RTL-02', 'RTL-03', 'TRK-27'], point: 'a \\| b', what: 'x', why: 'y' },
    { ids: ['DEC-02'], point: '', what: 'z', why: 'w' },
  ])
})
