import { err, ok } from '../../core/result.ts'
import type { InterceptOptions, TwinpanelOptions } from '../../package/options.ts'
import type { CommandReader, Given } from '../arguments.ts'

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
  --intercept            answer for Mixpanel's hosts, through a proxy that the command is told of; refuse other
                         hosts, and list what was sent at the end
  --pass-through HOST,…  other hosts that may be reached: example.com, *.example.com, or * for all
  --project TOKEN        with --intercept: a project that any secret and service account gives access to

Without --data-dir and --database-url the data is removed afterwards. exec does not read the environment
variables of the server, so that the DATABASE_URL of your application is not used.

  twinpanel exec -- npm test
  twinpanel exec --intercept -- npm test
`

export const EXEC: CommandReader<ExecCommand> = {
  help: HELP,
  options: {
    port: { type: 'string' },
    'database-url': { type: 'string' },
    'data-dir': { type: 'string' },
    intercept: { type: 'boolean' },
    'pass-through': { type: 'string' },
    project: { type: 'string' },
  },
  read: ({ values, flags, words, rest }) => {
    if (words.length > 0) {
      return err(`Put -- before the command: twinpanel exec -- ${[...words, ...(rest ?? [])].join(' ')}`)
    }
    const [program, ...args] = rest ?? []
    if (program === undefined) return err('Name the command to run: twinpanel exec -- npm test')
    const intercept = flags.has('intercept') ? readIntercept(values) : undefined
    const ofIntercept = ['pass-through', 'project'].find((name) => values.has(name))
    if (ofIntercept !== undefined && intercept === undefined) {
      return err(`Use --${ofIntercept} with --intercept.`)
    }
    const [port, databaseUrl, dataDir] = ['port', 'database-url', 'data-dir'].map((name) => values.get(name))
    const options = {
      ...(port === undefined ? {} : { port: Number(port) }),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      ...(dataDir === undefined ? {} : { dataDir }),
      ...(intercept === undefined ? {} : { intercept }),
    }
    return ok({ kind: 'exec', options, program, args })
  },
}

function readIntercept(values: Given['values']): InterceptOptions {
  const [hosts, project] = [values.get('pass-through'), values.get('project')]
  return {
    ...(hosts === undefined ? {} : { passThrough: hosts.split(',').map((host) => host.trim()) }),
    ...(project === undefined ? {} : { project }),
  }
}
