/*
 * Literals of the languages in which set-up code is shown: whatever the text contains, the copied code means exactly
 * that text, and none of it is executed. Each function takes any text and returns a literal with its quotes.
 */

/** JavaScript and TypeScript, also in a `<script>` of a page. */
export function jsLiteral(text: string): string {
  const written = escaped(text, /[\\'\p{Cc}\u2028\u2029]/gu, (code) => `\\u${hex(code)}`)
  return `'${written.replaceAll('</', '<\\/').replaceAll('<!--', '\\x3c!--')}'`
}

/** Python 3. */
export function pythonLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}]/gu, (code) => `\\u${hex(code)}`)}"`
}

/** Ruby, in single quotes, in which `#{}` is text and only two characters can be escaped; a line break cannot. */
export function rubyLiteral(text: string): string {
  if (/\p{Cc}/u.test(text)) return `"${escaped(text, /[\\"#\p{Cc}]/gu, (code) => `\\u${hex(code)}`)}"`
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** PHP, in single quotes, in which `$` is text and only two characters can be escaped. */
export function phpLiteral(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** Go. */
export function goLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}\ufeff]/gu, (code) => `\\u${hex(code)}`)}"`
}

/** Java. Not with \u, which is decoded before literals are parsed, so that a line break would end the literal. */
export function javaLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}]/gu, (code) => `\\${code.toString(8).padStart(3, '0')}`)}"`
}

/** Kotlin, in which `$name` and `${…}` would be evaluated. */
export function kotlinLiteral(text: string): string {
  return `"${escaped(text, /[\\"$\p{Cc}]/gu, (code) => `\\u${hex(code)}`)}"`
}

/** Swift, in which `\(…)` would be evaluated. */
export function swiftLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}\u2028\u2029]/gu, (code) => `\\u{${hex(code)}}`)}"`
}

/** Dart, in which `$name` and `${…}` would be evaluated. */
export function dartLiteral(text: string): string {
  return `"${escaped(text, /[\\"$\p{Cc}]/gu, (code) => `\\u{${hex(code)}}`)}"`
}

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The rest of a comment line; characters that would end the line are shown as their codes. */
export function inComment(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (letter) => `\\u${hex(letter.codePointAt(0) ?? 0)}`)
}

/** Escapes control characters by code, and others with a backslash. In: the characters to escape. */
function escaped(text: string, what: RegExp, byCode: (code: number) => string): string {
  return text.replace(what, (letter) =>
    /[\\'"$#]/.test(letter) ? `\\${letter}` : byCode(letter.codePointAt(0) ?? 0),
  )
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0')
}
