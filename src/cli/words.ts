const NUMBERS = new Intl.NumberFormat('en-US')

/** A number with separators; with a noun, in its plural where that is due. */
export function count(amount: number, noun?: string): string {
  const text = NUMBERS.format(amount)
  if (noun === undefined) return text
  return `${text} ${noun}${amount === 1 ? '' : 's'}`
}
