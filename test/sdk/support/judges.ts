import type { RawAnswer } from './raw-http.ts'

/*
 * What SDKs that the tests cannot run make of an answer, as their sources have it: `done`, the records are
 * forgotten; `kept`, they are sent again, after so many seconds if the SDK looks at Retry-After; `lost`, they are
 * forgotten and nobody hears of it; or an error that tells something.
 */

/** What an SDK makes of an answer. */
export type Judge = (answer: RawAnswer) => string

const told = (what: unknown) => `error: ${String(what)}`
const keep = (seconds?: string) => (seconds === undefined ? 'kept' : `kept ${seconds} s`)

/** Of mixpanel-python: the number 1 as `status`, else it raises `error`; it does not look at the HTTP status. */
export const python: Judge = ({ body }) => {
  const answer = parse(body)
  return field(answer, 'status') === 1 ? 'done' : told(field(answer, 'error'))
}

/** The same over https, where urllib3 tries again what it can before the SDK sees it. */
export const pythonOverHttps: Judge = (answer) => {
  const wait = answer.headers['retry-after']
  const isTriedAgain = answer.status >= 500 || (wait !== undefined && [413, 429].includes(answer.status))
  return isTriedAgain ? keep(wait) : python(answer)
}

/** Of mixpanel-ruby: 200 and the number 1 as `status`, else the ErrorHandler is told the status. */
export const ruby: Judge = ({ status, body }) =>
  status === 200 && field(parse(body), 'status') === 1 ? 'done' : told(status)

/** Of mixpanel-php: the trimmed body, and nothing else; the batch goes back into the queue. */
export const php: Judge = ({ body }) => (body.trim() === '1' ? 'done' : keep())

/** Of mixpanel-java: exactly 1, and no status from 400 on. */
export const java: Judge = ({ status, body }) => (status < 400 && body === '1' ? 'done' : told(status))

/** Of its strict imports. */
export const javaImport: Judge = ({ status, body }) => {
  if (status >= 400) return told(status)
  const answer = parse(body)
  return field(answer, 'status') === 'OK' && field(answer, 'code') === 200 ? 'done' : told(body)
}

/** Of mixpanel-go's Track: an object with a whole number as `status`, whatever the HTTP status. */
export const goTrack: Judge = ({ body }) => {
  const answer = parse(body)
  const status = field(answer, 'status')
  if (!Number.isInteger(status)) return told('no number as status')
  return status === 0 ? told(field(answer, 'error')) : 'done'
}

/** Of its profiles, groups and identities: 200 and a whole number that is not 0. */
export const goPeople: Judge = ({ status, body }) => {
  if (status !== 200) return told(`${status} ${body}`)
  const code = parse(body)
  return Number.isInteger(code) && code !== 0 ? 'done' : told(body)
}

/** Of its Import: an object of the right types for each status that it knows. */
export const goImport: Judge = ({ status, body }) => {
  const answer = parse(body)
  const isTyped = Number.isInteger(field(answer, 'code'))
  if (status === 200)
    return isTyped && Number.isInteger(field(answer, 'num_records_imported')) ? 'done' : told(body)
  if (![400, 401, 413, 429].includes(status)) return told(`unexpected status code: ${status}`)
  return told(isTyped ? field(answer, 'error') : body)
}

/** Of mixpanel-android: any 2xx; it waits as it is told after a 5xx only. */
export const android: Judge = ({ status, headers }) => {
  if (status >= 200 && status < 300) return 'done'
  return status >= 500 ? keep(headers['retry-after']) : keep()
}

/** Of mixpanel-swift: exactly 200; it waits as it is told after anything. */
export const swift: Judge = ({ status, headers }) => (status === 200 ? 'done' : keep(headers['retry-after']))

/** Of mixpanel-react-native in JavaScript: 200 and JSON; a 400 costs the first record. */
export const reactNative: Judge = ({ status, body }) => {
  if (status === 200 && parse(body) !== undefined) return 'done'
  return status === 400 ? 'lost' : keep()
}

/** Of mixpanel-unity: any 2xx. */
export const unity: Judge = ({ status }) => (status >= 200 && status < 300 ? 'done' : keep())

const TRIED_AGAIN = [408, 429, 500, 501, 502, 503, 504, 524]
/** Of mixpanel-import: JSON, of which it counts what was imported and what was not. */
export const mixpanelImport: Judge = ({ status, body }) => {
  if (TRIED_AGAIN.includes(status)) return keep()
  const answer = parse(body)
  if (answer === undefined) return told(body)
  const failed = field(answer, 'failed_records')
  if (Array.isArray(failed)) return told(failed.map((own) => field(own, 'message')))
  return Number(field(answer, 'num_records_imported')) > 0 ? 'done' : told(field(answer, 'error'))
}

/** Of Segment: a status that is no 2xx is given to each record, by the numbers and texts of the JSON. */
export const segment: Judge = ({ status, body }) => {
  if (status >= 200 && status < 300) return 'done'
  const answer = parse(body)
  const failed = field(answer, 'failed_records')
  if (field(answer, 'code') === 400 && Array.isArray(failed)) {
    return told(failed.map((own) => field(own, 'message')))
  }
  return told(`${String(field(answer, 'code'))} ${String(field(answer, 'error'))}`)
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
