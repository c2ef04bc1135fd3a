import type { Queryable } from './db.ts'

/** An id received by a project of the original system. */
export interface FirstSeenId {
  readonly projectId: number
  readonly distinctId: string
}

/**
 * Writes ids that projects of the original system receive, in a transaction that holds the locks of these projects. In:
 * in the order in which they were received; those that are known are left unchanged, and take no locks.
 */
export async function writeFirstSeenIds(tx: Queryable, received: readonly FirstSeenId[]): Promise<void> {
  if (received.length === 0) return
  const columns = [received.map(({ projectId }) => projectId), received.map(({ distinctId }) => distinctId)]
  const { rows } = await tx.query<IdRow>({ ...FIND_KNOWN_IDS, values: columns })
  const known = new Set(rows.map(({ project_id, distinct_id }) => keyOf(project_id, distinct_id)))
  const unknown = received.filter(({ projectId, distinctId }) => !known.has(keyOf(projectId, distinctId)))
  if (unknown.length === 0) return
  const numbers = await tx.query<{ seq: string }>({ ...TAKE_FIRST_SEEN_NUMBERS, values: [unknown.length] })
  const added = unknown.map(({ projectId, distinctId }, at) => {
    return { project_id: projectId, distinct_id: distinctId, seq: numbers.rows[at]?.seq }
  })
  await tx.query({ ...INSERT_FIRST_SEEN_IDS, values: [JSON.stringify(added)] })
}

interface IdRow {
  readonly project_id: number
  readonly distinct_id: string
}

const keyOf = (projectId: number, distinctId: string) => `${projectId}:${distinctId}`

const FIND_IDS = `
  select project_id, distinct_id from identity
  where (project_id, distinct_id) in (select * from unnest($1::integer[], $2::text[]))`
/** The ids by themselves tell which workers to ask. */
const FIND_KNOWN_IDS = {
  name: 'find_known_ids',
  text: FIND_IDS,
  distributed: `${FIND_IDS} and distinct_id = any($2::text[])`,
}

/** The numbers are taken first, since they are in the order of arrival, and the rows are not. */
const TAKE_FIRST_SEEN_NUMBERS = {
  name: 'take_first_seen_numbers',
  text: `select nextval('identity_first_seen_seq') as seq from generate_series(1, $1::integer)`,
}

/** In the order of keys, so that two transactions cannot deadlock. */
const INSERT_FIRST_SEEN_IDS = {
  name: 'insert_first_seen_ids',
  text: `
    insert into identity (project_id, distinct_id, canonical, first_seen_seq)
    select project_id, distinct_id, distinct_id, seq
    from jsonb_to_recordset($1::jsonb) as sent (project_id integer, distinct_id text, seq bigint)
    order by project_id, distinct_id, seq
    on conflict do nothing`,
}
