import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A file of the repository; its path is relative to the root, with slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  /** The same length and lines, with comments blanked: what a guard looks for is code. */
  readonly code: string
}

/** Reads every file below a folder whose name ends in one of the suffixes, in order of their paths. */
export function readFiles(folder: string, ...suffixes: readonly string[]): readonly SourceFile[] {
  const names = readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
  const paths = names.map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
  return paths
    .filter((path) => suffixes.some((suffix) => path.endsWith(suffix)))
    .sort()
    .map((path) => sourceFile(path, readFileSync(`${root}${path}`, 'utf8')))
}

/** A file made of its text. */
export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: blankComments(text) }
}

/** Comments become blanks; strings, templates and regular expressions stay as they are. */
function blankComments(text: string): string {
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?\s])\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return text.replace(token, (found) => (/^\/[/*]/.test(found) ? found.replace(/[^\n]/g, ' ') : found))
}

/** An import or re-export; `specifier` as written. */
export interface Import {
  readonly specifier: string
  /** The path in the repository, for a relative specifier. */
  readonly path: string | undefined
}

/** Every static import, re-export and `import()` of a file, types included. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found = file.code.matchAll(
    /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*'([^']+)'|\bimport\s*\(\s*'([^']+)'|^import\s*'([^']+)'/gm,
  )
  return [...found].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? ''
    const isRelative = specifier.startsWith('.')
    return { specifier, path: isRelative ? posix.join(posix.dirname(file.path), specifier) : undefined }
  })
}

/** `path:line` of every place where code matches. */
export function findInCode(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap((file) =>
    file.code.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}`] : [])),
  )
}
