import type { JsonObject, Verdict } from '../api/types.ts'
import { shortJson } from '../ui/json.tsx'
import { OutcomeMark } from '../ui/marks.tsx'
import { clockTime } from '../ui/time.ts'
import { type LiveRow, propertiesOf } from './row.ts'

/** Properties that SDKs and the server add to every event, which are of little interest. */
export const COMMON = /^(\$|mp_|token$|distinct_id$|time$|alias$)/

export function LiveLine({ row }: { readonly row: LiveRow }) {
  const properties = row.stored?.properties ?? propertiesOf(row.sent)
  const verdict = gravest(row)
  return (
    <div class="line">
      <time class="line-time" dateTime={new Date(row.receivedMs).toISOString()}>
        {clockTime(row.receivedMs)}
      </time>
      <OutcomeMark outcome={row.outcome} />
      <span class="line-name">{row.name}</span>
      <span class="line-user">{row.user === '' ? 'nobody' : row.user}</span>
      {verdict === undefined ? (
        <span class="line-rest">{previewOf(properties)}</span>
      ) : (
        <span class={`line-rest severity-${verdict.severity}`} title={verdict.message}>
          {verdict.code}
          {row.verdicts.length > 1 && ` +${row.verdicts.length - 1}`}
        </span>
      )}
    </div>
  )
}

/** The most severe verdict; undefined without one. */
function gravest({ verdicts }: LiveRow): Verdict | undefined {
  return (['error', 'warning', 'info'] as const)
    .map((severity) => verdicts.find((verdict) => verdict.severity === severity))
    .find((found) => found !== undefined)
}

/** The first properties that the sender has set itself, in one line. */
export function previewOf(properties: JsonObject): string {
  const distinctive = Object.entries(properties).filter(([name]) => !COMMON.test(name))
  return distinctive
    .slice(0, 6)
    .map(([name, value]) => `${name}: ${shortJson(value)}`)
    .join('  ')
    .slice(0, 200)
}
