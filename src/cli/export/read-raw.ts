import { isJsonArray, isJsonObject, type Json } from '../../core/json.ts'
import type { ExportAccess, ExportCommand } from '../commands/export.ts'
import { basic, urlBelow, whyNoAnswer } from '../server-url.ts'
import { ExportError } from './export-error.ts'
import { profileLine } from './profile-line.ts'
import { ask, linesOf } from './read-lines.ts'

type Credentials = Extract<ExportAccess, { readonly kind: 'credentials' }>

/** No event is older: that is the earliest time that /import takes. */
const FIRST_DAY = '1971-01-01'

/** The events of a project as lines, from the raw export of Mixpanel's API. Throws `ExportError`. */
export async function* readRawEvents(
  { from, to, event, where }: ExportCommand,
  { pair, projectId }: Credentials,
  url: URL,
): AsyncGenerator<string> {
  const query = new URLSearchParams({
    from_date: from ?? FIRST_DAY,
    to_date: to ?? new Date().toISOString().slice(0, 10),
    time_in_ms: 'true',
    ...(event !== undefined && { event: JSON.stringify([event]) }),
    ...(where !== undefined && { where }),
    ...(projectId !== undefined && { project_id: projectId }),
  })
  const headers = { authorization: basic(pair) }
  yield* linesOf(await ask(urlBelow(url, '/api/2.0/export', query), { headers }))
}

/** The profiles of a project as lines, from the profile query of Mixpanel's API. Throws `ExportError`. */
export async function* readRawProfiles(
  { where }: ExportCommand,
  { pair, projectId }: Credentials,
  url: URL,
): AsyncGenerator<string> {
  const query = new URLSearchParams(projectId === undefined ? {} : { project_id: projectId })
  const address = urlBelow(url, '/api/query/engage', query)
  const headers = { authorization: basic(pair) }
  let session: string | undefined
  for (let page = 0; ; page += 1) {
    const body = new URLSearchParams({
      ...(where !== undefined && { where }),
      ...(session !== undefined && { session_id: session, page: String(page) }),
    })
    const answer = readPage(await jsonOf(await ask(address, { method: 'POST', headers, body })))
    yield answer.results.map(profileLine).join('')
    if (answer.results.length < answer.pageSize || answer.session === undefined) return
    session = answer.session
  }
}

interface ProfilePage {
  readonly results: readonly Json[]
  readonly pageSize: number
  readonly session: string | undefined
}

function readPage(answer: Json): ProfilePage {
  const results = isJsonObject(answer) ? answer['results'] : undefined
  if (!isJsonObject(answer) || !isJsonArray(results)) throw new ExportError('The answer has no profiles.')
  const { page_size: size, session_id: session } = answer
  return {
    results,
    pageSize: typeof size === 'number' ? size : 1_000,
    session: typeof session === 'string' ? session : undefined,
  }
}

async function jsonOf(response: Response): Promise<Json> {
  try {
    return (await response.json()) as Json
  } catch (error) {
    throw new ExportError(`The answer cannot be read (${whyNoAnswer(error)}): the export is not complete.`)
  }
}
