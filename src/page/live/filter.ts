import type { LiveRow } from './row.ts'

type Test = (row: LiveRow) => boolean

/** What the fields of a filter look at; their values are without case. */
const FIELDS: Readonly<Record<string, (row: LiveRow) => readonly string[]>> = {
  event: (row) => [row.name],
  user: (row) => [row.user, row.stored?.original_distinct_id ?? ''],
  is: (row) => [row.outcome],
  code: (row) => row.verdicts.map((own) => own.code),
}

const texts = new WeakMap<LiveRow, string>()

/**
 * Reads a filter: words that must all occur somewhere in a line, `field:word` for one field, `-` before what must
 * not occur, quotes around what has blanks. Fields: event, user, is (an outcome), code.
 */
export function parseFilter(text: string): Test {
  const tests = [...text.toLowerCase().matchAll(/(-?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))/g)].flatMap((match) => {
    const [, minus, field, quoted, plain] = match
    const word = quoted ?? plain ?? ''
    return word === '' ? [] : [negateIf(minus === '-', testOf(field, word))]
  })
  return (row) => tests.every((test) => test(row))
}

function testOf(field: string | undefined, word: string): Test {
  const valuesOf = FIELDS[field ?? '']
  if (valuesOf === undefined) {
    const whole = field === undefined ? word : `${field}:${word}`
    return (row) => textOf(row).includes(whole)
  }
  return (row) => valuesOf(row).some((value) => value.toLowerCase().includes(word))
}

function negateIf(isNegated: boolean, test: Test): Test {
  return isNegated ? (row) => !test(row) : test
}

/** All that can be found in a line, lower case; made when it is first looked for. */
function textOf(row: LiveRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const { name, user, outcome, stored, sent, verdicts } = row
  const codes = verdicts.map((own) => own.code)
  const all = [name, user, outcome, stored?.original_distinct_id, ...codes, stored?.properties, sent]
  const text = all
    .map((part) => (typeof part === 'object' ? JSON.stringify(part) : (part ?? '')))
    .join('\n')
    .toLowerCase()
  texts.set(row, text)
  return text
}
