import { isSecretName } from '../verdict/kept-record.ts'
import { decodeFormValue } from './form-value.ts'
import type { RawValue } from './params.ts'
import { runAtOnce } from './steps.ts'
import { decodeUtf8 } from './utf8.ts'

/** What a form made of a character that should have been percent-encoded. */
export interface Misread {
  /** The text around it as sent, in the quotes of JSON, and as it was read. */
  readonly sent: string
  readonly read: string
}

/** Characters of a value that are looked at. */
const MAX_LOOKED_AT = 1_048_576
/** Characters shown on each side of the character, and of a name. */
const MAX_SHOWN = 40
/** Escapes that people write by hand in a text that is not encoded otherwise: of `+`, `&` and `%`. */
const ESCAPE = /%(?!2b|26|25)[0-9a-f]{2}/i
/**
 * A sign that blanks are not written as `+`, so that one is meant as such: `%20`, a blank, or a telephone number. Form
 * encoders write a blank as `+`, others as `%20`, and none leaves it as it is.
 */
const NO_FORM_ENCODER = /%20| |%22\+\d{7,15}%22/

/**
 * Finds a character in the JSON of a form or query that was read as the syntax of the form because it was not encoded: a
 * raw `+`, `&` or `%`. Undefined for JSON that a form encoder has written, in which a `+` is a blank. In: the value as
 * sent, one character per byte.
 */
export function findMisread(raw: RawValue): Misread | undefined {
  const { text, from, to } = raw
  const value = text.slice(from, Math.min(to, from + MAX_LOOKED_AT))
  const hasQuotes = value.includes('"')
  const isPlain = hasQuotes || value.includes('{')
  const places = [
    isPlain || (value.includes('+') && NO_FORM_ENCODER.test(value)) ? value.indexOf('+') : -1,
    hasQuotes ? value.search(ESCAPE) : -1,
    isPlain && text[from + value.length] === '&' && endsInText(value) ? value.length : -1,
  ].filter((at) => at >= 0)
  return places.length === 0 ? undefined : show(raw, from + Math.min(...places))
}

/** True for JSON that was cut inside of a text. */
function endsInText(value: string): boolean {
  const json = decode(value)
  let isInText = false
  for (let at = 0; at < json.length; at++) {
    if (json[at] === '\\') at++
    else if (json[at] === '"') isInText = !isInText
  }
  return isInText
}

/** The JSON text that a character is in, before and after reading. A secret is not shown. */
function show({ text, to }: RawValue, at: number): Misread {
  const start = quoteBefore(text, at)
  const end = quoteAfter(text, at)
  const name = /"([^"]{1,40})"\s*:\s*$/.exec(
    decode(text.slice(Math.max(start - 3 * MAX_SHOWN, 0), start)),
  )?.[1]
  if (name !== undefined && isSecretName(name)) return { sent: name, read: 'another text' }
  return {
    sent: decodeUtf8(Buffer.from(text.slice(start, end), 'latin1')).toWellFormed(),
    read: decode(text.slice(start, Math.min(end, to))),
  }
}

const QUOTES = /"|%22/g

function quoteBefore(text: string, at: number): number {
  const start = Math.max(at - MAX_SHOWN, 0)
  const quotes = [...text.slice(start, at).matchAll(QUOTES)]
  return start + (quotes.at(-1)?.index ?? 0)
}

function quoteAfter(text: string, at: number): number {
  const [quote] = text.slice(at, at + MAX_SHOWN).matchAll(QUOTES)
  return quote === undefined ? Math.min(at + MAX_SHOWN, text.length) : at + quote.index + quote[0].length
}

function decode(text: string): string {
  return runAtOnce(decodeFormValue(text))
}
