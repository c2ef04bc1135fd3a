import type pg from 'pg'
import type { StoredEvent } from '../core/event.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import type { Db, Queryable } from './db.ts'
import { copyEvents } from './event-copy.ts'
import { insertEvents, type JudgedProject, toEventRows } from './events.ts'
import { inTransaction } from './tx.ts'

/** An id that an original project has received. */
export interface FirstSeenId {
  readonly projectId: number
  readonly distinctId: string
}

/** What is written together. */
export interface WriteBatch {
  readonly events: readonly StoredEvent[]
  readonly verdicts: readonly Verdict[]
  /** In the order in which they count as first seen. */
  readonly firstSeenIds: readonly FirstSeenId[]
  /** The projects of all these, as they were judged. */
  readonly projects: readonly JudgedProject[]
}

/** As INSERT_EVENTS: the projects, as they were judged, or nothing is written. */
const LIVE = `
  with live as materialized (
    select p.id from project p
    join unnest($2::integer[], $3::integer[]) as judged (id, version) using (id, version)
    order by p.id for key share of p
  ),
  may as materialized (select (select count(*) from live) = cardinality($2) as write)`

const INSERT_VERDICTS = `
  told as (
    insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, told, ids, record,
                         record_index, pending_device, sender)
    select p, r, e, o, c, s, v, i, b, n, d, f
    from jsonb_to_recordset($4::jsonb)
      as row (p integer, r bigint, e text, o text, c text, s text, v jsonb, i text[], b text, n integer, d text, f text)
    where (select write from may)
  ),
  stored as (
    insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes,
                       is_imported, properties)
    select p, d, t, r, e, i, s, m, x
    from jsonb_to_recordset($1::jsonb)
      as row (p integer, d text, t bigint, r bigint, e text, i text, s integer, m boolean, x jsonb)
    where (select write from may)
  )
  select write from may`

/**
 * Ids that are known already are left out before they can wait for anybody; the others are numbered as they came
 * and inserted in one order everywhere, so that two batches cannot wait for each other.
 */
const INSERT_FIRST_SEEN = `
  sighted as materialized (
    select p, d, nextval('identity_seen_seq') as n from (
      select p, d
      from rows from (jsonb_to_recordset($5::jsonb) as (p integer, d text)) with ordinality as sight (p, d, at)
      where (select write from may)
        and not exists (select from identity where project_id = p and distinct_id = d)
      order by at
    ) as fresh
  ),
  seen as (
    insert into identity (project_id, distinct_id, canonical, seen_seq)
    select p, d, d, n from sighted order by p, d, n
    on conflict do nothing
  )`

/** One statement, all or nothing. Without first-seen ids it does not know the table identity. */
const WRITE_WITH_VERDICTS = { name: 'write_told', text: `${LIVE}, ${INSERT_VERDICTS}` }
const WRITE_WITH_FIRST_SEEN = {
  name: 'write_sighted',
  text: `${LIVE}, ${INSERT_FIRST_SEEN}, ${INSERT_VERDICTS}`,
}

/**
 * Events from which COPY is quicker than a statement: for fewer, the three statements more that it takes cost more
 * than it saves.
 */
const COPY_FROM_EVENTS = 500

/**
 * Writes a batch in one transaction. Out: false when one of the projects has changed or gone since, and then
 * nothing was written. Errors: those of the database are thrown; classifyStoreError tells what they mean.
 */
export async function writeBatch(db: Db, batch: WriteBatch): Promise<boolean> {
  if (batch.events.length < COPY_FROM_EVENTS) return await writeStatement(db.pool, batch)
  return await inTransaction(db, (tx) => writeBatchWithin(tx, batch), { keeps: (isWritten) => isWritten })
}

/** The same in a transaction of the caller's, who gives it up where nothing was written. */
export async function writeBatchWithin(
  tx: Pick<pg.PoolClient, 'query'>,
  batch: WriteBatch,
): Promise<boolean> {
  if (batch.events.length < COPY_FROM_EVENTS) return await writeStatement(tx, batch)
  // It holds the projects' rows until the end, whether or not there is anything else to write.
  if (!(await writeStatement(tx, { ...batch, events: [] }))) return false
  await copyEvents(tx, batch.events)
  return true
}

async function writeStatement(db: Queryable, batch: WriteBatch): Promise<boolean> {
  const { events, verdicts, firstSeenIds, projects } = batch
  // What is stored as it was sent leaves nothing but itself (VRD-03).
  if (events.length > 0 && verdicts.length === 0 && firstSeenIds.length === 0) {
    return await insertEvents(db, events, projects)
  }
  const values = [
    toEventRows(events),
    projects.map((project) => project.id),
    projects.map((project) => project.version),
    JSON.stringify(verdicts.map(toRow)),
  ]
  const ids = firstSeenIds.map(({ projectId, distinctId }) => ({ p: projectId, d: distinctId }))
  const { rows } = await db.query<{ write: boolean }>(
    ids.length === 0
      ? { ...WRITE_WITH_VERDICTS, values }
      : { ...WRITE_WITH_FIRST_SEEN, values: [...values, JSON.stringify(ids)] },
  )
  return rows[0]?.write === true
}

function toRow(verdict: Verdict) {
  const { code, values } = verdict.finding
  const device = code === 'identity.identify_noop' ? values['device'] : undefined
  return {
    p: verdict.projectId,
    r: verdict.receivedAtMs,
    e: verdict.endpoint,
    o: verdict.outcome,
    c: code,
    s: verdict.severity,
    v: values,
    i: verdict.ids,
    b: verdict.record,
    n: verdict.recordIndex,
    d: device === undefined || device === '' ? null : device,
    f: verdict.sender,
  }
}
