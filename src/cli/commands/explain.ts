import { err, ok } from '../../core/result.ts'
import type { CommandReader } from '../arguments.ts'

/** Records to explain. `file` is a path, or `-` for standard input. */
export interface ExplainCommand {
  readonly kind: 'explain'
  readonly file: string
  readonly endpoint: 'track' | 'import'
  readonly isJson: boolean
}

const HELP = `twinpanel explain FILE: says what records would do in each identity system, without a server.
FILE is - for standard input.

  --endpoint track|import    the endpoint that they are sent to: track
  --json                     print JSON

FILE has records as an SDK sends them: a JSON list, or one JSON object a line. Or a request as the network panel of
a browser copies it: its payload (data=…, base64), its curl command, or a HAR file. It may be gzip.
Exit code: 0, 1 if a record has a problem, 2 if there are no records to read.

  twinpanel explain events.json
`

export const EXPLAIN: CommandReader<ExplainCommand> = {
  help: HELP,
  options: { endpoint: { type: 'string' }, json: { type: 'boolean' } },
  read: ({ values, flags, words, rest }) => {
    const [file, ...extra] = [...words, ...(rest ?? [])]
    if (file === undefined) {
      return err('Name a file of records, or - for standard input: twinpanel explain events.json')
    }
    if (extra.length > 0) return err(`twinpanel explain takes one file, not ${extra.length + 1}.`)
    const endpoint = values.get('endpoint') ?? 'track'
    if (endpoint !== 'track' && endpoint !== 'import') {
      return err(`--endpoint is ${JSON.stringify(endpoint)}: it must be track or import.`)
    }
    return ok({ kind: 'explain', file, endpoint, isJson: flags.has('json') })
  },
}
