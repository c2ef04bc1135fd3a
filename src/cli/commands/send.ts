import { hintAtName } from '../../core/near-name.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { CommandReader } from '../arguments.ts'

const ENDPOINTS = ['track', 'import', 'engage', 'groups'] as const

/** Records to send to a server. `file` is a path, or `-` for standard input. */
export interface SendCommand {
  readonly kind: 'send'
  readonly file: string
  readonly endpoint: (typeof ENDPOINTS)[number]
  readonly url: string | undefined
  readonly token: string | undefined
  readonly secret: string | undefined
  /** user:secret */
  readonly serviceAccount: string | undefined
  readonly projectId: string | undefined
  /** Requests at a time. */
  readonly concurrency: number
  /** Records at the beginning that are left out. */
  readonly skip: number
  readonly isStrict: boolean
  /** The URL may be one of Mixpanel. */
  readonly isReally: boolean
  readonly isJson: boolean
}

const HELP = `twinpanel send FILE: sends the records of a file to a running server, and says which were refused and why.
FILE is - for standard input, and may be gzip.

  --url URL                  the server: TWINPANEL_URL, or http://localhost:4100
  --endpoint ENDPOINT        track, import, engage or groups: track
  --token TOKEN              the project, in place of the token of each record
  --secret SECRET            credentials for import: the project's secret
  --service-account USER:SECRET, --project-id ID
                             or those of a service account
  --strict                   import with strict=1
  --concurrency N            requests at a time: 4, and 1 for profiles, whose updates must stay in order
  --skip N                   leave out the first N records: go on where an earlier run stopped
  --really                   send to a host of Mixpanel
  --json                     print the summary as JSON

FILE has one JSON object a line, or a JSON list of them, and may be larger than the memory. Requests have up to
2,000 records and 10 MB. A request that is answered 429 or 5xx, or not at all, is sent again.
Exit code: 0, 1 if a record was refused or the server failed, 2 if the arguments or the file are wrong.

  twinpanel send events.jsonl --token my-app
  twinpanel send export.jsonl.gz --endpoint import --token my-app
`

export const SEND: CommandReader<SendCommand> = {
  help: HELP,
  options: {
    url: { type: 'string' },
    endpoint: { type: 'string' },
    token: { type: 'string' },
    secret: { type: 'string' },
    'service-account': { type: 'string' },
    'project-id': { type: 'string' },
    concurrency: { type: 'string' },
    skip: { type: 'string' },
    strict: { type: 'boolean' },
    really: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  read: ({ values, flags, words, rest }) => {
    const [file, ...extra] = [...words, ...(rest ?? [])]
    if (file === undefined) {
      return err('Name a file of records, or - for standard input: twinpanel send events.jsonl')
    }
    if (extra.length > 0) return err(`twinpanel send takes one file, not ${extra.length + 1}.`)
    const asked = values.get('endpoint') ?? 'track'
    const endpoint = ENDPOINTS.find((each) => each === asked.replace(/^\//, ''))
    if (endpoint === undefined) {
      return err(`There is no endpoint ${JSON.stringify(asked)}. ${hintAtName(asked, ENDPOINTS)}`)
    }
    const isProfiles = endpoint === 'engage' || endpoint === 'groups'
    const concurrency = readCount('concurrency', values.get('concurrency') ?? (isProfiles ? '1' : '4'), 1, 64)
    if (!concurrency.ok) return concurrency
    const skip = readCount('skip', values.get('skip') ?? '0', 0, 999_999_999_999)
    if (!skip.ok) return skip
    const [secret, serviceAccount] = [values.get('secret'), values.get('service-account')]
    if (secret !== undefined && serviceAccount !== undefined) {
      return err('Use either --secret or --service-account.')
    }
    if (serviceAccount !== undefined && !serviceAccount.includes(':')) {
      return err('--service-account must be USER:SECRET.')
    }
    return ok({
      kind: 'send',
      file,
      endpoint,
      url: values.get('url'),
      token: values.get('token'),
      secret,
      serviceAccount,
      projectId: values.get('project-id'),
      concurrency: concurrency.value,
      skip: skip.value,
      isStrict: flags.has('strict'),
      isReally: flags.has('really'),
      isJson: flags.has('json'),
    })
  },
}

function readCount(name: string, text: string, least: number, most: number): Result<number, string> {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
  if (count >= least && count <= most) return ok(count)
  return err(`--${name} is ${JSON.stringify(text)}: it must be a whole number from ${least} to ${most}.`)
}
