import type { Json } from '../../core/json.ts'
import type { ExportAccess, ExportCommand } from '../commands/export.ts'
import { urlBelow } from '../server-url.ts'
import { profileLine } from './profile-line.ts'
import { ask, linesOf } from './read-lines.ts'

const MS_PER_DAY = 86_400_000

/** The records of a project as lines, from Twinpanel's own API. Throws `ExportError`. */
export async function* readFromProject(
  { isProfiles, from, to, event, where }: ExportCommand,
  { project, adminToken }: Extract<ExportAccess, { readonly kind: 'project' }>,
  url: URL,
): AsyncGenerator<string> {
  const query = new URLSearchParams({
    ...(event !== undefined && { event }),
    ...(from !== undefined && { from }),
    // Exclusive there.
    ...(to !== undefined && { to: String(Date.parse(to) + MS_PER_DAY) }),
    ...(where !== undefined && { where }),
  })
  const path = `/_twin/projects/${encodeURIComponent(project)}/export/${isProfiles ? 'profiles' : 'events'}`
  const headers = adminToken ? { authorization: `Bearer ${adminToken}` } : {}
  const lines = linesOf(await ask(urlBelow(url, path, query), { headers }))
  if (!isProfiles) {
    yield* lines
    return
  }
  for await (const some of lines) {
    const profiles = some.split('\n').filter((line) => line !== '')
    yield profiles.map((line) => profileLine(JSON.parse(line) as Json)).join('')
  }
}
