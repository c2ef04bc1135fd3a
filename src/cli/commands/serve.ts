import type { Environment } from '../../config.ts'
import { err, ok } from '../../core/result.ts'
import type { CommandReader } from '../arguments.ts'

/** A server to run until a signal. `variables` take precedence over the environment. */
export interface ServeCommand {
  readonly kind: 'serve'
  readonly variables: Environment
  readonly isEphemeral: boolean
}

const VARIABLE_OF = {
  port: 'PORT',
  host: 'HOST',
  'database-url': 'DATABASE_URL',
  'data-dir': 'TWINPANEL_DATA_DIR',
} as const

const HELP = `twinpanel [serve] [options]: starts a server, which runs until Ctrl-C.

  --port PORT            port to listen on: 4100, or 0 for any free port
  --host HOST            address to listen on: 127.0.0.1
  --data-dir DIR         directory for the data: ./.twinpanel
  --ephemeral            keep the data only as long as the server runs
  --database-url URL     your own Postgres in place of the embedded one

It also reads the environment variables that .env.example lists, and the file .env in the current directory.
Options take precedence over both. LOG_LEVEL=info logs what it does, to standard error.

  twinpanel --port 0 --ephemeral
  TLS=self-signed LOG_LEVEL=info twinpanel
`

export const SERVE: CommandReader<ServeCommand> = {
  help: HELP,
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    ephemeral: { type: 'boolean' },
  },
  read: ({ values, flags, words, rest }) => {
    const extra = [...words, ...(rest ?? [])][0]
    if (extra !== undefined) return err(`twinpanel serve takes options only, not ${JSON.stringify(extra)}.`)
    const isEphemeral = flags.has('ephemeral')
    const named = ['data-dir', 'database-url'].find((name) => values.has(name))
    if (isEphemeral && named !== undefined) return err(`Use either --ephemeral or --${named}.`)
    const variables = Object.entries(VARIABLE_OF).map(
      ([name, variable]) => [variable, values.get(name)] as const,
    )
    const given = variables.filter(([, value]) => value !== undefined)
    return ok({ kind: 'serve', variables: Object.fromEntries(given), isEphemeral })
  },
}
