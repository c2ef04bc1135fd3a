/** A command that a page shows, and what it says the output is. */
export interface Example {
  readonly command: string
  /** Where the page says nothing of the output: undefined. */
  readonly output: string | undefined
}

/** The text of the fenced blocks of a language on a Markdown page, in order. */
export function blocksOf(page: string, language: string): readonly string[] {
  const fences = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return [...fences].map(([, block = '']) => block)
}

const COMMAND = /^(curl (?:\\\n|'[^']*'|"[^"]*"|[^\\'"#\n])*)(?:#.*)?\n((?:#.*\n)*)/gm

/**
 * The curl commands of a block of shell: each begins a line and goes on until its quotes and backslashes are at
 * their end. The lines of comment after it are its output.
 */
export function examplesOf(block: string): readonly Example[] {
  const commands = block.matchAll(COMMAND)
  return [...commands].map(([, command = '', comments = '']) => {
    const output = comments.replace(/^# ?/gm, '').trimEnd()
    return { command, output: output === '' ? undefined : output }
  })
}

/** Moments, ms and cursors: what no two runs have in common but their form. */
const VOLATILE = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?<=now_ms":)\d{13}|(?<=^id: )\d+(?:-\d+)+)/m

/**
 * Whether a command has put out what the page says: `…` stands for anything, an indented line goes on with the one
 * before, and between other lines anything may stand. In an answer with headers case does not matter.
 */
export function isOutput(shown: string, actual: string): boolean {
  const parts = shown.split(/(\s*…\s*|\n\s+|\n)/)
  const pattern = parts.map((part, at) => {
    if (at % 2 === 0) return toPattern(part)
    return part.includes('…') || part === '\n' ? '[\\s\\S]*?' : '\\s*'
  })
  return new RegExp(`${pattern.join('')}\\s*$`, 'i').test(actual)
}

function toPattern(text: string): string {
  const parts = text.split(VOLATILE)
  return parts
    .map((part, at) =>
      at % 2 === 0 ? part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&') : part.replaceAll(/\d+|\./g, formOf),
    )
    .join('')
}

function formOf(part: string): string {
  return part === '.' ? '\\.' : '\\d+'
}
