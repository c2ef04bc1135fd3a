import { describeMissing } from '../identity/placeholder.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { showValue } from '../refusals/words.ts'
import { type Finding, finding } from '../verdict/finding.ts'

const NONE: readonly Finding[] = []

/** Findings on ids of groups that name none: in properties of events, or as `$group_id`. In: the names of the ids. */
export function groupFindings(names: readonly string[], bag: JsonObject): readonly Finding[] {
  if (names.length === 0) return NONE
  return names.flatMap((field) => {
    const sent = bag[field] ?? null
    const [id = null] = isJsonArray(sent) ? sent : [sent]
    const what = describeNoGroup(id)
    return what === undefined ? [] : [finding('group.placeholder_id', { field, what })]
  })
}

function describeNoGroup(id: Json): string | undefined {
  if (isJsonObject(id)) return 'an object'
  const what = typeof id === 'string' ? describeMissing(id) : undefined
  return what === undefined ? undefined : `${showValue(id)} (${what})`
}
