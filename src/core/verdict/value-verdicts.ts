import type { CatalogueEntry } from './entry.ts'

/** Why a value was changed, or may not mean what it seems to (chapters 21.4 and 21.5). */
export const VALUE_VERDICTS = {
  'event.placeholder_name': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The name of the event is {event} ({what}).',
    advice: 'Send the name of the event. Look for a variable that was not set.',
    rule: 'TRK-18',
  },
  'value.truncated': {
    outcome: 'changed',
    severity: 'warning',
    message: '{property} had {length} characters and was stored as {limit}.',
    advice: 'Split long URLs and JSON strings into several properties.',
    rule: 'PRP-10',
  },
  'value.too_many_properties': {
    outcome: 'changed',
    severity: 'error',
    message: 'The event has {count} properties; {dropped} were dropped, from {names} on.',
    advice: 'Send at most 255 properties.',
    rule: 'PRP-12',
  },
  'value.too_deep_or_large': {
    outcome: 'changed',
    severity: 'error',
    message: '{property}{what} exceeds depth 3, 255 keys or elements, or {limit}, and {effect}.',
    advice: 'Send flat values.',
    rule: 'PRP-13',
  },
  'value.reserved_bucket': {
    outcome: 'stored',
    severity: 'warning',
    message: 'A property named {property} hides events in Mixpanel’s reports.',
    advice: 'Rename it.',
    rule: 'PRP-04',
  },
  'value.numeric_string': {
    outcome: 'stored',
    severity: 'info',
    message: '{property} was sent as a number and as a string; filters treat these as different types.',
    advice: 'Send numbers without quotes.',
    rule: 'PRP-05',
  },
  'value.name_case': {
    outcome: 'stored',
    severity: 'warning',
    message: '{a} and {b} differ only in case: they are two names.',
    advice: 'Choose one spelling.',
    rule: 'GEN-03',
  },
  'value.not_storable': {
    outcome: 'changed',
    severity: 'warning',
    message: '{property} contained {what} and was {effect}.',
    advice: 'Send well-formed UTF-8 without U+0000, and numbers in the range of a double.',
    rule: 'DEC-07',
  },
  'value.number_rounded': {
    outcome: 'changed',
    severity: 'warning',
    message: '{property} {sent} has more digits than a double can hold and was stored as {stored}.',
    advice: 'Send numbers with more than 15 digits as strings: "{sent}".',
    rule: 'PRP-19',
  },
  'value.repaired': {
    outcome: 'changed',
    severity: 'warning',
    message: '{field} failed validation ({reason}) and was repaired.',
    advice: '{send}. The answer of /import?strict=1 reports it.',
    rule: 'IMP-13',
  },
  'geo.address_unusable': {
    outcome: 'stored',
    severity: 'warning',
    message: '{field} is {value}, {what}: it gives no location.',
    advice: '{send}.',
    rule: 'GEO-08',
  },
  'geo.forwarded_ignored': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'X-Forwarded-For ({sent}) was ignored: the request came from {peer}, which is not a trusted proxy.',
    advice:
      'Set TWINPANEL_TRUST_PROXY to {peer}, or send the address of the user as ip (events) or $ip (profiles).',
    rule: 'GEO-09',
  },
  'geo.server_location': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The location is not that of the user: {what}.',
    advice: 'Send the address of the client as ip (events) or $ip (profiles), or set ip=0 for no location.',
    rule: 'GEO-06',
  },
} as const satisfies Record<string, CatalogueEntry>
