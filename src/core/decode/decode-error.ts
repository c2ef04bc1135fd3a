import { err, type Result } from '../result.ts'
import { MAX_PARAMS, type ParamList } from './params.ts'

/** Why a request has no usable records (TRK-13). */
export type DecodeErrorCode =
  | 'no_data'
  | 'bad_gzip'
  | 'bad_base64'
  | 'bad_json'
  | 'empty_batch'
  | 'too_large'
  | 'too_many'

/** The same in words (`payload.undecodable`). */
export interface DecodeError {
  readonly code: DecodeErrorCode
  /** What was found instead, as the middle of a sentence. */
  readonly cause: string
  /** What to send instead, as a sentence without its full stop. */
  readonly send: string
}

/** What was found, and what to send instead. */
type Why = readonly [cause: string, send?: string | undefined]

const JSON_OR_BASE64 = 'Send JSON, or JSON in base64, as the body or as the parameter data'

export function decodeError(code: DecodeErrorCode, ...[cause, send]: Why): Result<never, DecodeError> {
  return err({ code, cause, send: send ?? JSON_OR_BASE64 })
}

/** Names of form fields listed in a message. */
const MAX_NAMES = 5
const MAX_NAME_CHARS = 40

/** Members of a record that are sent as fields of a form, which may be nested as PHP does. */
const MEMBERS = /^(data\[|event|properties|token|distinct_id|\$token|\$distinct_id|\$set)/
const AS_ONE_FIELD =
  'Send the record as one JSON text, percent-encoded: data={"event":…,"properties":{…}}, or JSON as the body'

/** Why a body that was read as a form has no data. In: its media type, the body, and the form read from it. */
export function whyNoData(mediaType: string, body: Uint8Array, form: ParamList): Why {
  if (mediaType.startsWith('multipart/')) {
    return [
      `${mediaType} is not read`,
      'Send JSON with Content-Type: application/json, or a form with curl -d',
    ]
  }
  if (isGzip(body)) return GZIP
  if (isUtf16(body)) return UTF_16
  if (form.isCut) return [`there is no field data among the first ${MAX_PARAMS} of the form`]
  const cause = `the body is not JSON, and as a form it has no field data, only ${listNames(form)}`
  if (form.names.some((name) => MEMBERS.test(name))) return [cause, AS_ONE_FIELD]
  return form.names[0]?.startsWith('@') === true ? [cause, NO_FILE] : [cause]
}

const NO_FILE = 'Send the contents of the file: curl --data-binary @FILE does, curl --data-raw does not'

/** Why a request without a body has no data. In: its query. */
export function whyNothing(query: ParamList): Why {
  const cause = 'there is neither a body nor a parameter data'
  return query.names.some((name) => MEMBERS.test(name))
    ? [`${cause}, only ${listNames(query)}`, AS_ONE_FIELD]
    : [cause]
}

function listNames(list: ParamList): string {
  return [...new Set(list.names)].slice(0, MAX_NAMES).map(shorten).join(', ')
}

/** Why a text that does not start like JSON is not base64 either. */
export function whyNoBase64(value: string): Why {
  const text = value.trim()
  const at = text.search(/[^A-Za-z0-9+/_=\s-]/)
  if (at < 0)
    return [`data is neither JSON nor base64: ${text.length} characters are no whole number of bytes`]
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const cause = `data is neither JSON nor base64: at ${at} there is ${JSON.stringify(character)}`
  if (character === '%') return [`${cause}, so it may be percent-encoded twice`, 'Percent-encode data once']
  return at === 0 && `"'`.includes(character) ? [cause, 'Send data without quotes around it'] : [cause]
}

/** Why a payload is not JSON. In: the parser's message. */
export function whyNoJson(problem: string, payload: Uint8Array, isFromBase64: boolean): Why {
  if (isGzip(payload)) return isFromBase64 ? GZIP_IN_BASE64 : GZIP
  if (isUtf16(payload)) return UTF_16
  const text = Buffer.from(payload.subarray(0, MAX_LOOKED_AT)).toString('latin1')
  const cause = `${isFromBase64 ? 'the decoded base64' : 'the text'} is not JSON (${problem})`
  const bare = text.replace(TEXTS, '""')
  return [cause, MISTAKES.find(([form]) => form.test(bare))?.[1]]
}

/** The texts of a JSON text, as far as they are whole. */
const TEXTS = /"(?:[^"\\\n]|\\.)*"/g

/** Bytes of a payload that are looked at. */
const MAX_LOOKED_AT = 4_096

/** How texts look that are nearly JSON, one character per byte and without their texts, and what to do about it. */
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/^(eyJ|W3s|Wy)/, 'Encode data in base64 once'],
  [/^\[object \w+\]/, 'Encode the record with JSON.stringify'],
  [/^\s*[[{]+\s*&(quot|#34);/, 'Send the JSON without escaping it for HTML'],
  [/^\s*[[{]+\s*\\/, 'Remove the backslashes before the outer quotes: the JSON was escaped once too often'],
  [/\/\/|\/\*/, 'Remove the comments: JSON has none'],
  [
    /^\s*\{[^\n]*\}[ \r\t]*\n\s*\{/,
    'Send the records as a list, [{…},{…}]. Lines of JSON go to /import, with Content-Type: application/x-ndjson',
  ],
  [
    /[{,[]\s*'/,
    'Send JSON, which has double quotes: json.dumps in Python, JSON.stringify in JavaScript, to_json in Ruby',
  ],
  [/[{,:]\s*\xe2\x80[\x9c\x9d]/, 'Replace the typographic quotes by straight ones: "'],
  [
    /[{,]\s*[A-Za-z_$][\w$]*\s*:/,
    'Put names and texts in double quotes; in a shell, put single quotes around the JSON, or send a file',
  ],
  [
    /:\s*(-?NaN|-?Infinity|None|True|False|undefined|nil)\b/,
    'JSON has no NaN, Infinity, None, True or undefined: send null, true or false, or omit the property',
  ],
  [/,\s*[}\]]/, 'Remove the comma before the closing bracket'],
  [/"[^"\n]*\n/, 'Escape line ends in texts as \\n: build the JSON with a library'],
]

export const BAD_GZIP: Why = [
  'the body could not be inflated',
  'Send a body compressed with gzip with Content-Encoding: gzip, any other without that header',
]
const GZIP: Why = ['it is gzip, and no Content-Encoding: gzip says so', 'Send Content-Encoding: gzip with it']
const GZIP_IN_BASE64: Why = [
  'data is gzip in base64',
  'Send JSON in base64; with Content-Encoding: gzip the whole body may be compressed',
]
const UTF_16: Why = ['it is UTF-16', 'Send UTF-8']

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** True for text with a byte order mark of UTF-16, or with a zero among its first two bytes. */
function isUtf16([first, second]: Uint8Array): boolean {
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return isMarked || (second !== undefined && (first === 0) !== (second === 0))
}

function shorten(name: string): string {
  const line = name.replace(/\s+/g, ' ')
  return line.length <= MAX_NAME_CHARS ? line : `${line.slice(0, MAX_NAME_CHARS)}…`
}
