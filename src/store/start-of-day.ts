import type { Db } from './db.ts'

/** The start of a day in a time zone, or of a later day, in ms since the epoch. In: an ISO date, an IANA name. */
export async function startOfDayMs(db: Db, date: string, timezone: string, daysLater = 0): Promise<number> {
  const { rows } = await db.pool.query<{ start_ms: string }>(START_OF_DAY, [date, daysLater, timezone])
  return Number(rows[0]?.start_ms)
}

const START_OF_DAY = `
  select (extract(epoch from ($1::date + $2::integer)::timestamp at time zone $3) * 1000)::bigint as start_ms`
