import type { CatalogueEntry } from './entry.ts'

/** Why a query finds nothing (chapter 21.5). */
export const QUERY_VERDICTS = {
  'query.not_canonical': {
    outcome: 'no_effect',
    severity: 'warning',
    message: '{id} belongs to {canonical}; profile queries and exports only find the canonical distinct_id.',
    advice: 'Query {canonical}.',
    rule: 'QRY-13',
  },
  'query.misspelt_parameter': {
    outcome: 'no_effect',
    severity: 'warning',
    message: 'The parameter {name} is unknown and was ignored. Did you mean {known}?',
    advice: 'Send {known} instead.',
    rule: 'QRY-22',
  },
  'query.export_future_date': {
    outcome: 'rejected',
    severity: 'warning',
    message:
      'to_date {to_date} is in the future: the days of this export are in {timezone}, where it is {today}.',
    advice: 'Compute to_date in that time zone, not in the local one.',
    rule: 'QRY-07',
  },
} as const satisfies Record<string, CatalogueEntry>
