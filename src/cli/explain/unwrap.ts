import { decodeData, looksLikeJson } from '../../core/decode/data.ts'
import { parseForm, parseQuery } from '../../core/decode/params.ts'
import { runAtOnce } from '../../core/decode/steps.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** What records come in, besides JSON. */
export interface Unwrapped {
  /** The payloads, in order: JSON, or what is none. */
  readonly payloads: readonly string[]
  /** The text that was read: a few words for a sentence. */
  readonly kind: string
}

/**
 * The payloads of a request as it was copied: a form or an address with `data=`, base64, a curl command; or of all
 * requests to Mixpanel in a HAR file. Undefined if it is none of these.
 */
export function unwrap(text: string): Unwrapped | undefined {
  const trimmed = text.trim()
  if (looksLikeJson(trimmed)) return unwrapHar(trimmed)
  if (/^curl\s/.test(trimmed)) {
    const payload = payloadOfCurl(trimmed)
    return payload === undefined ? undefined : { payloads: [payload], kind: 'the curl command' }
  }
  const payload = payloadOf(trimmed)
  return payload === undefined ? undefined : { payloads: [payload], kind: 'the request' }
}

/** The JSON of a body, of an address or of base64. */
function payloadOf(text: string): string | undefined {
  if (looksLikeJson(text)) return text
  const query = /^\S+\?\S*$/.test(text) ? parseQuery(text).get('data') : undefined
  const data = query ?? (/(^|&)data=/.test(text) ? parseForm(text).get('data') : undefined) ?? text
  const decoded = runAtOnce(decodeData(data))
  if (!decoded.ok) return undefined
  const inner = Buffer.from(decoded.value.bytes).toString()
  return looksLikeJson(inner.trim()) ? inner : undefined
}

/** Options of curl whose value is, or is part of, the body. */
const BODY_OPTION = /^(?:-d|--data(?:-raw|-binary|-ascii|-urlencode)?)$/

function payloadOfCurl(command: string): string | undefined {
  const words = shellWords(command)
  const bodies = words.flatMap((word, at) => (BODY_OPTION.test(word) ? [words[at + 1] ?? ''] : []))
  const body = bodies.join('&')
  if (body !== '') return payloadOf(body.trim())
  const address = words.slice(1).find((word) => /[?&]data=/.test(word))
  return address === undefined ? undefined : payloadOf(address)
}

/** What browsers copy: words in single or double quotes, `$'…'`, and lines that end in a backslash. */
const SHELL_WORD = /(?:\$'(?:[^'\\]|\\[\s\S])*'|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\])+/g
const PIECE = /\$'((?:[^'\\]|\\[\s\S])*)'|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^'"\\$]+|\$)/g

function shellWords(command: string): readonly string[] {
  const joined = command.replace(/\\\r?\n/g, ' ')
  return (joined.match(SHELL_WORD) ?? []).map((word) =>
    word.replace(
      PIECE,
      (_whole, ansi?: string, single?: string, double?: string, escaped?: string, bare?: string) => {
        if (ansi !== undefined) return fromAnsi(ansi)
        if (double !== undefined) return double.replace(/\\(["\\$`])/g, '$1')
        return single ?? escaped ?? bare ?? ''
      },
    ),
  )
}

const ANSI: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function fromAnsi(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([\s\S]))/gi,
    (_whole, four?: string, two?: string, one = '') => {
      const code = four ?? two
      return code === undefined ? (ANSI[one] ?? one) : String.fromCharCode(Number.parseInt(code, 16))
    },
  )
}

/** Where events are sent. */
const EVENTS_PATH = /\/(?:track|import)\/?(?:\?|$)/

function unwrapHar(text: string): Unwrapped | undefined {
  if (!/^\{\s*"log"\s*:/.test(text)) return undefined
  let har: Json
  try {
    har = JSON.parse(text) as Json
  } catch {
    return undefined
  }
  const log = isJsonObject(har) ? har['log'] : undefined
  const entries = isJsonObject(log) ? log['entries'] : undefined
  if (!isJsonArray(entries)) return undefined
  const requests = entries.flatMap((entry) => {
    const request = isJsonObject(entry) ? entry['request'] : undefined
    return isJsonObject(request) && EVENTS_PATH.test(String(request['url'])) ? [request] : []
  })
  const payloads = requests.flatMap((request) => payloadOf(bodyOfHar(request)) ?? [])
  return { payloads, kind: 'the requests to /track and /import in the HAR file' }
}

function bodyOfHar(request: JsonObject): string {
  const post = request['postData']
  const text = isJsonObject(post) ? post['text'] : undefined
  return typeof text === 'string' && text !== '' ? text.trim() : String(request['url'])
}
