import { isJsonObject, type Json } from '../../core/json.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { SendCommand } from '../commands/send.ts'
import { basic, DEFAULT_URL, readServerUrl, urlBelow } from '../server-url.ts'

/** Where requests go, and with which headers. */
export interface Target {
  readonly url: string
  /** As it may be shown. */
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

const MIXPANEL = /(^|\.)(mixpanel\.com|mxpnl\.com)$/i

/** The requests of a command. Error: a sentence that says what is missing, or forbidden. */
export function targetOf(command: SendCommand, envUrl: string | undefined): Result<Target, string> {
  const server = readServerUrl(command.url ?? envUrl)
  if (!server.ok) return server
  const { endpoint, isReally, isStrict, projectId } = command
  const url = server.value
  if (MIXPANEL.test(url.hostname) && !isReally) {
    return err(
      `${url.origin} is Mixpanel itself: the records would go into a real project. Add --really if that is what ` +
        `you want, or --url ${DEFAULT_URL} to send them to a server of yours.`,
    )
  }
  const credentials = credentialsOf(command)
  if (!credentials.ok) return credentials
  const query = new URLSearchParams({ verbose: '1' })
  if (endpoint === 'import') query.set('strict', isStrict ? '1' : '0')
  if (projectId !== undefined) query.set('project_id', projectId)
  // Mixpanel does not know it.
  if (!MIXPANEL.test(url.hostname)) query.set('explain', '1')
  return ok({
    url: urlBelow(url, `/${endpoint}`, query),
    origin: url.origin,
    headers: { 'content-type': 'application/json', ...credentials.value },
  })
}

function credentialsOf(command: SendCommand): Result<Readonly<Record<string, string>>, string> {
  const { endpoint, secret, serviceAccount, projectId, token } = command
  if (serviceAccount !== undefined && projectId === undefined) {
    return err('--service-account needs --project-id, the number of the project.')
  }
  const pair = serviceAccount ?? (secret === undefined ? undefined : `${secret}:`)
  const shown = pair ?? (endpoint === 'import' && token !== undefined ? `${token}:` : undefined)
  if (shown === undefined && endpoint === 'import') {
    return err('/import needs credentials: --token, --secret, or --service-account with --project-id.')
  }
  return ok(shown === undefined ? {} : { authorization: basic(shown) })
}

/** Puts a token in place of that of each record. Imports need none in the record: their credentials name the project. */
export function tokenWriter({
  endpoint,
  token,
}: Pick<SendCommand, 'endpoint' | 'token'>): (record: Json, text: string) => string {
  if (token === undefined) return (_record, text) => text
  if (endpoint === 'engage' || endpoint === 'groups') {
    return (record, text) =>
      isJsonObject(record) && record['$token'] !== token ? JSON.stringify({ ...record, $token: token }) : text
  }
  return (record, text) => {
    const properties = isJsonObject(record) ? record['properties'] : undefined
    if (!isJsonObject(record) || !isJsonObject(properties) || properties['token'] === token) return text
    if (endpoint === 'import' && !('token' in properties)) return text
    return JSON.stringify({ ...record, properties: { ...properties, token } })
  }
}
