import { farnessOf } from '../near-miss.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** The parameters of the export and of queries: openapi/export.openapi.yaml and openapi/query.openapi.yaml. */
const KNOWN: readonly string[] = [
  'action',
  'as_of_timestamp',
  'behaviors',
  'data_group_id',
  'distinct_id',
  'distinct_ids',
  'event',
  'filter_by_cohort',
  'format',
  'from_date',
  'include_all_users',
  'interval',
  'limit',
  'name',
  'on',
  'output_properties',
  'page',
  'project_id',
  'selector',
  'session_id',
  'time_in_ms',
  'to_date',
  'type',
  'unit',
  'values',
  'where',
  'workspace_id',
]

/** Names that older clients send, and that mean something else: they are like none of these. */
const OTHERS: readonly string[] = ['api_key', 'bucket', 'callback', 'expire', 'page_size', 'sig', 'token']

/** Names of which nothing is said. */
const IGNORED: ReadonlySet<string> = new Set([...KNOWN, ...OTHERS])

/** Longer names are no typing mistakes; shorter ones are like too many. */
const MAX_CHARS = 32
const MIN_CHARS = 2

/** Names that are looked at: more than any client sends. */
const MAX_NAMES = 32

/** Finds parameters that are ignored and spelt much like known ones (DIA-121). In: the names as sent. */
export function findMisspelt(names: readonly string[]): readonly Finding[] {
  return names.slice(0, MAX_NAMES).flatMap((name) => {
    const known = IGNORED.has(name) ? undefined : nearestTo(name)
    return known === undefined ? [] : [finding('query.misspelt_parameter', { name, known })]
  })
}

function nearestTo(name: string): string | undefined {
  if (name.length > MAX_CHARS || name.length < MIN_CHARS) return undefined
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const known of KNOWN) {
    const farness = farnessOf(known, name)
    if (farness === 2 || (farness === 1 && known.length <= MIN_CHARS)) continue
    const distance = farness * MAX_CHARS + Math.abs(known.length - name.length)
    if (distance < least) [nearest, least] = [known, distance]
  }
  return nearest
}
