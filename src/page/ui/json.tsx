import type { Json } from '../api/types.ts'

/** Longer texts are not highlighted. */
const MAX_COLOURED_CHARS = 40_000

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*/g

/** A JSON value on several lines, with syntax highlighting. */
export function JsonText({ value }: { readonly value: Json }) {
  const text = JSON.stringify(value, null, 2)
  if (text.length > MAX_COLOURED_CHARS) return <>{text}</>
  const pieces: preact.ComponentChild[] = []
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    const [token, quoted, colon = ''] = match
    pieces.push(text.slice(end, match.index))
    const kind = quoted === undefined ? 'json-value' : colon === '' ? 'json-text' : 'json-name'
    pieces.push(<span class={kind}>{quoted ?? token}</span>, colon)
    end = match.index + token.length
  }
  return (
    <>
      {pieces}
      {text.slice(end)}
    </>
  )
}
