import { type RawBuilder, sql } from 'kysely'
import { END_OF_TIME_MS, MAX_NUMBER_OF_SECONDS } from '../core/segmentation/datetime.ts'

type Sql = RawBuilder<unknown>

/** The date or datetime at the start of a text, as `2026-01-02T03:04:05`, without a time zone; a date means midnight. */
export function stampOf(text: Sql): Sql {
  return sql`rpad(replace(substring(${text} from ${STAMP}::text), ' ', 'T'), 19, 'T00:00:00')`
}

const STAMP = '^\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}:\\d{2})?'

/** The datetime of a number, as in datetimeOf, in the same form. The subquery avoids repeating the number's SQL. */
export function stampOfNumber(num: Sql): Sql {
  return sql`(
    select to_char(to_timestamp(
      case when number > ${MAX_NUMBER_OF_SECONDS}::numeric then number / 1000 else number end
    ) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    from (select ${num} as number offset 0) as given where number >= 1 and number < ${END_OF_TIME_MS}::numeric
  )`
}
