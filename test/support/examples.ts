/** A command on a page, and its documented output. */
export interface Example {
  readonly command: string
  /** Undefined if the page shows no output. */
  readonly output: string | undefined
}

/** The text of the fenced blocks of a language on a Markdown page, in order. */
export function blocksOf(page: string, language: string): readonly string[] {
  const fences = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return [...fences].map(([, block = '']) => block)
}

/** What follows the name of a program: its arguments, and the comment lines behind it. */
const ARGUMENTS = `(?:\\\\\n|'[^']*'|"[^"]*"|[^\\\\'"#\n])*)(?:#.*)?\n((?:#.*\n)*)`

/** The curl commands of a shell block. */
export function examplesOf(block: string): readonly Example[] {
  return commandsOf(block, 'curl')
}

/**
 * The commands of a shell block that begin with a program: each starts at the beginning of a line, and may continue
 * over several by quotes and backslashes. The comment lines after it are its output.
 */
export function commandsOf(block: string, program: string): readonly Example[] {
  const commands = block.matchAll(new RegExp(`^(${program} ${ARGUMENTS}`, 'gm'))
  return [...commands].map(([, command = '', comments = '']) => {
    const output = comments.replace(/^# ?/gm, '').trimEnd()
    return { command, output: output === '' ? undefined : output }
  })
}

/** Timestamps, ms and cursors, which differ between runs. */
const VOLATILE = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z|(?<=now_ms":)\d{13}|(?<=^id: )\d+(?:-\d+)+)/m

/**
 * Whether the output of a command matches the documented one: `…` matches anything, an indented line continues the one
 * before, and there may be anything between other lines. Ignores case, because of headers.
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
