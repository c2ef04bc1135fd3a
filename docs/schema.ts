import { writeFileSync } from 'node:fs'
import { closeDatabase, type Db, openDatabase } from '../src/store/db.ts'
import { migrateToLatest } from '../src/store/migrate.ts'
import { createDatabase } from '../test/support/database.ts'
import { startTestPostgres } from '../test/support/postgres.ts'

// `node docs/schema.ts` writes docs/schema.sql from a newly migrated database; a test fails if it is out of date.

const HEAD = `-- The tables after all migrations. Written by \`node docs/schema.ts\` from the catalogue of a migrated database:
-- to change it, add a migration.
--
-- Conventions:
--   In the tables of records every key begins with project_id, which is project.id, and there are no foreign keys,
--   so that the tables can be distributed over several servers by project or by distinct_id.
--   Ids and names sent by clients are compared byte by byte (GEN-03): collate "C".
--   Columns ending in _ms are in milliseconds: points in time since the epoch, except for clock_offset_ms.
--   A seq increases with every row.
`

interface Relation {
  readonly oid: number
  readonly name: string
  readonly kind: string
  readonly isUnlogged: boolean
  readonly comment: string | null
  /** As `RANGE (time_ms)`; null if it is not partitioned. */
  readonly partitionedBy: string | null
  /** The partitioned table that it is a partition of, and its bounds. */
  readonly partitionOf: string | null
  readonly bounds: string | null
  /** Storage parameters. */
  readonly options: string | null
}

interface Column {
  readonly relation: number
  readonly name: string
  readonly type: string
  readonly comment: string | null
}

interface Constraint {
  readonly relation: number
  readonly name: string
  readonly definition: string
}

interface Index {
  readonly relation: number
  readonly definition: string
  readonly comment: string | null
}

/** The objects of a database except Kysely's tables, in the order of creation. */
interface Catalogue {
  readonly relations: readonly Relation[]
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly functions: readonly DatabaseFunction[]
}

interface DatabaseFunction {
  /** Its name with its arguments. */
  readonly signature: string
  readonly result: string
  readonly language: string
  readonly rows: number
  readonly body: string
  readonly comment: string | null
}

/**
 * The schema of a database as one readable SQL script. Throws if the database contains a kind of object that the script
 * would omit.
 */
export async function writeSchema(db: Db): Promise<string> {
  const catalogue = await readCatalogue(db)
  const relations = catalogue.relations.map((relation) => writeRelation(relation, catalogue))
  return [HEAD, ...relations, ...catalogue.functions.map(writeFunction)].join('\n')
}

async function readCatalogue({ pool }: Db): Promise<Catalogue> {
  const others = (await pool.query<{ what: string }>(NOT_WRITTEN)).rows.map(({ what }) => what)
  if (others.length > 0) throw new Error(`docs/schema.ts cannot write ${others.join(', ')} yet`)
  return {
    relations: (await pool.query<Relation>(RELATIONS)).rows,
    columns: (await pool.query<Column>(COLUMNS)).rows,
    constraints: (await pool.query<Constraint>(CONSTRAINTS)).rows,
    indexes: (await pool.query<Index>(INDEXES)).rows,
    functions: (await pool.query<DatabaseFunction>(FUNCTIONS)).rows,
  }
}

const OURS = `relation.relnamespace = 'public'::regnamespace and relation.relname !~ '^migration(_|$)'`

const NOT_WRITTEN = `
  select 'relation ' || relation.relname || ' of kind ' || relation.relkind::text as what
  from pg_class as relation where ${OURS} and relation.relkind not in ('r', 'p', 'S', 'i', 'I')
  union all
  select 'storage parameters of ' || relation.relname from pg_class as relation
  where ${OURS} and relation.reloptions is not null and relation.relkind <> 'r'
  union all
  select 'generated column ' || attname from pg_attribute join pg_class as relation on relation.oid = attrelid
  where ${OURS} and attgenerated <> ''
  union all
  select 'trigger ' || tgname from pg_trigger where not tgisinternal
  union all
  select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace and typtype in ('d', 'e', 'r')`

/** Tables, and sequences that do not belong to a column. A partition follows its table, which has its columns and indexes. */
const RELATIONS = `
  select relation.oid, relation.relname as name, relation.relkind as kind,
         relation.relpersistence = 'u' as "isUnlogged", obj_description(relation.oid, 'pg_class') as comment,
         pg_get_partkeydef(relation.oid) as "partitionedBy", inhparent::regclass::text as "partitionOf",
         pg_get_expr(relation.relpartbound, relation.oid) as bounds,
         array_to_string(relation.reloptions, ', ') as options
  from pg_class as relation
  left join pg_inherits on inhrelid = relation.oid
  where ${OURS} and relation.relkind in ('r', 'p', 'S') and not exists (
    select from pg_depend
    where classid = 'pg_class'::regclass and objid = relation.oid and deptype in ('a', 'i') and relation.relkind = 'S'
  )
  order by coalesce(
    (select min(partition.inhrelid) from pg_inherits as partition
     where partition.inhparent = coalesce(pg_inherits.inhparent, relation.oid)),
    relation.oid
  ), relation.relispartition, relation.oid`

const COLUMNS = `
  select relation.oid as relation, attname as name, col_description(relation.oid, attnum) as comment,
         format_type(atttypid, atttypmod)
         || case when attcollation <> typcollation then format(' collate %I', collname) else '' end
         || case when attnotnull then ' not null' else '' end
         || case when adbin is null then '' else ' default ' || pg_get_expr(adbin, relation.oid) end
         || case attidentity when 'a' then ' generated always as identity' when 'd' then ' generated by default as identity'
              else '' end
         || case when seqstart <> 1 then format(' (start with %s)', seqstart) else '' end as type
  from pg_class as relation
  join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
  join pg_type on pg_type.oid = atttypid
  left join pg_collation on pg_collation.oid = attcollation
  left join pg_attrdef on adrelid = relation.oid and adnum = attnum
  left join pg_sequence on attidentity <> ''
    and seqrelid = pg_get_serial_sequence(relation.oid::regclass::text, attname)::regclass
  where ${OURS} and relation.relkind in ('r', 'p') and not relation.relispartition
  order by relation.oid, attnum`

/** Without not null, which is part of the column. */
const CONSTRAINTS = `
  select conrelid as relation, conname as name, pg_get_constraintdef(pg_constraint.oid) as definition
  from pg_constraint join pg_class as relation on relation.oid = conrelid
  where ${OURS} and not relation.relispartition and contype <> 'n'
  order by conrelid, case contype when 'p' then 1 when 'u' then 2 else 3 end, pg_constraint.oid`

/** Without the indexes of constraints. */
const INDEXES = `
  select indrelid as relation, pg_get_indexdef(indexrelid) as definition,
         obj_description(indexrelid, 'pg_class') as comment
  from pg_index join pg_class as relation on relation.oid = indrelid
  where ${OURS} and not relation.relispartition
    and not exists (select from pg_constraint where conindid = indexrelid)
  order by indrelid, indexrelid`

const FUNCTIONS = `
  select format('%s(%s)', proname, pg_get_function_identity_arguments(pg_proc.oid)) as signature,
         pg_get_function_result(pg_proc.oid) as result, lanname as language, prorows as rows, prosrc as body,
         obj_description(pg_proc.oid, 'pg_proc') as comment
  from pg_proc join pg_language on pg_language.oid = prolang
  where pronamespace = 'public'::regnamespace order by pg_proc.oid`

function writeFunction({ signature, result, language, rows, body, comment }: DatabaseFunction): string {
  const head = `create function ${signature}\nreturns ${result.replace('TABLE(', 'table (')}`
  return `${writeComment(comment, '')}${head}\nlanguage ${language}${rows > 0 ? ` rows ${rows}` : ''}\nas $$${body}$$;\n`
}

function writeRelation(relation: Relation, catalogue: Catalogue): string {
  const { oid, name, isUnlogged } = relation
  const comment = writeComment(relation.comment, '')
  if (relation.kind === 'S') return `${comment}create sequence ${name};\n`
  if (relation.partitionOf !== null) return `${comment}create table ${writePartition(relation)};\n`
  const isOfRelation = (part: { readonly relation: number }) => part.relation === oid
  const columns = catalogue.columns.filter(isOfRelation)
  const width = Math.max(...columns.map((column) => column.name.length))
  const parts = [
    ...columns.map((column) => {
      return `${writeComment(column.comment, '  ')}  ${column.name.padEnd(width)} ${simplify(column.type)}`
    }),
    ...catalogue.constraints
      .filter(isOfRelation)
      .map((constraint) => `  constraint ${constraint.name} ${simplify(constraint.definition)}`),
  ]
  const indexes = catalogue.indexes.filter(isOfRelation)
  const written = indexes.map((index) => `${writeComment(index.comment, '')}${simplify(index.definition)};\n`)
  const head = `create ${isUnlogged ? 'unlogged ' : ''}table ${name}`
  const by = relation.partitionedBy?.replace(/^[A-Z]+/, (word) => ` partition by ${word.toLowerCase()}`) ?? ''
  return `${comment}${head} (\n${parts.join(',\n')}\n)${by}${writeOptions(relation)};\n${written.join('')}`
}

function writePartition(relation: Relation): string {
  const { name, partitionOf, bounds } = relation
  return `${name} partition of ${partitionOf} ${bounds?.toLowerCase()}${writeOptions(relation)}`
}

function writeOptions({ options }: Relation): string {
  return options === null ? '' : ` with (${options.replaceAll('=', ' = ')})`
}

const MAX_LINE = 110

function writeComment(text: string | null, indent: string): string {
  let lines = ''
  let line = ''
  for (const word of text?.split(' ') ?? []) {
    if (line !== '' && line.length + word.length >= MAX_LINE) {
      lines += `${line}\n`
      line = ''
    }
    line += line === '' ? `${indent}-- ${word}` : ` ${word}`
  }
  return line === '' ? '' : `${lines}${line}\n`
}

/** Rewrites a definition from Postgres's catalogue in the style of the migrations. */
function simplify(definition: string): string {
  return definition
    .replace(
      / = ANY \(ARRAY\[(.*?)\]\)/g,
      (_all, values: string) => ` in (${values.replaceAll('::text', '')})`,
    )
    .replace('timestamp with time zone', 'timestamptz')
    .replace(/('.*')::[a-z]+\[\]/, '$1')
    .replace(/^CHECK \(\((.*)\)\)$/, 'check ($1)')
    .replace(/^(PRIMARY KEY|UNIQUE|CREATE (UNIQUE )?INDEX)/, (words) => words.toLowerCase())
    .replace(/ ON (?:ONLY )?public\.(\w+) USING btree /, ' on $1 ')
    .replace(
      / WHERE \((.*)\)$/,
      (_all, condition: string) => ` where ${condition.replace('IS NOT NULL', 'is not null')}`,
    )
}

async function main(): Promise<void> {
  const postgres = await startTestPostgres()
  try {
    const database = await createDatabase(postgres.adminUrl, 'template0')
    const db = openDatabase({ connectionString: database.connectionString, maxConnections: 1 })
    await migrateToLatest(db)
    writeFileSync(new URL('schema.sql', import.meta.url), await writeSchema(db))
    await closeDatabase(db)
    await database.drop()
  } finally {
    await postgres.stop()
  }
}

if (import.meta.main) await main()
