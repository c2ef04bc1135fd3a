/** A paragraph, list, table or code fence of the contract's Markdown. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | {
      readonly kind: 'table'
      readonly heads: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }

/** A piece of a line. */
export interface Span {
  readonly kind: 'text' | 'code' | 'strong' | 'emphasis' | 'rule'
  readonly text: string
}

/** Splits a text at its empty lines, except those in a fence. */
export function toBlocks(markdown: string): readonly Block[] {
  const parts = markdown.split(/^(```.*\n[\s\S]*?\n```)$/m)
  return parts.flatMap((part, at): readonly Block[] => {
    if (at % 2 === 1) return [{ kind: 'code', text: part.split('\n').slice(1, -1).join('\n') }]
    return part.split(/\n{2,}/).flatMap((text) => (text.trim() === '' ? [] : [toBlock(text.trim())]))
  })
}

function toBlock(text: string): Block {
  const lines = text.split('\n')
  if (lines.every((line) => line.startsWith('- '))) {
    return { kind: 'list', items: lines.map((line) => line.slice(2)) }
  }
  if (!lines.every((line) => line.startsWith('|'))) return { kind: 'text', text: lines.join(' ') }
  const [heads = [], , ...rows] = lines.map(toCells)
  return { kind: 'table', heads, rows }
}

const toCells = (line: string) =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))

const SPANS = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\([^)]+\)|\b([A-Z]+-\d+)\b/g

/** Splits a line. In: the ids of rules. A link is reduced to its text, since it leads into the repository. */
export function toSpans(line: string, rules: ReadonlySet<string>): readonly Span[] {
  const spans: Span[] = []
  let end = 0
  for (const found of line.matchAll(SPANS)) {
    const [whole, code, strong, emphasis, link, id] = found
    if (id !== undefined && !rules.has(id)) continue
    spans.push({ kind: 'text', text: line.slice(end, found.index) })
    end = found.index + whole.length
    if (code !== undefined) spans.push({ kind: 'code', text: code })
    else if (strong !== undefined) spans.push({ kind: 'strong', text: strong })
    else if (emphasis !== undefined) spans.push({ kind: 'emphasis', text: emphasis })
    else if (id !== undefined) spans.push({ kind: 'rule', text: id })
    else spans.push({ kind: 'text', text: link ?? '' })
  }
  return [...spans, { kind: 'text', text: line.slice(end) } as const].filter(({ text }) => text !== '')
}
