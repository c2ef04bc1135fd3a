import { recordOf } from '../explain/hand-over.ts'
import { shellWord } from '../setup/quote.ts'
import { isObject, type LiveRow } from './row.ts'

/** The endpoints that a record can be sent to again. */
const PATHS = ['/import', '/engage', '/groups', '/track'] as const

/**
 * A record as a command that sends it to this server again, as it was sent, and asks for its verdicts; undefined
 * for what is no record. In: the project's token, which verdicts keep the end of only.
 */
export function asCurl(row: LiveRow, token: string, origin: string): string | undefined {
  const record = recordOf(row, token)
  if (!isObject(record)) return undefined
  const path = pathOf(row)
  const lines = [
    `curl ${shellWord(`${origin}${path}?${path === '/import' ? 'strict=1' : 'verbose=1'}&explain=1`)}`,
    ...(path === '/import' ? [`  -u ${shellWord(`${token}:`)}`] : []),
    `  -H 'Content-Type: application/json'`,
    `  -d ${shellWord(JSON.stringify([record]))}`,
  ]
  return lines.join(' \\\n')
}

function pathOf({ stored, verdicts }: LiveRow): string {
  const endpoint = verdicts[0]?.endpoint ?? ''
  const isImported = stored?.properties['$import'] === true
  return PATHS.find((path) => endpoint.startsWith(path)) ?? (isImported ? '/import' : '/track')
}
