import { isJsonObject, type Json } from '../../core/json.ts'
import { ExportError } from './export-error.ts'

/**
 * A profile as an update that creates it, with the time of its last change in `$time`. In: a profile as Mixpanel's
 * queries have it, `$distinct_id` and `$properties`.
 */
export function profileLine(profile: Json): string {
  const all = isJsonObject(profile) ? profile['$properties'] : undefined
  if (!isJsonObject(profile) || !isJsonObject(all)) {
    throw new ExportError(`The server sent ${JSON.stringify(profile).slice(0, 80)} in place of a profile.`)
  }
  const { $last_seen: lastSeen, ...properties } = all
  const at = typeof lastSeen === 'string' ? Date.parse(`${lastSeen}Z`) : Number.NaN
  const time = Number.isNaN(at) ? {} : { $time: at / 1_000 }
  return `${JSON.stringify({ $distinct_id: profile['$distinct_id'], ...time, $set: properties })}\n`
}
