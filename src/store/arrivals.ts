import type { Selectable } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db, Queryable } from './db.ts'
import { finishCommits, type LateCommits } from './late-commits.ts'
import { type LinkRow, toLinkRow } from './links.ts'
import type { Schema } from './schema.ts'

/** The kinds of rows that arrive; each has its own sequence of numbers. */
export const ARRIVALS = ['event', 'link', 'verdict'] as const
export type ArrivalKind = (typeof ARRIVALS)[number]

/** A position in the order of arrival: one number per kind. */
export type Numbers = Readonly<Record<ArrivalKind, bigint>>

/** The last numbers assigned, the open transactions that may hold some of them, and the commits that are late. */
export interface Numbering {
  readonly last: Numbers
  readonly writers: Readonly<Record<ArrivalKind, ReadonlySet<string>>>
  readonly late: LateCommits
}

/**
 * Reads the last numbers first, and then the transactions that may still commit some of them. A transaction locks a
 * sequence before it takes a number and unlocks it once its rows are visible, or on Citus its commit is late, which is
 * read after the writers. So once those writers are gone, every number up to `last` is either committed, or late, or never
 * will be.
 */
export async function readNumbering(db: Db): Promise<Numbering> {
  const given = await db.pool.query<Record<ArrivalKind, string>>(LAST_NUMBERS)
  const taken = await db.pool.query<{ kind: ArrivalKind; writer: string }>(NUMBER_WRITERS)
  const late = await finishCommits(db)
  const row = given.rows[0]
  const writersOf = (kind: ArrivalKind) =>
    new Set(taken.rows.filter((row) => row.kind === kind).map((row) => row.writer))
  return {
    last: forEachKind((kind) => BigInt(row?.[kind] ?? 0)),
    writers: forEachKind(writersOf),
    late,
  }
}

/** An object with the result of `make` for each kind. */
export function forEachKind<T>(make: (kind: ArrivalKind) => T): Readonly<Record<ArrivalKind, T>> {
  return { event: make('event'), link: make('link'), verdict: make('verdict') }
}

const lastOf = (sequence: string) => `(select last_value - (not is_called)::integer from ${sequence})`
const LAST_NUMBERS = {
  name: 'last_numbers',
  text: `
    select ${lastOf('event_seq_seq')} as event, ${lastOf('identity_link_seq_seq')} as link,
           ${lastOf('verdict_seq_seq')} as verdict`,
}
/** The last number assigned to an event, across all projects. */
export async function readLastEvent(on: Queryable): Promise<bigint> {
  const { rows } = await on.query<{ last: string }>(LAST_EVENT)
  return BigInt(rows[0]?.last ?? 0)
}

const LAST_EVENT = `select ${lastOf('event_seq_seq')} as last`

const NUMBER_WRITERS = {
  name: 'number_writers',
  text: `
    select numbered.kind, held.virtualtransaction as writer
    from pg_locks as held
    join (values ('event_seq_seq'::regclass, 'event'), ('identity_link_seq_seq'::regclass, 'link'),
                 ('verdict_seq_seq'::regclass, 'verdict')) as numbered (sequence, kind)
      on held.relation = numbered.sequence
    where held.locktype = 'relation' and held.mode = 'RowExclusiveLock' and held.granted
      and held.database = (select oid from pg_database where datname = current_database())`,
}

/** Those of the projects that have rows numbered after `from` and up to `upTo`, with the kinds of these rows. */
export async function findNews(
  db: Db,
  projectIds: readonly number[],
  from: Numbers,
  upTo: Numbers,
): Promise<ReadonlyMap<number, ReadonlySet<ArrivalKind>>> {
  const { rows } = await db.pool.query<{ id: number } & Record<ArrivalKind, boolean>>({
    ...FIND_NEWS,
    values: [projectIds, ...ARRIVALS.flatMap((kind) => [from[kind], upTo[kind]])],
  })
  return new Map(rows.map((row) => [row.id, new Set(ARRIVALS.filter((kind) => row[kind]))]))
}

const isIn = (table: string, from: number) =>
  `exists (select from ${table} where project_id = asked.id and seq > $${from} and seq <= $${from + 1})`
const projectsIn = (table: string, from: number) =>
  `select distinct project_id from ${table} where project_id = any($1) and seq > $${from} and seq <= $${from + 1}`
const FIND_NEWS = {
  name: 'find_news',
  text: `
    select asked.id, ${isIn('event', 2)} as event, ${isIn('identity_link', 4)} as link,
           ${isIn('verdict', 6)} as verdict
    from unnest($1::integer[]) as asked (id)`,
  distributed: `
    with event_news as materialized (${projectsIn('event', 2)}),
    link_news as materialized (${projectsIn('identity_link', 4)}),
    verdict_news as materialized (${projectsIn('verdict', 6)})
    select asked.id, asked.id in (select project_id from event_news) as event,
           asked.id in (select project_id from link_news) as link,
           asked.id in (select project_id from verdict_news) as verdict
    from unnest($1::integer[]) as asked (id)`,
}

/** Conditions on new events; an absent one matches all. */
export interface NewEvents {
  /** Only events with a greater number. */
  readonly from: bigint
  readonly events?: readonly string[] | undefined
  /** Properties that the event must contain: a JSON object. */
  readonly propertiesJson?: string | undefined
}

/** True if a project has such an event. In: `project.id`. */
export async function hasArrived(
  db: Db,
  projectId: number,
  { from, events, propertiesJson }: NewEvents,
): Promise<boolean> {
  const { rows } = await db.pool.query<{ has_arrived: boolean }>({
    ...HAS_ARRIVED,
    values: [projectId, from, events, propertiesJson],
  })
  return rows[0]?.has_arrived === true
}

const HAS_ARRIVED = {
  name: 'has_arrived',
  text: `
    select exists (
      select 1 from event
      where project_id = $1 and seq > $2 and ($3::text[] is null or event = any($3))
        and ($4::jsonb is null or properties @> $4)
    ) as has_arrived`,
}

/** A project's rows of one kind, numbered after `from` and up to `upTo`. */
export interface ArrivalRange {
  readonly project: Pick<Project, 'id' | 'idManagement'>
  readonly from: bigint
  readonly upTo: bigint
}

/** The size of a page. Bytes are those of events as sent, and of the records stored with verdicts. */
const PAGE_ROWS = 500
const PAGE_BYTES = 262_144

/** The first page of a range: at least one row, and about as many more as PAGE_BYTES and PAGE_ROWS allow. */
export async function firstPageOf(
  db: Db,
  kind: ArrivalKind,
  { project, from, upTo }: ArrivalRange,
): Promise<ArrivalRange & { readonly isEmpty: boolean }> {
  const values = [project.id, from, upTo, PAGE_ROWS, PAGE_BYTES]
  const { rows } = await db.pool.query<{ last: string | null; is_cut: boolean | null }>({
    ...PAGES[kind],
    values,
  })
  const [page] = rows
  if (page?.last == null) return { project, from, upTo, isEmpty: true }
  return { project, from, upTo: page.is_cut === true ? BigInt(page.last) : upTo, isEmpty: false }
}

/** Reads the sizes without reading the texts. */
const pageOf = (table: string, bytes: string) => ({
  name: `page_of_${table}`,
  text: `
    select max(seq) filter (where before < $5) as last, count(*) = $4 or bool_or(before >= $5) as is_cut
    from (
      select seq, sum(bytes) over (order by seq) - bytes as before
      from (
        select seq, ${bytes} as bytes from ${table}
        where project_id = $1 and seq > $2 and seq <= $3 order by seq limit $4
      ) as sized
    ) as summed`,
})
const PAGES = {
  event: pageOf('event', 'size_bytes'),
  link: pageOf('identity_link', '0'),
  verdict: pageOf('verdict', 'coalesce(octet_length(record), 0)'),
}

/** The links of a range, by number. */
export async function readLinksOf(
  db: Db,
  { project, from, upTo }: ArrivalRange,
): Promise<readonly (LinkRow & { readonly seq: string })[]> {
  const rows: readonly Selectable<Schema['identity_link']>[] = await db.kysely
    .selectFrom('identity_link')
    .selectAll()
    .where('project_id', '=', project.id)
    .where('seq', '>', String(from))
    .where('seq', '<=', String(upTo))
    .orderBy('seq')
    .execute()
  return rows.map((row) => ({ ...toLinkRow(row), seq: row.seq }))
}
