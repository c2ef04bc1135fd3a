const GAP = 2
const MIN_CELL = 10
/** The share of the width that the first column may take. */
const FIRST_SHARE = 0.25

/** A row of a table. */
export interface Row {
  readonly cells: readonly string[]
  /** Gives each line of the cells after the first its looks, which take no room. */
  readonly paint?: (text: string) => string
}

/** A table as lines, with cells wrapped to fit the width. The first row is the head. */
export function tabulate(rows: readonly Row[], width: number): readonly string[] {
  const columns = Math.max(...rows.map(({ cells }) => cells.length))
  const natural = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.flatMap(({ cells }) => linesOf(cells[column] ?? '').map(widthOf))),
  )
  const [first = 0, ...others] = natural
  const label = Math.min(first, Math.max(MIN_CELL, Math.floor(width * FIRST_SHARE)))
  const share = Math.floor((width - label) / Math.max(1, others.length)) - GAP
  const widths = [label, ...others.map((each) => Math.min(each, Math.max(MIN_CELL, share)))]
  const [head = [], ...body] = rows.map((row) => layOut(row, widths))
  const rule = widths.map((each) => '─'.repeat(each) + ' '.repeat(GAP)).join('')
  // A row of several lines needs a gap to be told from the next.
  const gapBefore = (at: number) => at > 0 && Math.max(body[at - 1]?.length ?? 0, body[at]?.length ?? 0) > 1
  return [...head, rule.trimEnd(), ...body.flatMap((lines, at) => (gapBefore(at) ? ['', ...lines] : lines))]
}

function layOut({ cells, paint }: Row, widths: readonly number[]): readonly string[] {
  const wrapped = widths.map((width, column) => wrap(cells[column] ?? '', width))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((lines, column) => {
        const text = lines[line] ?? ''
        const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) + GAP - widthOf(text)))
        return `${column > 0 && paint !== undefined && text !== '' ? paint(text) : text}${blanks}`
      })
      .join('')
      .trimEnd(),
  )
}

/** A text as lines of at most `width` columns, broken at blanks, or within a word that is longer. */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(MIN_CELL, width)
  return linesOf(text).flatMap((line) => {
    const lines: string[] = []
    let current = ''
    for (const word of line.split(' ')) {
      const joined = current === '' ? word : `${current} ${word}`
      if (widthOf(joined) <= room) {
        current = joined
        continue
      }
      if (current !== '') lines.push(current)
      const pieces = inPieces(word, room)
      lines.push(...pieces.slice(0, -1))
      current = pieces.at(-1) ?? ''
    }
    return [...lines, current]
  })
}

/** A word in pieces that fit. */
function inPieces(word: string, room: number): readonly string[] {
  const pieces: string[] = []
  let [piece, taken] = ['', 0]
  for (const character of word) {
    const columns = widthOf(character)
    if (taken + columns > room) {
      pieces.push(piece)
      piece = ''
      taken = 0
    }
    piece += character
    taken += columns
  }
  return [...pieces, piece]
}

/** Characters that terminals show in two columns, and in none. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u
const NONE = /\p{Mn}|\p{Me}|[\u200b\u200c]|\u200d|\ufe0f/u

/** The columns that a line takes. */
function widthOf(text: string): number {
  // What nearly every line consists of.
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += WIDE.test(character) ? 2 : NONE.test(character) ? 0 : 1
  return columns
}

/** Control characters, which a record could use to write to the terminal, are shown as their code. */
const CONTROL = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu

/** A text with its control characters, except line breaks, as codes. */
export function cleared(text: string): string {
  const codeOf = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replace(CONTROL, codeOf)
}

function linesOf(text: string): readonly string[] {
  return cleared(text).split('\n')
}
