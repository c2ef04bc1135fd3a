import { isJsonArray, isJsonObject, type Json } from '../json.ts'
import { toStorable } from '../normalise/text.ts'
import { err, ok, type Result } from '../result.ts'

/** What is asked for: what is held about users, or that it be deleted. */
export type TaskKind = 'retrieval' | 'deletion'

/** The way of a task, in order (GDP-04). */
export const TASK_STEPS = ['PENDING', 'STAGING', 'STARTED', 'SUCCESS'] as const

/** A place on the way of a task. */
type TaskStep = (typeof TASK_STEPS)[number]

/** What can be said of a task that there is; REVOKED is a deletion that was cancelled. */
export type TaskStatus = TaskStep | 'REVOKED'

/** The law that a request cites. */
export type ComplianceType = 'GDPR' | 'CCPA'

/** How much a retrieval under the CCPA gives out. */
export type DisclosureType = 'DATA' | 'CATEGORIES' | 'SOURCES'

/** A request about the data of users (GDP-02). */
export interface TaskRequest {
  readonly complianceType: ComplianceType
  readonly disclosureType: DisclosureType
  readonly distinctIds: readonly string[]
}

/** A request that was taken. */
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

/** A list of ids, each as it would have been stored; undefined where it or one of them is empty, or no id. */
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
