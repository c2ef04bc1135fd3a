import { err, ok } from '../../core/result.ts'
import type { TwinpanelOptions } from '../../package/options.ts'
import type { CommandReader } from '../arguments.ts'

/** A command to run with a server of its own, and the options of the server. */
export interface ExecCommand {
  readonly kind: 'exec'
  readonly options: TwinpanelOptions
  readonly program: string
  readonly args: readonly string[]
}

const HELP = `twinpanel exec [options] -- COMMAND: runs a command with a server of its own, whose address is in
TWINPANEL_URL, and ends with the exit code of the command.

  --port PORT            port to listen on; without it any free one
  --data-dir DIR         keep the data in this directory
  --database-url URL     your own Postgres in place of the embedded one

Without --data-dir and --database-url the data is removed afterwards. exec does not read the environment
variables of the server, so that the DATABASE_URL of your application is not used.

  twinpanel exec -- npm test
`

export const EXEC: CommandReader<ExecCommand> = {
  help: HELP,
  options: { port: { type: 'string' }, 'database-url': { type: 'string' }, 'data-dir': { type: 'string' } },
  read: ({ values, words, rest }) => {
    if (words.length > 0) {
      return err(`Put -- before the command: twinpanel exec -- ${[...words, ...(rest ?? [])].join(' ')}`)
    }
    const [program, ...args] = rest ?? []
    if (program === undefined) return err('Name the command to run: twinpanel exec -- npm test')
    const [port, databaseUrl, dataDir] = ['port', 'database-url', 'data-dir'].map((name) => values.get(name))
    const options = {
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(dataDir === undefined ? {} : { dataDir }),
    }
    return ok({ kind: 'exec', options, program, args })
  },
}
