import type { InterceptedRequests, Outcome } from '../intercept/intercept.ts'
import { alignColumns } from './tabulate.ts'

/** What is said before the requests of each outcome, in this order. */
const HEADS: readonly (readonly [Outcome, string])[] = [
  ['answered', 'Twinpanel has answered these requests, which were addressed to Mixpanel:'],
  [
    'untrusted',
    'These clients did not trust the certificate, and sent nothing; its file is in TWINPANEL_CA_FILE:',
  ],
  ['refused', 'These requests to other hosts were refused (--pass-through HOST lets them through):'],
  ['passed', 'These requests were let through:'],
]
const NONE = 'No request to Mixpanel has reached the proxy.'
const UNAUTHORIZED =
  'Credentials that Twinpanel does not know were refused with 401. --project TOKEN accepts any, for the project with that token.'
const MAX_ROWS = 40

/** What was sent in a run, as lines for standard error. */
export function describeRequests(requests: readonly InterceptedRequests[]): string {
  const parts = HEADS.flatMap(([outcome, head]) => {
    const own = requests.filter((each) => each.outcome === outcome)
    if (own.length === 0) return []
    const more = own.length > MAX_ROWS ? [`  … and ${own.length - MAX_ROWS} more`] : []
    const rows = alignColumns(own.slice(0, MAX_ROWS).map(rowOf))
    return [head, ...rows.map((line) => `  ${line}`), ...more]
  })
  const lines = requests.some(({ outcome }) => outcome === 'answered') ? parts : [NONE, ...parts]
  return [...lines, ...(requests.some(({ unauthorized }) => unauthorized > 0) ? [UNAUTHORIZED] : [])].join(
    '\n',
  )
}

function rowOf({ count, method, host, path, tokens }: InterceptedRequests): readonly string[] {
  const projects =
    tokens.length === 0 ? '' : `${tokens.length === 1 ? 'project' : 'projects'} ${tokens.join(', ')}`
  return [`${count}`, method, `${host}${path}`, projects]
}
