import type { Queryable } from './db.ts'

const CREATE_INDEX = /^create (unique )?index concurrently if not exists (\w+)\s+on (\w+)\s(.*)$/s

/** An index to create, as it is written in a migration. */
interface Wanted {
  readonly kind: string
  readonly name: string
  readonly table: string
  /** Its columns, and what follows them. */
  readonly rest: string
}

/**
 * Runs a statement that creates an index concurrently, if it is one. An index that was left invalid by an interruption is
 * dropped first. A partitioned table gets it by its partitions, since Postgres cannot do that concurrently: first theirs
 * are created, and then that of the table, which takes them over. Out: false, and nothing done, for other statements.
 */
export async function createConcurrently(on: Queryable, statement: string): Promise<boolean> {
  const [, unique = '', name, table, rest] = CREATE_INDEX.exec(statement) ?? []
  if (name === undefined || table === undefined || rest === undefined) return false
  const wanted = { kind: `create ${unique}index`, name, table, rest }
  const partitions = (await on.query<{ partition: string }>(PARTITIONS_OF, [table])).rows
  if (partitions.length === 0) {
    await createOn(on, wanted)
    return true
  }
  for (const { partition } of partitions) {
    await createOn(on, { ...wanted, name: `${partition}_${name}`, table: partition })
  }
  const create = `${wanted.kind} if not exists ${name} on ${table} ${rest}`
  await on.query(create)
  return true
}

async function createOn(on: Queryable, { kind, name, table, rest }: Wanted): Promise<void> {
  const isInvalid = (await on.query(IS_INVALID_INDEX, [name])).rowCount === 1
  const drop = `drop index concurrently ${name}`
  if (isInvalid) await on.query(drop)
  const create = `${kind} concurrently if not exists ${name} on ${table} ${rest}`
  await on.query(create)
}

const IS_INVALID_INDEX = `
  select from pg_index where indexrelid = to_regclass($1) and not indisvalid`

const PARTITIONS_OF = `
  select relname as partition from pg_inherits join pg_class on pg_class.oid = inhrelid
  where inhparent = $1::regclass and relkind = 'r' and relispartition order by relname`
