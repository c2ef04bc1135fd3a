import { adviceOn, whyNoAnswer } from '../server-url.ts'
import { ExportError } from './export-error.ts'

/** The line with which Mixpanel ends an export that it could not finish. */
const CUT_SHORT = /^(export )?terminated early$/m

/** Asks a server. Throws `ExportError` for an answer other than 200. */
export async function ask(url: string, init: RequestInit): Promise<Response> {
  const { origin } = new URL(url)
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (error) {
    const reason = whyNoAnswer(error)
    throw new ExportError(`No answer from ${origin} (${reason}). ${adviceOn(reason)}`)
  }
  if (response.ok) return response
  throw new ExportError(await describeRefusal(response, origin))
}

/** A problem of Twinpanel is a sentence for the user; anything else is shown as it came. */
async function describeRefusal(response: Response, origin: string): Promise<string> {
  const text = (await response.text().catch(() => '')).trim()
  try {
    const { detail } = JSON.parse(text) as { readonly detail?: unknown }
    if (typeof detail === 'string') return detail
  } catch {
    // Plain text, as the raw export answers.
  }
  return `${origin} answered ${response.status}: ${text.slice(0, 500) || response.statusText}`
}

/** The lines of an answer, some at a time. Throws `ExportError` if they do not come to their end. */
export async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = ''
  for await (const text of textOf(response)) {
    const lines = rest + text
    const end = lines.lastIndexOf('\n') + 1
    rest = lines.slice(end)
    if (end === 0) continue
    const whole = lines.slice(0, end)
    if (CUT_SHORT.test(whole)) throw new ExportError('The server ended the export early: it is not complete.')
    yield whole
  }
  if (rest !== '')
    throw new ExportError(`The export ends within a line: ${JSON.stringify(rest.slice(0, 80))}.`)
}

async function* textOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  try {
    for await (const bytes of response.body ?? []) yield decoder.decode(bytes as Uint8Array, { stream: true })
  } catch (error) {
    throw new ExportError(`The connection was lost (${whyNoAnswer(error)}): the export is not complete.`)
  }
}
