import { describe, expect, it } from 'vitest'
import { readFiles, type SourceFile, sourceFile } from './source.ts'

const MAX_FILE_LINES = 300
const MAX_FUNCTION_LINES = 50

interface Sized {
  readonly where: string
  readonly lines: number
}

/** `function f(…) {`, `method(…) {`, `… => {`: how a function begins where it fits a line. */
const OPENER =
  /\bfunction\b.*\{$|=> \{$|^\s+(?!(?:if|for|while|switch|catch|return|else|do|try)\b)(?:(?:async|static|get|set|override) )*\*?#?[\w$]+(?:<.*>)?\(.*\).*\{$/
/** `): Result {` or `) => {`: the end of a signature over several lines. */
const SIGNATURE_END = /^\s*\).*\{$/
const NO_FUNCTION = /^\s*(?:\} )?(?:if|for|while|switch|else)\b/

/** The functions of a file, by indentation: the formatter puts a function's end where its beginning is. */
function functionsOf(file: SourceFile): readonly Sized[] {
  const lines = file.code.split('\n')
  return lines.flatMap((line, index) => {
    const indent = line.slice(0, line.search(/\S|$/))
    if (SIGNATURE_END.test(line)) {
      const start = lines.findLastIndex(
        (own, at) => at < index && own.startsWith(indent) && /^[^\s)}]/.test(own.slice(indent.length)),
      )
      return NO_FUNCTION.test(lines[start] ?? '') ? [] : [sized(file.path, lines, start, index, indent)]
    }
    return OPENER.test(line) ? [sized(file.path, lines, index, index, indent)] : []
  })
}

function sized(path: string, lines: readonly string[], start: number, body: number, indent: string): Sized {
  const end = lines.findIndex((line, at) => at > body && line.startsWith(`${indent}}`))
  return { where: `${path}:${start + 1}`, lines: end - start + 1 }
}

const sources = readFiles('src', '.ts', '.tsx')
const byLength = (all: readonly Sized[]) => all.toSorted((a, b) => b.lines - a.lines)
const files = byLength(sources.map(({ path, text }) => ({ where: path, lines: text.split('\n').length - 1 })))
const functions = byLength(sources.flatMap(functionsOf))

function print(kind: string, longest: readonly Sized[]): void {
  const rows = longest.slice(0, 5).map(({ where, lines }) => `  ${String(lines).padStart(3)}  ${where}\n`)
  process.stdout.write(`the longest ${kind} of src:\n${rows.join('')}`)
}

describe('src', () => {
  it(`has no file over ${MAX_FILE_LINES} lines`, () => {
    print('files', files)
    expect(files.filter((file) => file.lines > MAX_FILE_LINES)).toEqual([])
  })

  it(`has no function over ${MAX_FUNCTION_LINES} lines`, () => {
    print('functions', functions)
    expect(functions.filter((own) => own.lines > MAX_FUNCTION_LINES)).toEqual([])
  })
})

describe('the measure', () => {
  const text = `
export function plain(a: string): void {
  if (a) {
    for (const x of a) {
      void x
    }
  }
}

export async function wide(
  a: string,
  b: string,
): Promise<void> {
  await run(async () => {
    void b
  })
}

class Thing {
  async #method(a: string): Promise<void> {
    void a
  }

  get size(): number {
    return 1
  }
}

const arrow = (
  a: string,
) => {
  void a
}

if (
  a
) {
  void a
}
`
  it('finds functions of every form, and where they end', () => {
    expect(functionsOf(sourceFile('a.ts', text)).map(({ where, lines }) => `${where} ${lines}`)).toEqual([
      'a.ts:2 7',
      'a.ts:10 8',
      'a.ts:14 3',
      'a.ts:20 3',
      'a.ts:24 3',
      'a.ts:29 5',
    ])
  })

  it('finds the functions of src', () => {
    expect(functions.length).toBeGreaterThan(200)
    expect(functions.every((own) => own.lines >= 2)).toBe(true)
  })
})
