import { err, ok, type Result } from '../../core/result.ts'
import type { CommandReader } from '../arguments.ts'

/** Records to write as JSON lines. `file` is a path, or `-` for standard output. Dates are inclusive days in UTC. */
export interface ExportCommand {
  readonly kind: 'export'
  readonly file: string
  readonly isGzip: boolean
  readonly url: string | undefined
  readonly access: ExportAccess
  readonly isProfiles: boolean
  readonly from: string | undefined
  readonly to: string | undefined
  readonly event: string | undefined
  readonly where: string | undefined
}

/** Through the project's API of Twinpanel, or through Mixpanel's API with the project's secret or a service account. */
export type ExportAccess =
  | { readonly kind: 'project'; readonly project: string; readonly adminToken: string | undefined }
  /** `pair` is user:secret. */
  | { readonly kind: 'credentials'; readonly pair: string; readonly projectId: string | undefined }

const HELP = `twinpanel export [FILE]: writes the events of a project as JSON lines, which send --endpoint import reads.
Without FILE, or with -, it writes to standard output. A FILE that ends in .gz is gzip.

  --project TOKEN            the project, by its token or id
  --admin-token TOKEN        the server's, if it has one: TWINPANEL_ADMIN_TOKEN
  --secret SECRET            or the project by its secret, with Mixpanel's API
  --service-account USER:SECRET, --project-id ID
                             or by a service account, with Mixpanel's API
  --url URL                  the server: TWINPANEL_URL, or http://localhost:4100
  --profiles                 the profiles of users instead, which send --endpoint engage reads
  --from DATE, --to DATE     days in UTC, such as 2026-01-31, both inclusive
  --event NAME               only events of this name
  --where EXPRESSION         only what a segmentation expression selects, as in queries of Mixpanel
  --gzip                     compress standard output too

FILE is complete or not there: it gets its name when everything is written.
Exit code: 0, 1 if the server failed or the file could not be written, 2 if the arguments are wrong.

  twinpanel export events.jsonl.gz --project my-app
  twinpanel export --project my-app | head -1
`

export const EXPORT: CommandReader<ExportCommand> = {
  help: HELP,
  options: {
    url: { type: 'string' },
    project: { type: 'string' },
    'admin-token': { type: 'string' },
    secret: { type: 'string' },
    'service-account': { type: 'string' },
    'project-id': { type: 'string' },
    profiles: { type: 'boolean' },
    from: { type: 'string' },
    to: { type: 'string' },
    event: { type: 'string' },
    where: { type: 'string' },
    gzip: { type: 'boolean' },
  },
  read: ({ values, flags, words, rest }) => {
    const [file = '-', ...extra] = [...words, ...(rest ?? [])]
    if (extra.length > 0) return err(`twinpanel export takes one file, not ${extra.length + 1}.`)
    const access = readAccess(values)
    if (!access.ok) return access
    for (const name of ['from', 'to']) {
      const day = values.get(name)
      if (day !== undefined && !isDay(day)) {
        return err(`--${name} is ${JSON.stringify(day)}: it must be a day such as 2026-01-31.`)
      }
    }
    const isProfiles = flags.has('profiles')
    const onEvents = ['from', 'to', 'event'].find((name) => values.has(name))
    if (isProfiles && onEvents !== undefined)
      return err(`--${onEvents} is about events: leave out --profiles.`)
    return ok({
      kind: 'export',
      file,
      isGzip: flags.has('gzip') || file.endsWith('.gz'),
      url: values.get('url'),
      access: access.value,
      isProfiles,
      from: values.get('from'),
      to: values.get('to'),
      event: values.get('event'),
      where: values.get('where'),
    })
  },
}

function readAccess(values: ReadonlyMap<string, string>): Result<ExportAccess, string> {
  const [project, secret, account] = ['project', 'secret', 'service-account'].map((name) => values.get(name))
  const given = [project, secret, account].filter((each) => each !== undefined)
  if (given.length > 1) return err('Use one of --project, --secret and --service-account.')
  const projectId = values.get('project-id')
  if (project !== undefined) return ok({ kind: 'project', project, adminToken: values.get('admin-token') })
  if (secret !== undefined) return ok({ kind: 'credentials', pair: `${secret}:`, projectId })
  if (account === undefined) return err('Name the project: twinpanel export --project my-app')
  if (!account.includes(':')) return err('--service-account must be USER:SECRET.')
  if (projectId === undefined) return err('--service-account needs --project-id, the number of the project.')
  return ok({ kind: 'credentials', pair: account, projectId })
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
}
