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
    message:
      'No project has the token {token}, and none was made of it: {why}, no more. The answer was still 1.',
    advice:
      'Make the project with POST /_twin/projects, delete those that nobody needs, or raise TWINPANEL_NEW_TOKENS_PER_MINUTE or TWINPANEL_NEW_TOKENS_MAX.',
    rule: 'DEC-05',
  },
  'token.suspect': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'No project had the token {token} ({what}), so one was created: Mixpanel would have answered 1 and stored nothing.',
    advice:
      'Send the token of your project, and delete the one that was created. With TWINPANEL_UNKNOWN_TOKENS=drop no token creates a project.',
    rule: 'DEC-05',
  },
  'token.is_secret': {
    outcome: 'dropped',
    severity: 'error',
    message:
      'The record has the secret of a project or a service account in place of the token, and was not stored.',
    advice: 'Send the project token, and rotate the secret: what is sent as a token is visible to users.',
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
      'The event {event} is {days} days old; /track takes five days, so it was dropped without an error.',
    advice: '{send}.',
    rule: 'TRK-28',
  },
  'time.future_overwritten': {
    outcome: 'changed',
    severity: 'warning',
    message: 'time was {delta_s} s in the future and was replaced by the time of arrival.',
    advice: 'Check the sender’s clock, and whether seconds and milliseconds were mixed up.',
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
    advice: 'Look for a bot or internal-traffic super property that is still registered.',
    rule: 'TRK-35',
  },
  'payload.undecodable': {
    outcome: 'rejected',
    severity: 'error',
    message: 'Nothing usable could be read from the request: {cause}.',
    advice: 'Send JSON, or JSON in base64, as the body or as the parameter data.',
    rule: 'TRK-13',
  },
  'payload.base64_nonstandard': {
    outcome: 'stored',
    severity: 'info',
    message: 'The payload used URL-safe or unpadded base64, which was read all the same.',
    advice: 'Standard, padded base64 is what is documented.',
    rule: 'TRK-03',
  },
  'payload.form_not_encoded': {
    outcome: 'changed',
    severity: 'error',
    message: 'data came in a form or query without percent-encoding: {sent} was read as {read}.',
    advice:
      "Encode it: curl --data-urlencode 'data=…', URLSearchParams or encodeURIComponent. Or send the JSON as the body, with Content-Type: application/json.",
    rule: 'TRK-03',
  },
  'region.mismatch': {
    outcome: 'dropped',
    severity: 'error',
    message: 'The project lives in {region}, and this request came in on {host}: nothing of it is stored.',
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
    message: 'The Basic credentials have no colon, so they are not a pair of user and password.',
    advice:
      'Encode the token or secret with a colon after it, although the password is empty: base64("<token>:").',
    rule: 'IMP-04',
  },
  'auth.service_account_without_project_id': {
    outcome: 'rejected',
    severity: 'error',
    message: 'Service-account credentials came without project_id and were read as an API secret.',
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
    message: 'The project secret authenticated this request; it is retired on 2027-03-03.',
    advice: 'Move to a service account.',
    rule: 'SEC-04',
  },
  'import.token_mismatch': {
    outcome: 'stored',
    severity: 'warning',
    message: 'properties.token ({token}) is not the token of the project that the credentials opened.',
    advice: 'The credentials decide: check which of the two is meant.',
    rule: 'IMP-03',
  },
  'import.strict_off': {
    outcome: 'stored',
    severity: 'info',
    message: 'strict was not given, so records that fail validation are not reported.',
    advice: 'Add ?strict=1.',
    rule: 'IMP-09',
  },
  'import.400_is_partial': {
    outcome: 'stored',
    severity: 'info',
    message: 'The answer was 400, and yet {n} records of the batch were stored.',
    advice:
      'Send only the records that failed, mended; whatever is sent again must keep its $insert_id, or it is counted twice.',
    rule: 'IMP-11',
  },
  'transport.plain_http': {
    outcome: 'stored',
    severity: 'info',
    message: 'This client came by plain HTTP, which is taken here and refused by Mixpanel.',
    advice: 'Use HTTPS with TLS 1.2 or later in production.',
    rule: 'TRK-40',
  },
  'path.encoded_fragment': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The path {path} holds an encoded #, and was read up to there.',
    advice: 'What follows # in the documentation is an anchor of the page: leave it out of the URL.',
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
    message: '/decide was retired in April 2026; a neutral answer was given.',
    advice: 'Update the SDK.',
    rule: 'TRK-41',
  },
  'replay.discarded': {
    outcome: 'dropped',
    severity: 'info',
    message: 'A session recording was accepted and thrown away.',
    advice: 'Nothing is wrong; look for recordings in Mixpanel.',
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
    advice: 'Give the name of a function, such as cb or app.done.',
    rule: 'TRK-12',
  },
  'limit.request_too_large': {
    outcome: 'rejected',
    severity: 'error',
    message: '{what} exceeds {limit}; nothing of the request was stored.',
    advice:
      'Split the batch, and POST what is too long for a URL. On 413 the browser SDK halves by itself; others do not.',
    rule: 'TRK-24',
  },
  'limit.get_url_long': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The URL has {bytes} bytes; other servers refuse such a length.',
    advice: 'Switch to POST.',
    rule: 'TRK-25',
  },
  'limit.hot_shard': {
    outcome: 'changed',
    severity: 'warning',
    message:
      '{id} has more than {limit} events on {day}: the event was stored as $hotshard_events, under no id, with its own name and id as properties.',
    advice:
      'Look for a constant that is sent as an id. Events that are nobody’s may be sent with distinct_id "".',
    rule: 'TRK-39',
  },
  'limit.rate': {
    outcome: 'rejected',
    severity: 'warning',
    message: 'The project has used up a rate limit of its settings; the request was refused.',
    advice: 'Slow down: wait 2 s, then twice as long each time up to 60 s, with 1 to 5 s of jitter.',
    rule: 'RTL-07',
  },
  'limit.profile_rewrites': {
    outcome: 'rejected',
    severity: 'warning',
    message:
      'Updates of large profiles have made the server write too much again: more than {limit} beyond what was sent; the request was refused.',
    advice:
      'Send it again after the wait that the answer names. Keep profiles small: what grows belongs into events.',
    rule: 'ENG-29',
  },
  'event.name_explosion': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The project has {count} distinct event names; above 5000 new names are not indexed.',
    advice: 'Put the variable part of the name in a property.',
    rule: 'PRP-17',
  },
} as const satisfies Record<string, CatalogueEntry>
