import { describe, expect, it } from 'vitest'
import { toBlocks, toSpans } from '../../../src/page/rules/blocks.ts'
import { contract } from '../../guards/rules.ts'

describe('a text of the contract', () => {
  it('is taken apart into paragraphs, lists, tables and fences', () => {
    const text =
      'A\nline.\n\n- a `b`\n- c\n\n```json\n{"a":1,\n\n"b":2}\n```\n\n| x | `y|z` \\| |\n|---|---|\n| 1 | 2 |\n'
    expect(toBlocks(text)).toEqual([
      { kind: 'text', text: 'A line.' },
      { kind: 'list', items: ['a `b`', 'c'] },
      { kind: 'code', text: '{"a":1,\n\n"b":2}' },
      { kind: 'table', heads: ['x', '`y', 'z` |'], rows: [['1', '2']] },
    ])
  })

  it('has code, emphasis, words of links, and rules that lead to their text', () => {
    const line = '**A** of `TRK-01`: TRK-02, UTF-8 and *b* in [sdks](../sdks.md)'
    expect(toSpans(line, new Set(['TRK-01', 'TRK-02']))).toEqual([
      { kind: 'strong', text: 'A' },
      { kind: 'text', text: ' of ' },
      { kind: 'code', text: 'TRK-01' },
      { kind: 'text', text: ': ' },
      { kind: 'rule', text: 'TRK-02' },
      { kind: 'text', text: ', UTF-8 and ' },
      { kind: 'emphasis', text: 'b' },
      { kind: 'text', text: ' in ' },
      { kind: 'text', text: 'sdks' },
    ])
  })

  it('leaves no mark-up of any rule unread', () => {
    const ids = new Set(contract.rules.keys())
    const left = [...contract.rules.values()].flatMap(({ id, statement, example = '', source = '' }) =>
      [statement, example, source]
        .flatMap(toBlocks)
        .flatMap((block) => {
          if (block.kind === 'code') return []
          if (block.kind === 'text') return [block.text]
          return block.kind === 'list' ? block.items : block.rows.flat()
        })
        .flatMap((line) => toSpans(line, ids))
        .filter(({ kind, text }) => kind !== 'code' && /`|\*\*|\]\(|^- |^\|/.test(text))
        .map(({ text }) => `${id}: ${text}`),
    )
    expect(left).toEqual([])
  })
})
