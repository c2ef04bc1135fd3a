import { err, ok } from '../../core/result.ts'
import type { CommandReader } from '../arguments.ts'

/** Which database to distribute. */
export interface DistributeCommand {
  readonly kind: 'distribute'
  /** Undefined for that of DATABASE_URL. */
  readonly databaseUrl: string | undefined
}

const HELP = `twinpanel distribute: moves the tables of a database to the workers of its Citus cluster.

  --database-url URL     the coordinator's database; by default DATABASE_URL

It takes as long as copying the events. Stop all servers first, and make a backup. A new database needs no command: the
first server that starts on an empty one distributes it.
Exit code: 0, 1 if nothing was done.
`

export const DISTRIBUTE: CommandReader<DistributeCommand> = {
  help: HELP,
  options: { 'database-url': { type: 'string' } },
  read: ({ values, words, rest }) => {
    if (words.length > 0 || rest !== undefined)
      return err('twinpanel distribute takes no arguments but options.')
    return ok({ kind: 'distribute', databaseUrl: values.get('database-url') })
  },
}
