import { type Finding, finding } from '../verdict/finding.ts'

/** A body that was sent as a lookup table. */
export interface SentTable {
  /** The Content-Type header. */
  readonly contentType: string
  /** Its first bytes, inflated; none if it is empty. */
  readonly head: Uint8Array
  readonly isUtf8: boolean
  /** The table that was read; undefined if it was refused. */
  readonly read: { readonly columns: readonly string[]; readonly rowCount: number } | undefined
}

/** The suspicion, and what to send instead. */
type Suspicion = readonly [what: string, instead: string]

const FILE = 'the file itself: curl --data-binary @table.csv -H "Content-Type: text/csv"'
const AS_CSV = 'the table as CSV, a line each row, columns separated by commas'
const AS_UTF8 = 'the table in UTF-8'

/** The evidence that a body is not the intended table (DIA-120). */
export function suspectTable(table: SentTable): readonly Finding[] {
  const { head, isUtf8, read } = table
  const text = Buffer.from(head).toString('utf8')
  const suspicion =
    suspectForm(head, text, table.contentType) ?? suspectHeader(text, read?.columns) ?? suspectRows(table)
  const found = suspicion === undefined ? [] : [suspicious(suspicion)]
  if (text.startsWith('\uFEFF')) found.push(suspicious(BOM, 'info'))
  if (!isUtf8 && found.length === 0) found.push(suspicious(NOT_UTF8))
  return found
}

const BOM: Suspicion = ['the body begins with a byte order mark, which was dropped', `${AS_UTF8} without one`]
const NOT_UTF8: Suspicion = [
  'the body is not UTF-8, and characters that could not be read became U+FFFD',
  `${AS_UTF8}: iconv -f latin1 -t utf-8`,
]

function suspicious([what, instead]: Suspicion, severity?: 'info'): Finding {
  return finding('lookup.suspect', { what, instead }, severity)
}

/** A body that is not CSV in UTF-8. */
function suspectForm(head: Uint8Array, text: string, contentType: string): Suspicion | undefined {
  const [first, second] = head
  if (first === undefined) return ['the body is empty', FILE]
  if (first === 0x1f && second === 0x8b) {
    return ['the body is gzip, and no header says so', '"Content-Encoding: gzip" with it']
  }
  if (text.startsWith('PK\u0003\u0004')) return ['the body is a ZIP file, as spreadsheets are', AS_CSV]
  if (head.includes(0) || (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return ['the body is UTF-16, or no text', AS_UTF8]
  }
  if (/^\s*[[{]\s*["{[]/.test(text)) return ['the body is JSON', AS_CSV]
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(text)) return ['the body is HTML or XML', AS_CSV]
  if (/^@\S+$/.test(text.trim())) return ['the body is the name of a file', FILE]
  if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(text.trim())) return ['the body seems to be base64', FILE]
  if (/^--[^\r\n]*\r\n(?:content-|[\w-]+:)/i.test(text))
    return ['the body is a multipart form, as of curl -F', FILE]
  if (isForm(contentType) && /%(?:0A|2C)/i.test(text))
    return ['the body is percent-encoded, as forms are', FILE]
  return undefined
}

function isForm(contentType: string): boolean {
  return /^\s*application\/x-www-form-urlencoded/i.test(contentType)
}

const SEPARATORS = [
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
] as const

/** A first line that is not a header. In: the columns as they were read; undefined if the header was refused. */
function suspectHeader(text: string, columns: readonly string[] | undefined): Suspicion | undefined {
  const [line = ''] = text.trimStart().split(/[\r\n]/, 1)
  const other = SEPARATORS.find(([separator]) => (columns?.[0] ?? line).includes(separator))
  if (other !== undefined) return [`the columns seem to be separated by ${other[1]}`, AS_CSV]
  if (columns === undefined) return undefined
  if (columns[0]?.trim() === '')
    return ['the first column, which is the key, has no name', 'a header that names it']
  const empty = columns.findIndex((name) => name.trim() === '')
  if (empty > 0)
    return [`column ${empty + 1} has no name`, 'a header that names it, or no separator at its end']
  const number = columns.find((name) => /^[+-]?\d+(?:\.\d+)?$/.test(name.trim()))
  if (number === undefined) return undefined
  return [
    `the first line was taken for the header, and ${number} is no name of a column`,
    'a header line first',
  ]
}

function suspectRows({ contentType, read }: SentTable): Suspicion | undefined {
  if (read === undefined || read.rowCount > 0) return undefined
  if (read.columns.some((name) => name.includes('\r'))) {
    return ['the lines end in CR alone, so the body is one line', 'lines that end in LF']
  }
  return isForm(contentType)
    ? ['the body has one line and the table no rows: curl -d strips the line ends of a file', FILE]
    : [
        'the body has one line, the header, and the table no rows',
        `lines that end in LF; from a file, ${FILE}`,
      ]
}
