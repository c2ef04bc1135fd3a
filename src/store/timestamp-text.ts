import { type RawBuilder, sql } from 'kysely'
import { END_OF_TIME_MS, MAX_NUMBER_OF_SECONDS } from '../core/segmentation/datetime.ts'

type Sql = RawBuilder<unknown>

/** The moment that a text begins with, as `2026-01-02T03:04:05`, without its time zone; a day is its first moment. */
export function stampOf(text: Sql): Sql {
  return sql`rpad(replace(substring(${text} from ${STAMP}::text), ' ', 'T'), 19, 'T00:00:00')`
}

const STAMP = '^\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}:\\d{2})?'

/** The moment that a number is, as momentOf says, in the same form. The subquery lets the number be written once. */
export function stampOfNumber(num: Sql): Sql {
  return sql`(
    select to_char(to_timestamp(
      case when n > ${MAX_NUMBER_OF_SECONDS}::numeric then n / 1000 else n end
    ) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    from (select ${num} as n offset 0) as given where n >= 1 and n < ${END_OF_TIME_MS}::numeric
  )`
}
