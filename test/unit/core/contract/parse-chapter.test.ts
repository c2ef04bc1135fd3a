import { describe, expect, it } from 'vitest'
import { parseChapter, parseIndex } from '../../../../src/core/contract/parse-chapter.ts'
import { anchorOf } from '../../../../src/core/contract/rule.ts'

const PAGE = `# TRK: \`/track\`

What it is about.

## Answers

### TRK-08 Default \`1\`

One byte.

\`\`\`json
{"a":1}
\`\`\`

Example:

- a → \`1\`
- b → \`0\`

Source: (a) [D] here, [S] there; [D-old] once; the rest [I], [D].

Departure: The first. Why: A reason.

Departure: The second: \`x\`. Why: Another: y.

### TRK-09 Bare

Nothing else.
`

describe('a page of the contract', () => {
  const chapter = parseChapter(PAGE)
  const [first, second] = chapter?.rules ?? []

  it('has the name and the title of its chapter, and its rules in order', () => {
    expect(chapter).toMatchObject({ name: 'TRK', title: '`/track`' })
    expect(chapter?.rules.map(({ id, chapter: name }) => [id, name])).toEqual([
      ['TRK-08', 'TRK'],
      ['TRK-09', 'TRK'],
    ])
  })

  it('gives each rule its fields, as Markdown', () => {
    expect(first).toMatchObject({
      title: 'Default `1`',
      statement: 'One byte.\n\n```json\n{"a":1}\n```',
      example: '- a → `1`\n- b → `0`',
      source: '(a) [D] here, [S] there; [D-old] once; the rest [I], [D].',
    })
  })

  it('takes the marks of a source once each, in its order', () => {
    expect(first?.sureness).toEqual(['D', 'S', 'D-old', 'I'])
  })

  it('takes several departures of a rule apart', () => {
    expect(first?.departures).toEqual([
      { what: 'The first.', why: 'A reason.' },
      { what: 'The second: `x`.', why: 'Another: y.' },
    ])
  })

  it('leaves what a rule lacks undefined', () => {
    expect(second).toEqual({
      id: 'TRK-09',
      chapter: 'TRK',
      title: 'Bare',
      statement: 'Nothing else.',
      example: undefined,
      source: undefined,
      sureness: [],
      departures: [],
      choice: undefined,
      severity: undefined,
      message: undefined,
      untested: undefined,
    })
  })

  it('may begin a rule with a field', () => {
    const [rule] = parseChapter('# Q: Questions\n\n### Q-01 Why\n\nChoice: None.\n')?.rules ?? []
    expect(rule).toMatchObject({ statement: '', choice: 'None.' })
  })

  it('has the code of a verdict as a title, with its severity and message', () => {
    const page =
      '# DIA: Verdicts\n\n### DIA-01 `a.b`\n\nWhen.\n\nSeverity: error\n\nMessage: It is {x}. Do y.\n'
    expect(parseChapter(page)?.rules[0]).toMatchObject({
      title: '`a.b`',
      severity: 'error',
      message: 'It is {x}. Do y.',
    })
  })

  it('is not a chapter without a heading that names one', () => {
    expect(parseChapter('# The contract\n\n### TRK-01 A rule\n')).toBeUndefined()
  })
})

it('the index names the chapters that it links to, in its order', () => {
  const page =
    '| Chapter | What |\n| --- | --- |\n| [TRK](trk.md) | x |\n| [Q](q.md) | [y](z.md) |\n\n[DIA](dia.md)\n'
  expect(parseIndex(page)).toEqual(['TRK', 'Q'])
})

it.each([
  ['TRK-09', '`verbose=1`', 'trk-09-verbose1'],
  ['IDS-20', '`$identify` on `/track`', 'ids-20-identify-on-track'],
  ['IDO-16', 'Several aliases, one id', 'ido-16-several-aliases-one-id'],
  ['DIA-01', '`token.unknown`', 'dia-01-tokenunknown'],
  ['CON-10', '`insert_id` or not', 'con-10-insert_id-or-not'],
])('the anchor of %s %s is that of its heading on GitHub', (id, title, anchor) => {
  expect(anchorOf({ id, title })).toBe(anchor)
})
