/** The colours of a terminal: those that SGR 30 to 37 name, and more. */
interface Palette {
  readonly ground: string
  readonly edge: string
  readonly text: string
  readonly muted: string
  /** Black, red, green, yellow, blue, magenta, cyan, white. */
  readonly colours: readonly string[]
}

const PALETTES = {
  light: {
    ground: '#ffffff',
    edge: '#d5d7dc',
    text: '#1f2328',
    muted: '#6a7079',
    colours: ['#1f2328', '#b3261e', '#1a7f37', '#8a5a00', '#2f55c0', '#8250b0', '#12706a', '#6a7079'],
  },
  dark: {
    ground: '#15181e',
    edge: '#363b45',
    text: '#e3e6eb',
    muted: '#949ba6',
    colours: ['#949ba6', '#ff8f85', '#76d49a', '#eec26b', '#8fb3ff', '#cfa3f5', '#63d1c4', '#e3e6eb'],
  },
} as const satisfies Readonly<Record<string, Palette>>

export type Theme = keyof typeof PALETTES

const FONT = `ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace`
const SIZE = 14
/** The width of a character, for which each text is stretched or squeezed: fonts differ. */
const ADVANCE = 8.4
const LINE = 20
const MARGIN = 18
const BAR = 34

/** How characters look after an SGR sequence. */
interface Style {
  readonly isBold: boolean
  readonly isDim: boolean
  readonly isUnderlined: boolean
  /** The index of a colour; undefined for that of the text. */
  readonly colour: number | undefined
}

const PLAIN: Style = { isBold: false, isDim: false, isUnderlined: false, colour: undefined }

/** Characters of one style. */
interface Run {
  readonly text: string
  readonly style: Style
}

/**
 * Draws a terminal as SVG. In: what it shows, with SGR sequences (bold, dim, underlined, the eight colours). Throws on
 * other sequences, such as those that move the cursor.
 */
export function drawTerminal(shown: string, title: string, theme: Theme): string {
  const palette = PALETTES[theme]
  const lines = readRuns(shown.trimEnd())
  const columns = Math.max(...lines.map((runs) => runs.reduce((sum, { text }) => sum + text.length, 0)))
  const width = Math.ceil(columns * ADVANCE) + 2 * MARGIN
  const height = BAR + lines.length * LINE + MARGIN
  const drawn = lines.flatMap((runs, index) => drawLine(runs, BAR + index * LINE + SIZE, palette))
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${toXml(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${palette.ground}" stroke="${palette.edge}"/>`,
    ...[0, 1, 2].map((dot) => `<circle cx="${22 + dot * 18}" cy="17" r="5.5" fill="${palette.edge}"/>`),
    `<g font-family="${FONT}" font-size="${SIZE}" fill="${palette.text}">`,
    ...drawn,
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

/** Words that more than one blank separates are texts of their own, as SVG keeps only one. */
function drawLine(runs: readonly Run[], y: number, palette: Palette): readonly string[] {
  let column = 0
  return runs.flatMap(({ text, style }) => {
    const start = column
    column += text.length
    return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) =>
      drawRun(words, style, MARGIN + (start + index) * ADVANCE, y, palette),
    )
  })
}

function drawRun(text: string, style: Style, x: number, y: number, palette: Palette): string {
  const { isBold, isDim, isUnderlined, colour } = style
  const fill = colour === undefined ? (isDim ? palette.muted : undefined) : palette.colours[colour]
  const attributes = [
    `x="${round(x)}" y="${y}" textLength="${round(text.length * ADVANCE)}" lengthAdjust="spacingAndGlyphs"`,
    ...(fill === undefined ? [] : [`fill="${fill}"`]),
    ...(isBold ? ['font-weight="700"'] : []),
    ...(isUnderlined ? ['text-decoration="underline"'] : []),
  ]
  return `<text ${attributes.join(' ')}>${toXml(text)}</text>`
}

/** The lines of a text, each as its runs. */
function readRuns(shown: string): readonly (readonly Run[])[] {
  let style = PLAIN
  return shown.split('\n').map((line) => {
    const [first = '', ...others] = line.split('\u001b[')
    const runs = [{ text: first, style }]
    for (const part of others) {
      const [, codes, text] = /^([\d;]*)m(.*)$/.exec(part) ?? []
      if (codes === undefined || text === undefined) throw new Error(`no SGR sequence: ${part}`)
      style = codes.split(';').reduce(applyCode, style)
      runs.push({ text, style })
    }
    return runs
  })
}

function applyCode(style: Style, text: string): Style {
  const code = Number(text)
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, isBold: true }
  if (code === 2) return { ...style, isDim: true }
  if (code === 4) return { ...style, isUnderlined: true }
  if (code === 22) return { ...style, isBold: false, isDim: false }
  if (code === 24) return { ...style, isUnderlined: false }
  if (code === 39) return { ...style, colour: undefined }
  // Gray, as picocolors and node:util name it.
  if (code === 90) return { ...style, colour: undefined, isDim: true }
  if (code >= 30 && code <= 37) return { ...style, colour: code - 30 }
  if (code >= 91 && code <= 97) return { ...style, colour: code - 90 }
  return style
}

const round = (value: number) => Number(value.toFixed(1))

function toXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
