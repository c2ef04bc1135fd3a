/*
 * Literals of the languages that set-ups are shown in: whatever the text is, what is copied means just that text, and
 * nothing of it is run. Each function takes any text and gives a literal with its quotes.
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

/** Ruby, in single quotes, between which `#{}` is text and only two characters can be escaped; a line break cannot. */
export function rubyLiteral(text: string): string {
  if (/\p{Cc}/u.test(text)) return `"${escaped(text, /[\\"#\p{Cc}]/gu, (code) => `\\u${hex(code)}`)}"`
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** PHP, in single quotes, between which `$` is text and only two characters can be escaped. */
export function phpLiteral(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** Go. */
export function goLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}\ufeff]/gu, (code) => `\\u${hex(code)}`)}"`
}

/** Java. Not with \u: that is read before there is any literal, and a line break would end it. */
export function javaLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}]/gu, (code) => `\\${code.toString(8).padStart(3, '0')}`)}"`
}

/** Kotlin, where `$name` and `${…}` would be run. */
export function kotlinLiteral(text: string): string {
  return `"${escaped(text, /[\\"$\p{Cc}]/gu, (code) => `\\u${hex(code)}`)}"`
}

/** Swift, where `\(…)` would be run. */
export function swiftLiteral(text: string): string {
  return `"${escaped(text, /[\\"\p{Cc}\u2028\u2029]/gu, (code) => `\\u{${hex(code)}}`)}"`
}

/** Dart, where `$name` and `${…}` would be run. */
export function dartLiteral(text: string): string {
  return `"${escaped(text, /[\\"$\p{Cc}]/gu, (code) => `\\u{${hex(code)}}`)}"`
}

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The rest of a line that is a comment: what would end the line is shown as its code. */
export function inComment(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (letter) => `\\u${hex(letter.codePointAt(0) ?? 0)}`)
}

/** Control characters by their code, the others after a backslash. In: what must not stand for itself. */
function escaped(text: string, what: RegExp, byCode: (code: number) => string): string {
  return text.replace(what, (letter) =>
    /[\\'"$#]/.test(letter) ? `\\${letter}` : byCode(letter.codePointAt(0) ?? 0),
  )
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0')
}
