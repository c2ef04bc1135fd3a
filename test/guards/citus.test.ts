import { describe, expect, it } from 'vitest'
import { readFiles, type SourceFile, sourceFile } from './source.ts'

/*
 * What Citus is known to refuse, or to answer by bringing a whole project to the coordinator. CI has no Citus, so that the
 * statements of src/store are read instead. A statement that needs one of these has a second form for distributed tables:
 * `distributed` beside its `text`, or a function of its own.
 */

const TABLES = '(?:event|identity|profile|identity_link|identity_pending)'
/** What a statement reads or writes: a distributed table, by its name. */
const OF_TABLE = `(?:from|join|update|into) (?:only )?${TABLES}\\b`

interface Rule {
  readonly name: string
  readonly pattern: RegExp
}

const RULES: readonly Rule[] = [
  { name: 'system columns', pattern: /\b(?:ctid|xmin)\b/ },
  {
    name: 'locks of rows',
    pattern: new RegExp(`\\b${OF_TABLE}(?:(?!\\$\\{)[^;])*?\\bfor (?:no key )?(?:update|share)\\b`),
  },
  {
    name: 'a recursive query',
    pattern: new RegExp(
      `\\brecursive\\b[^;]*\\b${OF_TABLE}|\\b${OF_TABLE}[^;]*?\\n\\s*union all[^;]*\\bfrom (?:known|scan|starts)\\b`,
    ),
  },
  {
    name: 'a lateral join that ends with a step of the coordinator',
    pattern: new RegExp(
      `\\blateral \\((?:(?!\\n {0,6}\\) as)[^;])*?\\b${OF_TABLE}(?:(?!\\n {0,6}\\) as)[^;])*?\\b(?:limit|offset|group by|count\\()`,
    ),
  },
  {
    name: 'a subquery without columns',
    pattern: new RegExp(
      `(?:from|as \\w+) \\(\\s*select ${OF_TABLE}|(?:select|or) exists \\(\\s*select ${OF_TABLE}`,
    ),
  },
  {
    name: 'an outer join of rows that are not distributed',
    pattern: new RegExp(`\\b(?:unnest|jsonb_to_recordset)\\([^;]*?\\bleft join ${TABLES}\\b`),
  },
  {
    name: 'a number taken where another distributed table is read',
    pattern: new RegExp(`\\binsert into ${TABLES}\\b[^;]*\\bnextval\\([^;]*\\bfrom ${TABLES}\\b`),
  },
  {
    name: 'a row moved to another worker',
    pattern: new RegExp(`\\bupdate ${TABLES}\\b[^;]*?\\bset (?:[^;]*?, )?(?:distinct_id|from_id) =`),
  },
  {
    name: 'two distributed tables written by one statement',
    pattern: new RegExp(`\\bas (?:materialized )?\\(\\s*(?:insert into|update|delete from) ${TABLES}\\b`),
  },
]

/** The forms for one server of statements and pieces whose second form is a function: where that is. */
const PAIRS: ReadonlyMap<string, string> = new Map([
  ['copies.ts isLast', 'isLastOfWorkers'],
  ['copies.ts isLastCopy', 'repeatedOnWorkers'],
  ['event-names.ts eventNames', 'event_names'],
  ['event-stats.ts statsOf', 'statsOnWorkers'],
  ['find-users.ts found', 'foundOnWorkers'],
  ['find-users.ts byStart', 'foundOnWorkers'],
  ['identity.ts ASKED', 'ASKED_OF_WORKERS'],
  ['last-event.ts lastEvent', 'lastEventsOnWorkers'],
  ['rank-names.ts estimateEventNames', 'isCountLong'],
  ['user-ids.ts idsOnOneServer', 'idsOnWorkers'],
  ['user-ids.ts scanEventIds', 'idsOnWorkers'],
])

/** What is asked of tables that only the coordinator has. */
const LOCAL: ReadonlySet<string> = new Set(['citus-functions.ts FINISH_COMMITS: system columns'])

/** A top-level declaration of a file, without the forms that have a `distributed` one beside them. */
interface Declaration {
  readonly name: string
  readonly text: string
}

function declarationsOf({ path, code }: SourceFile): readonly Declaration[] {
  const parts = code.split(/^(?=(?:export )?(?:async )?(?:const|function\*?|class|interface|type) )/m)
  return parts.map((part) => {
    const name =
      /^(?:export )?(?:async )?(?:const|function\*?|class|interface|type) (\w+)/.exec(part)?.[1] ?? ''
    const text = part.replace(/\btext:(?:(?!\btext:)[\s\S])*?\bdistributed:/g, 'distributed:')
    return {
      name: `${path.split('/').at(-1)} ${name}`,
      text: text.replace(/\s*\n\s*/g, (gap) => gap.replace(/\n+/g, '\n')),
    }
  })
}

function findRefused(files: readonly SourceFile[]): readonly string[] {
  return files
    .flatMap(declarationsOf)
    .flatMap(({ name, text }) =>
      RULES.filter((rule) => rule.pattern.test(text)).map((rule) => `${name}: ${rule.name}`),
    )
}

const store = readFiles('src/store', '.ts')

describe('statements of the store', () => {
  it('are such as distributed tables can answer, or have a second form', () => {
    const isKnown = (found: string) => PAIRS.has(found.slice(0, found.indexOf(':'))) || LOCAL.has(found)
    expect(findRefused(store).filter((found) => !isKnown(found))).toEqual([])
  })

  it('that have a second form elsewhere are in these files, and so is that form', () => {
    const names = new Set(store.flatMap(declarationsOf).map(({ name }) => name))
    const code = store.map((file) => file.code).join('\n')
    for (const [pair, form] of PAIRS) {
      expect(names).toContain(pair)
      expect(code).toContain(form)
    }
  })

  it.each([
    ['const A = `select ctid from event`', 'system columns'],
    ['const A = `select 1 from profile where project_id = $1 order by 1 for update`', 'locks of rows'],
    [
      'const A = `with recursive known as (select event from event union all select 1 from known) select 1`',
      'a recursive query',
    ],
    [
      'const A = `from asked cross join lateral (\n select 1 from event where a = asked.a limit 1\n) as b`',
      'a lateral join that ends with a step of the coordinator',
    ],
    ['const A = `select count(*) from (select from event limit 5) as held`', 'a subquery without columns'],
    [
      'const A = `from unnest($1::text[]) as asked (id) left join identity on true`',
      'an outer join of rows that are not distributed',
    ],
    [
      "const A = `insert into identity select nextval('a') from identity`",
      'a number taken where another distributed table is read',
    ],
    [
      'const A = `with told as (insert into event select 1) select 1`',
      'two distributed tables written by one statement',
    ],
  ])('would be found: %s', (text, rule) => {
    expect(findRefused([sourceFile('a.ts', text)])).toContain(`a.ts A: ${rule}`)
  })

  it('with a second form are passed over', () => {
    const text = "const A = {\n  text: `select ctid from event`,\n  distributed: 'select 1 from event',\n}"
    expect(findRefused([sourceFile('a.ts', text)])).toEqual([])
  })
})
