import type { StoredEvent } from '../core/event.ts'
import type { Queryable } from './db.ts'

/** A project and the version of it that the events were judged by. */
export interface JudgedProject {
  readonly id: number
  readonly version: number
}

/**
 * The projects that are still as the records were judged by, $2 their ids and $3 their versions. Takes their rows in
 * key-share mode: one that is being changed or deleted waits for the transaction.
 */
export const LIVE_PROJECTS = `
  live as materialized (
    select project.id from project
    join unnest($2::integer[], $3::integer[]) as judged (id, version) using (id, version)
    order by project.id for key share of project
  )`

/**
 * Inserts the events of $1; a condition goes behind it. The rows travel as one JSON document (measured at 0.9 of COPY,
 * three times as fast as arrays). Its keys are short, as each is sent once for each event: see toEventRows.
 */
export const INSERT_SENT_EVENTS = `
  insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes,
                     is_imported, properties)
  select project, id, time, received, event, insert_id, size, imported, properties
  from jsonb_to_recordset($1::jsonb) as sent (
    project integer, id text, time bigint, received bigint, event text, insert_id text, size integer,
    imported boolean, properties jsonb
  )`

/** One statement whatever the batch, all or nothing: a project that has changed or gone stops the whole insert. */
const INSERT_EVENTS = {
  name: 'insert_events',
  text: `
    with ${LIVE_PROJECTS}
    ${INSERT_SENT_EVENTS}
    where (select count(*) from live) = cardinality($2)`,
}

/**
 * Writes events in one transaction. In: at least one event; the projects they belong to, each once.
 * Out: false when one of the projects has changed or gone since, and then nothing was written.
 * Errors: those of the database are thrown; classifyStoreError tells what they mean.
 */
export async function insertEvents(
  db: Queryable,
  events: readonly StoredEvent[],
  projects: readonly JudgedProject[],
): Promise<boolean> {
  const ids = projects.map((project) => project.id)
  const versions = projects.map((project) => project.version)
  const { rowCount } = await db.query({ ...INSERT_EVENTS, values: [toEventRows(events), ids, versions] })
  return (rowCount ?? 0) > 0
}

/** Events as the JSON document that the statements read rows from. */
export function toEventRows(events: readonly StoredEvent[]): string {
  let document = ''
  for (const row of events) document += `,${toRow(row)}`
  return `[${document.slice(1)}]`
}

function toRow(row: StoredEvent): string {
  return (
    `{"project":${row.projectId},"id":${JSON.stringify(row.distinctId)},"time":${row.timeMs},` +
    `"received":${row.receivedAtMs},"event":${JSON.stringify(row.event)},` +
    `"insert_id":${JSON.stringify(row.insertId)},"size":${row.sizeBytes},"imported":${row.isImported},` +
    `"properties":${row.propertiesJson}}`
  )
}
