import { resolve } from 'node:path'
import type { Config } from '../config.ts'
import type { StartedServer } from '../server/start-server.ts'
import type { Style } from './style.ts'

interface Introduced {
  readonly server: Pick<StartedServer, 'url' | 'dataDir'>
  readonly config: Config
  readonly isEphemeral: boolean
  /** Commands are for `cmd` and PowerShell. */
  readonly isWindows: boolean
}

const TOKEN = 'my-app'

/** What a person at a terminal wants to know first: the page, where the data are, and a first event to paste. */
export function introduce({ server, config, isEphemeral, isWindows }: Introduced, style: Style): string {
  const url = server.url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:)/, '//localhost')
  const data = server.dataDir === undefined ? 'the database in DATABASE_URL' : resolve(server.dataDir)
  const curl = curlFor(config, isWindows)
  const record = { event: 'Signed up', properties: { token: TOKEN, distinct_id: 'charlie' } }
  // Where unknown tokens make no project, the first event would be dropped.
  const create = curl(`${url}/_twin/projects`, { token: TOKEN }, config.adminToken !== undefined)
  const first = curl(`${url}/track?verbose=1`, [record], false)
  const commands = config.unknownTokens === 'create' ? [first] : [create, first]
  return `
  ${style.dim('page')}   ${style.strong(`${url}/_twin/`)}
  ${style.dim('data')}   ${data}${isEphemeral ? ' (removed at the stop)' : ''}

  ${config.unknownTokens === 'create' ? 'A first event:' : 'A project, and a first event:'}

${commands.map((command) => `  ${command}\n`).join('')}
  Ctrl-C stops it.
`
}

function curlFor(config: Config, isWindows: boolean) {
  const quote = (text: string) =>
    isWindows ? `"${text.replaceAll('"', '\\"')}"` : `'${text.replaceAll("'", `'\\''`)}'`
  const insecure = config.tls?.kind === 'self-signed' ? ' -k' : ''
  const variable = isWindows ? '%TWINPANEL_ADMIN_TOKEN%' : '$TWINPANEL_ADMIN_TOKEN'
  const next = isWindows ? ' ' : ' \\\n    '
  return (url: string, body: unknown, needsToken: boolean) => {
    const token = needsToken ? `${next}-H "Authorization: Bearer ${variable}"` : ''
    const json = `-H ${quote('Content-Type: application/json')}`
    return `curl${insecure} ${quote(url)} ${json}${token}${next}-d ${quote(JSON.stringify(body))}`
  }
}
