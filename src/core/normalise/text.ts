/** The unit in which PRP-10 counts: Unicode code points, or UTF-8 bytes (CON-32). */
export type StringLimitUnit = 'chars' | 'bytes'

/** True when Postgres can hold the text: no U+0000 and no lone surrogate (DEC-07). */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000')
}

/** The text with what Postgres cannot hold replaced by U+FFFD (DEC-07, PRP-18). */
export function toStorable(text: string): string {
  if (isStorable(text)) return text
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD')
}

export function lengthIn(unit: StringLimitUnit, text: string): number {
  if (unit === 'bytes') return Buffer.byteLength(text)
  // A pair of surrogates is one character.
  let length = text.length
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) length--
  }
  return length
}

/** The text cut to `limit` characters or bytes, never inside a character (PRP-10, PRP-11). */
export function truncate(text: string, limit: number, unit: StringLimitUnit): string {
  if (text.length <= limit && unit === 'chars') return text
  let used = 0
  let end = 0
  for (const character of text) {
    used += unit === 'chars' ? 1 : Buffer.byteLength(character)
    if (used > limit) return text.slice(0, end)
    end += character.length
  }
  return text
}
