import type { Json } from '../api/types.ts'
import { findJsonError, type JsonError } from './json-error.ts'

/** Records, or a sentence on why there are none, and the line of the pasted text that it is about. */
export type Parsed =
  | { readonly ok: true; readonly records: readonly Json[] }
  | { readonly ok: false; readonly detail: string; readonly at?: Place }

/** A place in a text, counted from 1. */
export type Place = Pick<JsonError, 'line' | 'column'>

/**
 * Parses records: a JSON array, one JSON object, or one object per line; or a payload of an SDK as the browser's
 * network panel shows it: a form or an address with `data=`, and base64.
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
    .map((line) => ({ line, value: line.trim() === '' ? undefined : parse(line) }))
  const first = lines.find(({ line }) => line.trim() !== '')
  // If not even the first line is JSON, the text was not meant as one record per line.
  if (first?.value === undefined) return refuse(findJsonError(text), text === pasted)
  const bad = lines.findIndex(({ line, value }) => value === undefined && line.trim() !== '')
  if (bad < 0)
    return { ok: true, records: lines.flatMap(({ value }) => (value === undefined ? [] : [value])) }
  // The lines before it count, and are no errors.
  return refuse(findJsonError(lines[bad]?.line ?? '', bad), text === pasted)
}

/** In: whether the places are those of the pasted text, which may have been decoded. */
function refuse(error: JsonError | undefined, isAsPasted: boolean): Parsed {
  if (error === undefined) return { ok: false, detail: 'This is not JSON.' }
  const { line, column, detail } = error
  if (!isAsPasted) return { ok: false, detail: `The decoded payload is not JSON. ${detail}` }
  return { ok: false, detail, at: { line, column } }
}

/** The contents of a form or of base64; any other text unchanged. */
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

/** Undefined if it is not base64 of a JSON text. */
function fromBase64(text: string): string | undefined {
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/').replaceAll(' ', '+'))
    const decoded = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
    return /^\s*[[{]/.test(decoded) ? decoded : undefined
  } catch {
    return undefined
  }
}

function parse(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
