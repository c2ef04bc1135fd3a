import { NOT_UTF8 } from '../answers/import.ts'
import { identifiedIdOf } from '../identity/claim.ts'
import { sentDistinctId } from '../identity/distinct-id.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MAX_DEPTH } from '../limits.ts'
import { isDeeperThan } from '../measure.ts'
import { countProperties } from '../normalise/reserved.ts'
import { parseTimeMs } from '../normalise/time.ts'
import type { ImportError } from '../validate/import.ts'
import { readTime } from '../validate/track.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { explainEvent, explainNoId, explainProperties } from './event.ts'
import { explainInsertId } from './insert-id.ts'
import { type Explained, explained } from './sentences.ts'
import { explainNoObject, explainShape } from './shape.ts'
import { explainSize } from './size.ts'
import { bagIn } from './spellings.ts'
import { explainNoTime, explainRefusedTime, explainTimeText } from './time.ts'
import { showValue } from './words.ts'

type Explain = (record: JsonObject, properties: JsonObject, nowMs: number) => Explained

const BY_FIELD: ReadonlyMap<string, Explain> = new Map<string, Explain>([
  [
    '',
    (record) => (Object.keys(record).length === 0 ? explainNoObject(record, '/import') : explainSize(record)),
  ],
  ['event', (record) => explainEvent(record, '/import')],
  ['properties', explainPropertiesField],
  ['properties.time', explainTime],
  ['properties.distinct_id', explainId],
  ['$insert_id', explainInsertId],
  ['properties.$insert_id', explainInsertId],
  ['properties.$distinct_ids', (_record, properties) => explainMergedIds(properties)],
])

/** The finding on a record that /import refuses: what is wrong with it, and what to send instead (IMP-14). */
export function invalidImportFinding(error: ImportError, record: Json, nowMs: number): Finding {
  return finding('record.invalid', { reason: error.message, ...explainError(error, record, nowMs) })
}

function explainError({ field, message }: ImportError, record: Json, nowMs: number): Explained {
  if (!isJsonObject(record)) return explainNoObject(record, '/import')
  const properties = bagIn(record, 'properties')
  if (message.endsWith(NOT_UTF8)) return explained('value.not_utf8', { field })
  const explain = BY_FIELD.get(field)
  return explain === undefined ? explainValue(field, properties) : explain(record, properties, nowMs)
}

function explainPropertiesField(record: JsonObject): Explained {
  const { properties } = record
  return isJsonObject(properties)
    ? explained('properties.too_many', { count: countProperties(properties) })
    : explainProperties(record, '/import')
}

function explainTime(record: JsonObject, properties: JsonObject, nowMs: number): Explained {
  const time = readTime(properties)
  if (time === undefined) return explainShape(record, '/import') ?? explainNoTime(record, properties)
  return parseTimeMs(time) === undefined ? explainTimeText(time) : explainRefusedTime(time, nowMs)
}

function explainId(record: JsonObject, properties: JsonObject): Explained {
  const id = record['event'] === '$identify' ? identifiedIdOf(properties) : sentDistinctId(properties)
  return id === undefined ? explainNoId(record) : explained('id.disallowed', { value: showValue(id) })
}

function explainMergedIds(properties: JsonObject): Explained {
  const sent = properties['$distinct_ids']
  const name = ['distinct_ids', 'distinctIds', '$distinct_id', 'ids'].find((other) =>
    isJsonArray(properties[other]),
  )
  if (sent === undefined && name !== undefined) {
    const place = `in properties, as ${name}`
    return explained('id.elsewhere', { what: 'the list of ids', place, field: 'properties.$distinct_ids' })
  }
  const isNotText = isJsonArray(sent) && sent.length === 2
  const what = isNotText
    ? 'a list of other values than strings'
    : isJsonArray(sent)
      ? `a list of ${sent.length}`
      : showValue(sent ?? null)
  return explained('merge.ids', { what })
}

/** Rows 17 and 18 of IMP-14: a property that is too deep, or too wide. */
function explainValue(field: string, properties: JsonObject): Explained {
  const value = properties[field.slice('properties.'.length)] ?? null
  return explained(isDeeperThan(value, MAX_DEPTH) ? 'value.deep' : 'value.wide', { field })
}
