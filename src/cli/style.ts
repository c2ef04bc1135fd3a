import { styleText } from 'node:util'

/** The words for looks that texts at a terminal have; none of them carries a meaning alone. */
export interface Style {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
}

const plain = (text: string): string => text

/** Without any looks. */
export const PLAIN: Style = { good: plain, bad: plain, warn: plain, strong: plain, dim: plain }

const COLOURED: Style = {
  good: paintBy('green'),
  bad: paintBy('red'),
  warn: paintBy('yellow'),
  strong: paintBy('bold'),
  dim: paintBy('dim'),
}

function paintBy(format: 'green' | 'red' | 'yellow' | 'bold' | 'dim'): (text: string) => string {
  // Whether there is a terminal is decided below.
  return (text) => styleText(format, text, { validateStream: false })
}

/** Colours where standard output is a terminal, unless NO_COLOR is set; elsewhere with FORCE_COLOR. */
export function styleFor(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Style {
  if (env['NO_COLOR'] || env['FORCE_COLOR'] === '0') return PLAIN
  if (env['FORCE_COLOR']) return COLOURED
  return isTerminal && env['TERM'] !== 'dumb' ? COLOURED : PLAIN
}
