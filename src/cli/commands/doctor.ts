import { err, ok } from '../../core/result.ts'
import type { CommandReader } from '../arguments.ts'

/** What to look at. */
export interface DoctorCommand {
  readonly kind: 'doctor'
  /** The folder in which to look for settings of SDKs. */
  readonly folder: string
  readonly isJson: boolean
}

const HELP = `twinpanel doctor [FOLDER]: says what would prevent a start, and which SDK settings in the folder to change.

  --json                 print JSON

It checks the variables, the port, the data directory, the embedded Postgres (by a start on a directory that is removed
at once) or DATABASE_URL (without changing anything there), and proxies in the environment. FOLDER is the current one.
Exit code: 0, 1 if something prevents a start.
`

export const DOCTOR: CommandReader<DoctorCommand> = {
  help: HELP,
  options: { json: { type: 'boolean' } },
  read: ({ flags, words, rest }) => {
    const [folder = '.', ...extra] = [...words, ...(rest ?? [])]
    if (extra.length > 0) return err(`twinpanel doctor takes one folder, not ${extra.length + 1}.`)
    return ok({ kind: 'doctor', folder, isJson: flags.has('json') })
  },
}
