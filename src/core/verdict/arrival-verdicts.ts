import type { CatalogueEntry } from './entry.ts'

/** Why nothing arrives, and what else is unusual about a request (chapter 21.1 of the contract). */
export const ARRIVAL_VERDICTS = {
  'token.unknown': {
    outcome: 'dropped',
    severity: 'error',
    message:
      'No project has the token {token}{hint}. The answer was still 1: tokens are not checked on arrival.',
    advice:
      'Compare the token with the project settings. Is it the API secret, or another environment’s token?',
    rule: 'TRK-21',
  },
  'token.too_many_new': {
    outcome: 'dropped',
    severity: 'error',
    message: 'No project has the token {token}, and none was created: {why}. The answer was still 1.',
    advice:
      'Create the project with POST /_twin/projects, delete unused projects, or raise TWINPANEL_NEW_TOKENS_PER_MINUTE or TWINPANEL_NEW_TOKENS_MAX.',
    rule: 'DEC-05',
  },
  'token.suspect': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'No project had the token {token} ({what}), so one was created: Mixpanel would have answered 1 and stored nothing.',
    advice:
      'Send the token of your project, and delete the one that was created. With TWINPANEL_UNKNOWN_TOKENS=drop unknown tokens create no projects.',
    rule: 'DEC-05',
  },
  'token.is_secret': {
    outcome: 'dropped',
    severity: 'error',
    message:
      'The record has the secret of a project or a service account in place of the token, and was not stored.',
    advice: 'Send the project token, and rotate the secret: tokens are visible to users.',
    rule: 'DEC-05',
  },
  'record.invalid': {
    outcome: 'rejected',
    severity: 'error',
    message: 'The record was refused ({reason}): {found}.',
    advice: '{send}.',
    rule: 'TRK-18',
  },
  'batch.partial': {
    outcome: 'rejected',
    severity: 'error',
    message:
      'This record was skipped ({reason}) although the answer was 1: other records of the batch were good.',
    advice: '{advice} The answer of /import?strict=1 reports each record that fails.',
    rule: 'TRK-19',
  },
  'record.field_misplaced': {
    outcome: 'changed',
    severity: 'warning',
    message: 'Found {where}: {fields}.',
    advice: 'Use {send} instead.',
    rule: 'TRK-43',
  },
  'time.too_old_for_track': {
    outcome: 'dropped',
    severity: 'error',
    message:
      'The event {event} is {days} days old. /track accepts events up to five days old, so it was dropped without an error.',
    advice: '{send}.',
    rule: 'TRK-28',
  },
  'time.future_overwritten': {
    outcome: 'changed',
    severity: 'warning',
    message: 'time was {delta_s} s in the future and was replaced with the time of arrival.',
    advice: 'Check the clock of the sender, and whether time is in seconds or milliseconds.',
    rule: 'TRK-29',
  },
  'time.unit_suspect': {
    outcome: 'stored',
    severity: 'warning',
    message: 'time {value} reads as {date}.',
    advice: '{send}.',
    rule: 'TRK-31',
  },
  'time.numeric_string': {
    outcome: 'stored',
    severity: 'info',
    message: 'time is the string "{value}", and was read as a number.',
    advice: 'Send {value} without quotes: only numbers are documented.',
    rule: 'TRK-31',
  },
  'event.ignored': {
    outcome: 'dropped',
    severity: 'warning',
    message: 'The event was dropped because its property $ignore is set.',
    advice: 'Look for a registered super property that marks bots or internal traffic.',
    rule: 'TRK-35',
  },
  'payload.undecodable': {
    outcome: 'rejected',
    severity: 'error',
    message: 'Nothing usable could be read from the request: {cause}.',
    advice: '{send}.',
    rule: 'TRK-13',
  },
  'payload.base64_nonstandard': {
    outcome: 'stored',
    severity: 'info',
    message: 'The payload is URL-safe or unpadded base64; it was decoded nevertheless.',
    advice: 'Send standard, padded base64, as documented.',
    rule: 'TRK-03',
  },
  'payload.form_not_encoded': {
    outcome: 'changed',
    severity: 'error',
    message: 'data is in a form or query without percent-encoding: {sent} was read as {read}.',
    advice:
      "Encode it: curl --data-urlencode 'data=…', URLSearchParams or encodeURIComponent. Or send the JSON as the body, with Content-Type: application/json.",
    rule: 'TRK-03',
  },
  'region.mismatch': {
    outcome: 'dropped',
    severity: 'error',
    message: 'The project is in region {region}, and the request was sent to {host}: nothing was stored.',
    advice:
      'Send to the host of the project’s region: api.mixpanel.com for us, api-eu.mixpanel.com for eu, api-in.mixpanel.com for in.',
    rule: 'SEC-07',
  },
  'auth.api_key_only': {
    outcome: 'rejected',
    severity: 'error',
    message: 'api_key no longer authenticates /import.',
    advice: 'Use a service account, or the project token as the Basic username.',
    rule: 'IMP-08',
  },
  'auth.no_colon': {
    outcome: 'rejected',
    severity: 'error',
    message: 'The Basic credentials have no colon, so they are not a username and password.',
    advice:
      'Encode the token or secret followed by a colon, even though the password is empty: base64("<token>:").',
    rule: 'IMP-04',
  },
  'auth.service_account_without_project_id': {
    outcome: 'rejected',
    severity: 'error',
    message:
      'Service account credentials were sent without project_id, so the username was read as an API secret.',
    advice: 'Add ?project_id= to the URL.',
    rule: 'IMP-06',
  },
  'auth.refused': {
    outcome: 'rejected',
    severity: 'error',
    message: 'The credentials were refused: {reason}.',
    advice: 'Send {instead}.',
    rule: 'IMP-06',
  },
  'auth.project_secret_deprecated': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The project secret authenticated this request; Mixpanel retires it on 2027-03-03.',
    advice: 'Use a service account.',
    rule: 'SEC-04',
  },
  'import.token_mismatch': {
    outcome: 'stored',
    severity: 'warning',
    message: 'properties.token ({token}) is not the token of the project of the credentials.',
    advice: 'The credentials take precedence. Check which project is meant.',
    rule: 'IMP-03',
  },
  'import.strict_off': {
    outcome: 'stored',
    severity: 'info',
    message: 'strict is {what}, so records that fail validation are not reported.',
    advice: 'Add ?strict=1.',
    rule: 'IMP-09',
  },
  'import.400_is_partial': {
    outcome: 'stored',
    severity: 'info',
    message: 'The answer was 400, but {n} records of the batch were stored.',
    advice:
      'Correct and resend only the records that failed. A record that is resent must keep its $insert_id, or it counts twice.',
    rule: 'IMP-11',
  },
  'transport.plain_http': {
    outcome: 'stored',
    severity: 'info',
    message: 'The client used plain HTTP, which Twinpanel accepts and Mixpanel refuses.',
    advice: 'Use HTTPS with TLS 1.2 or later in production.',
    rule: 'TRK-40',
  },
  'path.encoded_fragment': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The path {path} contains an encoded #; everything after it was ignored.',
    advice: 'In the documentation # starts an anchor of the page: remove it from the URL.',
    rule: 'GEN-06',
  },
  'path.not_served': {
    outcome: 'rejected',
    severity: 'error',
    message: '{asked} is not served; {served} is.',
    advice: 'Send to {served}: {change}.',
    rule: 'GEN-05',
  },
  'endpoint.not_served': {
    outcome: 'rejected',
    severity: 'warning',
    message: 'Mixpanel has {route}; Twinpanel does not.',
    advice: 'Stub it in tests, or send it to Mixpanel, which documents it ({docs}).',
    rule: 'GEN-10',
  },
  'lookup.suspect': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The lookup table may be wrong: {what}.',
    advice: 'Send {instead}.',
    rule: 'LKP-04',
  },
  'endpoint.retired': {
    outcome: 'no_effect',
    severity: 'info',
    message: '/decide was retired in April 2026; the answer is empty.',
    advice: 'Update the SDK.',
    rule: 'TRK-41',
  },
  'replay.discarded': {
    outcome: 'dropped',
    severity: 'info',
    message: 'A session recording was accepted and discarded.',
    advice: 'No action is needed; Twinpanel does not keep recordings.',
    rule: 'FLG-07',
  },
  'track.strict_ignored': {
    outcome: 'stored',
    severity: 'info',
    message: 'strict has no effect on /track.',
    advice: 'Use /import?strict=1.',
    rule: 'TRK-17',
  },
  'track.callback_rejected': {
    outcome: 'stored',
    severity: 'warning',
    message: 'callback is not a function name and was ignored.',
    advice: 'Send the name of a function, such as cb or app.done.',
    rule: 'TRK-12',
  },
  'limit.request_too_large': {
    outcome: 'rejected',
    severity: 'error',
    message: '{what} exceeds {limit}; no record of the request was stored.',
    advice:
      'Split the batch, and use POST if the URL is too long. On 413 the browser SDK halves the batch; other SDKs do not.',
    rule: 'TRK-24',
  },
  'limit.get_url_long': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The URL has {bytes} bytes; many servers and proxies refuse URLs of this length.',
    advice: 'Use POST.',
    rule: 'TRK-25',
  },
  'limit.hot_shard': {
    outcome: 'changed',
    severity: 'warning',
    message:
      '{id} has more than {limit} events on {day}: the event was stored as $hotshard_events, under no id, with its own name and id as properties.',
    advice:
      'Look for a constant that is sent as an id. Send events that belong to no user with distinct_id "".',
    rule: 'TRK-39',
  },
  'limit.rate': {
    outcome: 'rejected',
    severity: 'warning',
    message: 'The request exceeds a rate limit in the settings of the project and was refused.',
    advice: 'Retry with exponential backoff from 2 s to 60 s, plus 1 to 5 s of jitter.',
    rule: 'RTL-07',
  },
  'limit.profile_rewrites': {
    outcome: 'rejected',
    severity: 'warning',
    message:
      'Updates of large profiles have caused too many rewrites: more than {limit} in addition to what was sent. The request was refused.',
    advice: 'Retry after the time in Retry-After. Keep profiles small: send data that grows as events.',
    rule: 'ENG-29',
  },
  'event.name_explosion': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The project has {count} distinct event names; new names beyond 5,000 are not indexed.',
    advice: 'Put the variable part of the name in a property.',
    rule: 'PRP-17',
  },
} as const satisfies Record<string, CatalogueEntry>
