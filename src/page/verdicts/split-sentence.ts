interface Piece {
  readonly text: string
  /** It differs from record to record. */
  readonly isValue: boolean
}

/** Splits a sentence at the values. One that was not made of this template is one piece. */
export function splitSentence(message: string, template: string): readonly Piece[] {
  const whole = [{ text: message, isValue: false }]
  const [start = '', ...literals] = template.split(/\{\w+\}/)
  const end = literals.at(-1)
  if (end === undefined || !message.startsWith(start) || !message.endsWith(end)) return whole
  const pieces: Piece[] = [{ text: start, isValue: false }]
  let at = start.length
  for (const [index, literal] of literals.entries()) {
    const isLast = index === literals.length - 1
    const next = isLast ? message.length - literal.length : message.indexOf(literal, at)
    if (next < at) return whole
    pieces.push({ text: message.slice(at, next), isValue: true }, { text: literal, isValue: false })
    at = next + literal.length
  }
  return pieces.filter(({ text }) => text !== '')
}
