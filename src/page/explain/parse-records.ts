import type { Json } from '../api/types.ts'

/** Records, or a sentence on why there are none. */
export type Parsed =
  | { readonly ok: true; readonly records: readonly Json[] }
  | { readonly ok: false; readonly detail: string }

/**
 * Reads records: a JSON array, one JSON object, or one object on each line; or what an SDK puts on the wire, as the
 * browser's network panel shows it: a form or an address with `data=`, and base64.
 */
export function parseRecords(pasted: string): Parsed {
  const text = decode(pasted)
  if (text.trim() === '') return { ok: false, detail: 'There are no records: paste them as JSON.' }
  const whole = parse(text)
  if (whole !== undefined) {
    const records = Array.isArray(whole) ? whole : [whole]
    return records.length > 0 ? { ok: true, records } : { ok: false, detail: 'The list has no records.' }
  }
  const lines = text
    .split('\n')
    .flatMap((line, at) => (line.trim() === '' ? [] : [{ at, value: parse(line) }]))
  const bad = lines.find(({ value }) => value === undefined)
  // Where not even the first line is JSON, it was not meant as one record a line.
  if (bad !== undefined) return { ok: false, detail: lines[0] === bad ? errorOf(text) : badLine(bad.at) }
  return { ok: true, records: lines.flatMap(({ value }) => (value === undefined ? [] : [value])) }
}

/** What is within a form or base64; a text that is neither, as it is. */
function decode(text: string): string {
  const [, data] = /(?:^|[?&\s])data=([^&\s]+)/.exec(text) ?? []
  const isJson = /^\s*[[{]/.test(text)
  const inner = isJson || data === undefined ? text : fromForm(data)
  return /^[\w+/=\s-]{8,}$/.test(inner) ? (fromBase64(inner.trim()) ?? inner) : inner
}

function fromForm(data: string): string {
  try {
    return decodeURIComponent(data.replaceAll('+', ' '))
  } catch {
    return data
  }
}

/** Undefined for what is no base64 of a JSON text. */
function fromBase64(text: string): string | undefined {
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/').replaceAll(' ', '+'))
    const decoded = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
    return /^\s*[[{]/.test(decoded) ? decoded : undefined
  } catch {
    return undefined
  }
}

function badLine(at: number): string {
  return `Line ${at + 1} is not JSON.`
}

function parse(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function errorOf(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}
