import type pg from 'pg'
import type { StoredEvent } from '../core/event.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import { copyEvents } from './copy-events.ts'
import type { Db, Queryable } from './db.ts'
import { INSERT_SENT_EVENTS, insertEvents, type JudgedProject, LIVE_PROJECTS, toEventRows } from './events.ts'
import { inTransaction } from './tx.ts'

/** An id received by a project of the original system. */
export interface FirstSeenId {
  readonly projectId: number
  readonly distinctId: string
}

/** Rows that are written in one transaction. */
export interface WriteBatch {
  readonly events: readonly StoredEvent[]
  readonly verdicts: readonly Verdict[]
  /** In the order in which they were first seen. */
  readonly firstSeenIds: readonly FirstSeenId[]
  /** The projects of all the above, in the versions that the records were judged by. */
  readonly projects: readonly JudgedProject[]
}

/** As in INSERT_EVENTS: nothing is written unless all projects still have the versions that records were judged by. */
const IF_ALL_LIVE = `
  ${LIVE_PROJECTS},
  condition as materialized (select (select count(*) from live) = cardinality($2) as is_met)`

const INSERT_EVENTS_AND_VERDICTS = `
  inserted_verdicts as (
    insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids, record,
                         record_index, pending_device, sender)
    select sent.*
    from jsonb_to_recordset($4::jsonb) as sent (
      project_id integer, received_at_ms bigint, endpoint text, outcome text, code text, severity text,
      finding_values jsonb, ids text[], record text, record_index integer, pending_device text, sender text
    )
    where (select is_met from condition)
  ),
  inserted_events as (
    ${INSERT_SENT_EVENTS}
    where (select is_met from condition)
  )
  select is_met from condition`

/**
 * Known ids are left out, so that they take no locks. The others are numbered in order of arrival, but inserted in key
 * order, so that two batches cannot deadlock.
 */
const INSERT_FIRST_SEEN = `
  numbered as materialized (
    select project_id, distinct_id, nextval('identity_first_seen_seq') as first_seen_seq from (
      select project_id, distinct_id
      from rows from (jsonb_to_recordset($5::jsonb) as (project_id integer, distinct_id text))
        with ordinality as sent (project_id, distinct_id, place)
      where (select is_met from condition) and not exists (
        select from identity
        where identity.project_id = sent.project_id and identity.distinct_id = sent.distinct_id
      )
      order by place
    ) as unknown
  ),
  inserted_ids as (
    insert into identity (project_id, distinct_id, canonical, first_seen_seq)
    select project_id, distinct_id, distinct_id, first_seen_seq from numbered
    order by project_id, distinct_id, first_seen_seq
    on conflict do nothing
  )`

/** One statement, all or nothing. Without first-seen ids it does not access the table identity. */
const WRITE_WITH_VERDICTS = {
  name: 'write_with_verdicts',
  text: `with ${IF_ALL_LIVE}, ${INSERT_EVENTS_AND_VERDICTS}`,
}
const WRITE_WITH_FIRST_SEEN = {
  name: 'write_with_first_seen',
  text: `with ${IF_ALL_LIVE}, ${INSERT_FIRST_SEEN}, ${INSERT_EVENTS_AND_VERDICTS}`,
}

/**
 * The number of events from which COPY is faster than a single statement. With fewer events, its three additional
 * statements cost more than it saves.
 */
const COPY_FROM_EVENTS = 500

/**
 * Writes a batch in one transaction. Out: false if one of the projects was changed or deleted since it was judged; then
 * nothing is written. Errors: those of the database are thrown; see classifyStoreError.
 */
export async function writeBatch(db: Db, batch: WriteBatch): Promise<boolean> {
  if (batch.events.length < COPY_FROM_EVENTS) return await writeStatement(db.pool, batch)
  return await inTransaction(db, (tx) => writeBatchWithin(tx, batch), { keeps: (isWritten) => isWritten })
}

/** The same in a transaction of the caller, who must roll it back if the result is false. */
export async function writeBatchWithin(
  tx: Pick<pg.PoolClient, 'query'>,
  batch: WriteBatch,
): Promise<boolean> {
  if (batch.events.length < COPY_FROM_EVENTS) return await writeStatement(tx, batch)
  // It locks the projects' rows until the end of the transaction, even if there is nothing else to write.
  if (!(await writeStatement(tx, { ...batch, events: [] }))) return false
  await copyEvents(tx, batch.events)
  return true
}

async function writeStatement(db: Queryable, batch: WriteBatch): Promise<boolean> {
  const { events, verdicts, firstSeenIds, projects } = batch
  // Records stored as sent get no verdicts (VRD-03).
  if (events.length > 0 && verdicts.length === 0 && firstSeenIds.length === 0) {
    return await insertEvents(db, events, projects)
  }
  const values = [
    toEventRows(events),
    projects.map((project) => project.id),
    projects.map((project) => project.version),
    JSON.stringify(verdicts.map(toRow)),
  ]
  const ids = firstSeenIds.map(({ projectId, distinctId }) => ({
    project_id: projectId,
    distinct_id: distinctId,
  }))
  const { rows } = await db.query<{ is_met: boolean }>(
    ids.length === 0
      ? { ...WRITE_WITH_VERDICTS, values }
      : { ...WRITE_WITH_FIRST_SEEN, values: [...values, JSON.stringify(ids)] },
  )
  return rows[0]?.is_met === true
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
