import { recordOf } from '../explain/hand-over.ts'
import { shellWord } from '../setup/quote.ts'
import { isObject, type LiveRow } from './row.ts'

/** The endpoints to which a record can be sent again. */
const PATHS = ['/import', '/engage', '/groups', '/track'] as const

/**
 * A curl command that sends a record to this server again, as it was sent, and asks for its verdicts; undefined if it
 * is no record. In: the project's token, of which verdicts only keep the end.
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
