const GAP = 2
const MIN_CELL = 10
/** The share of the width that the first column may take. */
const FIRST_SHARE = 0.25

/** A table as lines, with cells wrapped to fit the width. The first row is the head. */
export function tabulate(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const columns = Math.max(...rows.map((row) => row.length))
  const natural = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.flatMap((row) => linesOf(row[column] ?? '').map((line) => line.length))),
  )
  const [first = 0, ...others] = natural
  const label = Math.min(first, Math.max(MIN_CELL, Math.floor(width * FIRST_SHARE)))
  const share = Math.floor((width - label) / Math.max(1, others.length)) - GAP
  const widths = [label, ...others.map((each) => Math.min(each, Math.max(MIN_CELL, share)))]
  return rows.flatMap((row) => layOut(row, widths))
}

function layOut(row: readonly string[], widths: readonly number[]): readonly string[] {
  const cells = widths.map((width, column) => wrap(row[column] ?? '', width))
  const height = Math.max(...cells.map((cell) => cell.length))
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, column) => (cell[line] ?? '').padEnd((widths[column] ?? 0) + GAP))
      .join('')
      .trimEnd(),
  )
}

/** A text as lines of at most `width` characters, broken at blanks, or within a word that is longer. */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(MIN_CELL, width)
  return linesOf(text).flatMap((line) => {
    const lines: string[] = []
    let current = ''
    for (const word of line.split(' ')) {
      const joined = current === '' ? word : `${current} ${word}`
      if (joined.length <= room) {
        current = joined
        continue
      }
      if (current !== '') lines.push(current)
      current = word
      for (; current.length > room; current = current.slice(room)) lines.push(current.slice(0, room))
    }
    return [...lines, current]
  })
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
