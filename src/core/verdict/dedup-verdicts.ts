import type { CatalogueEntry } from './entry.ts'

/** Events that are counted once, or may be (chapter 21.5 of the contract). */
export const DEDUP_VERDICTS = {
  'dedup.hidden_duplicate': {
    outcome: 'stored',
    severity: 'info',
    message:
      'There are {n} copies of {event} of {id} at {time} with the $insert_id {insert_id}: reports count the one received last, the raw export has all of them.',
    advice: 'This is expected if a request was retried.',
    rule: 'DDP-03',
  },
  'dedup.insert_id_reused': {
    outcome: 'stored',
    severity: 'error',
    message:
      'The $insert_id {insert_id} is on {n} different events of {id}; of those with the same name and time, reports show the one received last.',
    advice: 'Give each event a unique $insert_id, such as a UUID.',
    rule: 'DDP-09',
  },
  'dedup.placeholder_insert_id': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'The $insert_id is {insert_id} ({what}): of events of one user with it, the same name and the same time, reports show one.',
    advice: 'Give each event a unique $insert_id, such as a UUID. Look for a variable that was not set.',
    rule: 'DDP-09',
  },
  'dedup.compaction_candidate': {
    outcome: 'stored',
    severity: 'info',
    message:
      '{n} events {event} of {id} on {day} have the $insert_id {insert_id} and different times: they are not duplicates now, but compaction may keep only one of them.',
    advice: 'Give each event a unique $insert_id, and let a retry keep the original time.',
    rule: 'DDP-04',
  },
  'dedup.no_insert_id': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The event has no $insert_id: if it is retried, it counts twice.',
    advice: 'Give each event a UUID as $insert_id.',
    rule: 'DDP-05',
  },
} as const satisfies Record<string, CatalogueEntry>
