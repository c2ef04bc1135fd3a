import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { anonIdOf, identifiedIdOf, mergedIdsOf } from './claim.ts'
import { idText, sentDistinctId } from './distinct-id.ts'
import { DEVICE_PREFIX, type IdManagement } from './model.ts'

/** The two ids that a record would have joined, the user's first; undefined if it names fewer than two. */
export function refusedPair(mode: IdManagement, record: Json): readonly [string, string] | undefined {
  if (!isJsonObject(record)) return undefined
  const { event, properties = null } = record
  if (!isJsonObject(properties)) return undefined
  const [one, other] = namedIds(mode, event, properties)
  return one === undefined || other === undefined || one === other ? undefined : [one, other]
}

type NamedIds = readonly [string | undefined, string | undefined]

function namedIds(mode: IdManagement, event: Json | undefined, properties: JsonObject): NamedIds {
  const toDevice = (id: string | undefined) => (mode === 'simplified' ? withPrefix(id) : id)
  switch (event) {
    case '$create_alias':
      return [sentDistinctId(properties), idText(properties['alias'])]
    case '$identify':
      return [identifiedIdOf(properties), toDevice(anonIdOf(properties) ?? idText(properties['$device_id']))]
    case '$merge':
      return mergedIdsOf(properties) ?? [undefined, undefined]
    default:
      return [
        idText(properties['$user_id']) ?? sentDistinctId(properties),
        toDevice(idText(properties['$device_id'])),
      ]
  }
}

function withPrefix(id: string | undefined): string | undefined {
  return id === undefined || id.startsWith(DEVICE_PREFIX) ? id : DEVICE_PREFIX + id
}
