import { type Answer, happened, json } from './transcript.ts'

/* An event of long ago, as those import it who move data from elsewhere. */

const LONG_AGO_MS = 1_615_734_566_535
export const INSERT_ID = '0b5c2f6a-9d1e-4c3b-8a7f-6e5d4c3b2a19'
export const OTHER_ID = 'a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90'

/** The event as it is sent. */
export function oldEvent(properties: object = {}): object {
  const own = { distinct_id: 'charlie', time: LONG_AGO_MS, $insert_id: INSERT_ID }
  return { event: 'Paid', properties: { ...own, ...properties } }
}

/** And as it is stored. */
export const storedOld = (insertId = INSERT_ID, properties: object = {}) =>
  happened('Paid', 'charlie', LONG_AGO_MS, { $user_id: 'charlie', $import: true, ...properties }, insertId)

/** An entry of `failed_records`: both spellings of the id (DEC-03). */
export const failure = (index: number, insertId: string, field: string, message: string) => {
  return { index, insert_id: insertId, $insert_id: insertId, field, message }
}

/** Of two events, the first has the insert_id `bad:id` (IMP-14). */
export const BAD_INSERT_ID = failure(
  0,
  'bad:id',
  '$insert_id',
  "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters",
)

/** The answer to two events of which one was imported (IMP-11). */
export const partlyImported = (failed: ReturnType<typeof failure>): Answer =>
  json(400, {
    code: 400,
    error: 'some data points in the request failed validation',
    failed_records: [failed],
    num_records_imported: 1,
    status: 'Bad Request',
  })
