import type { ComponentChildren } from 'preact'
import { Table } from '../ui/table.tsx'
import { RuleId } from '../verdicts/rule-link.tsx'
import { type Block, type Span, toBlocks, toSpans } from './blocks.ts'

interface MarkdownProps {
  readonly text: string
  /** The ids of rules, which become links. */
  readonly rules: ReadonlySet<string>
}

/** A Markdown text of the contract. */
export function Markdown({ text, rules }: MarkdownProps) {
  return toBlocks(text).map((block, at) => <BlockView key={at} block={block} rules={rules} />)
}

interface BlockProps {
  readonly block: Block
  readonly rules: ReadonlySet<string>
}

function BlockView({ block, rules }: BlockProps) {
  switch (block.kind) {
    case 'text':
      return (
        <p>
          <Line text={block.text} rules={rules} />
        </p>
      )
    case 'code':
      return <pre class="json">{block.text}</pre>
    case 'list':
      return (
        <ul>
          {block.items.map((item) => (
            <li key={item}>
              <Line text={item} rules={rules} />
            </li>
          ))}
        </ul>
      )
    case 'table':
      return (
        <Table caption={block.heads.join(', ')} heads={block.heads.map((head) => head.replaceAll('`', ''))}>
          {block.rows.map((cells) => (
            <tr key={cells.join('|')}>
              {cells.map((cell, at) => (
                <td key={at}>
                  <Line text={cell} rules={rules} />
                </td>
              ))}
            </tr>
          ))}
        </Table>
      )
  }
}

function Line({ text, rules }: MarkdownProps) {
  return toSpans(text, rules).map((span, at) => <SpanView key={at} span={span} />)
}

function SpanView({ span: { kind, text } }: { readonly span: Span }): ComponentChildren {
  if (kind === 'code') return <code>{text}</code>
  if (kind === 'strong') return <strong>{text}</strong>
  if (kind === 'emphasis') return <em>{text}</em>
  return kind === 'rule' ? <RuleId rule={text} /> : text
}
