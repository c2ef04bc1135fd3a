import type pg from 'pg'
import type { StoredEvent } from '../core/event.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import { copyEvents } from './copy-events.ts'
import type { Db } from './db.ts'
import { insertEvents, insertJudgedEvents } from './events.ts'
import { type FirstSeenId, writeFirstSeenIds } from './first-seen-ids.ts'
import { type Attempt, type Basis, inHoldingTransaction } from './locks.ts'

/** Rows that are written in one transaction, and what they were judged by: all their projects. */
export interface WriteBatch extends Basis {
  readonly events: readonly StoredEvent[]
  readonly verdicts: readonly Verdict[]
  /** In the order in which they were first seen. */
  readonly firstSeenIds: readonly FirstSeenId[]
}

const INSERT_VERDICTS = {
  name: 'insert_verdicts',
  text: `
    insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids, record,
                         record_index, pending_device, sender)
    select sent.*
    from jsonb_to_recordset($1::jsonb) as sent (
      project_id integer, received_at_ms bigint, endpoint text, outcome text, code text, severity text,
      finding_values jsonb, ids text[], record text, record_index integer, pending_device text, sender text
    )`,
}

/**
 * The number of events from which COPY is faster than a single statement. With fewer events, its three additional
 * statements cost more than it saves.
 */
const COPY_FROM_EVENTS = 500

/**
 * Writes a batch in one transaction. In: how long to wait for the lock of a project that another holds, in ms; 0 to give
 * up at once. Errors: those of the database are thrown; see classifyStoreError.
 */
export async function writeBatch(db: Db, batch: WriteBatch, waitMs: number): Promise<Attempt<undefined>> {
  const { events, verdicts, firstSeenIds, projects, generation } = batch
  // Records stored as sent get no verdicts (VRD-03).
  const isPlain = events.length > 0 && verdicts.length === 0 && firstSeenIds.length === 0
  if (isPlain && events.length < COPY_FROM_EVENTS && waitMs === 0) {
    return await insertJudgedEvents(db, events, batch)
  }
  const holding = { projects, generation, identityLock: 'none', waitMs } as const
  return await inHoldingTransaction(db, holding, async (query) => {
    await writeFirstSeenIds({ query }, firstSeenIds)
    await writeRows({ query }, batch)
    return undefined
  })
}

/** Writes events and verdicts in a transaction that holds the locks of their projects. */
export async function writeRows(
  tx: Pick<pg.PoolClient, 'query'>,
  { events, verdicts }: Pick<WriteBatch, 'events' | 'verdicts'>,
): Promise<void> {
  if (verdicts.length > 0) {
    await tx.query({ ...INSERT_VERDICTS, values: [JSON.stringify(verdicts.map(toRow))] })
  }
  if (events.length < COPY_FROM_EVENTS) await insertEvents(tx, events)
  else await copyEvents(tx, events)
}

function toRow(verdict: Verdict) {
  const { code, values } = verdict.finding
  const device = code === 'identity.identify_noop' ? values['device'] : undefined
  return {
    project_id: verdict.projectId,
    received_at_ms: verdict.receivedAtMs,
    endpoint: verdict.endpoint,
    outcome: verdict.outcome,
    code,
    severity: verdict.severity,
    finding_values: values,
    ids: verdict.ids,
    record: verdict.record,
    record_index: verdict.recordIndex,
    pending_device: device === undefined || device === '' ? null : device,
    sender: verdict.sender,
  }
}
