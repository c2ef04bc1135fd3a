import { isJsonArray, isJsonObject, type Json } from '../json.ts'
import { toStorable } from '../normalise/text.ts'
import { err, ok, type Result } from '../result.ts'

/** A request for the data of users, or for its deletion. */
export type TaskKind = 'retrieval' | 'deletion'

/** The steps of a task, in order (GDP-04). */
export const TASK_STEPS = ['PENDING', 'STAGING', 'STARTED', 'SUCCESS'] as const

export type TaskStep = (typeof TASK_STEPS)[number]

/** The status of a task; REVOKED is a cancelled deletion. */
export type TaskStatus = TaskStep | 'REVOKED'

/** The law that a request is based on. */
export type ComplianceType = 'GDPR' | 'CCPA'

/** What a retrieval under the CCPA discloses. */
export type DisclosureType = 'DATA' | 'CATEGORIES' | 'SOURCES'

/** A request about the data of users (GDP-02). */
export interface TaskRequest {
  readonly complianceType: ComplianceType
  readonly disclosureType: DisclosureType
  readonly distinctIds: readonly string[]
}

/** An accepted request. */
export interface DataTask extends TaskRequest {
  readonly trackingId: string
  readonly kind: TaskKind
  readonly status: TaskStatus
  /** Ms since the epoch. */
  readonly requestedAtMs: number
}

/** Ids in one request (GDP-03, CON-35). */
const MAX_IDS = { retrieval: 2_000, deletion: 1_999 } as const satisfies Record<TaskKind, number>

const COMPLIANCE: readonly ComplianceType[] = ['GDPR', 'CCPA']
const DISCLOSURE: readonly DisclosureType[] = ['DATA', 'CATEGORIES', 'SOURCES']

/** Reads the body of a request for a task (GDP-02, GDP-03). Errors are the sentence to answer with. */
export function parseTaskRequest(kind: TaskKind, body: Json | undefined): Result<TaskRequest, string> {
  if (!isJsonObject(body)) return err('the body must be a JSON object')
  const distinctIds = parseIds(body['distinct_ids'])
  if (distinctIds === undefined)
    return err('distinct_ids must be a list of strings; neither it nor one of them may be empty')
  if (distinctIds.length > MAX_IDS[kind]) return err(`distinct_ids may name ${MAX_IDS[kind]} ids at most`)
  const complianceType = choose(body['compliance_type'] ?? 'GDPR', COMPLIANCE)
  if (complianceType === undefined) return err('compliance_type must be GDPR or CCPA')
  const disclosureType = choose(body['disclosure_type'] ?? 'Data', DISCLOSURE)
  if (disclosureType === undefined) return err('disclosure_type must be Data, Categories or Sources')
  return ok({ complianceType, disclosureType, distinctIds })
}

/** A list of ids in their stored form; undefined if it is empty or one of them is empty or not an id. */
export function parseIds(value: Json | undefined): readonly string[] | undefined {
  if (!isJsonArray(value) || value.length === 0) return undefined
  const ids = value.filter((id) => typeof id === 'string').filter((id) => id !== '')
  return ids.length === value.length ? ids.map(toStorable) : undefined
}

/** The choice in capitals: samples write both `CCPA` and `ccpa`. */
function choose<T extends string>(value: Json, choices: readonly T[]): T | undefined {
  const text = typeof value === 'string' ? value.toUpperCase() : ''
  return choices.find((choice) => choice === text)
}
