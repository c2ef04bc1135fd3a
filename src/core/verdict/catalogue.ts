/** E: data lost or counted for the wrong person. W: probably not what you meant. I: information. */
export type Severity = 'E' | 'W' | 'I'

/** What became of a record (VRD-01). */
export type Outcome = 'stored' | 'changed' | 'no_effect' | 'dropped' | 'rejected'

/** One kind of verdict: its sentences have `{…}` where a note's values go. */
export interface CatalogueEntry {
  readonly outcome: Outcome
  readonly severity: Severity
  /** What happened and why. */
  readonly message: string
  /** What to do about it. */
  readonly advice: string
  /** The rule of the contract. */
  readonly rule: string
}

/** Every verdict this version can reach. Codes are stable (VRD-02); their chapter is 21 of the contract. */
export const CATALOGUE = {
  'token.unknown': {
    outcome: 'dropped',
    severity: 'E',
    message: 'No project has the token {token}. The answer was still 1: tokens are not checked on arrival.',
    advice:
      'Compare the token with the project settings. Is it the API secret, or another environment’s token?',
    rule: 'TRK-21',
  },
  'record.invalid': {
    outcome: 'rejected',
    severity: 'E',
    message: 'The record was refused: {reason}.',
    advice: 'Send the missing or malformed field; ask with verbose=1 to see this reason in the answer.',
    rule: 'TRK-18',
  },
  'batch.partial': {
    outcome: 'rejected',
    severity: 'E',
    message:
      'This record was skipped ({reason}) although the answer was 1: other records of the batch were good.',
    advice: 'Use /import?strict=1 to be told about each record that fails.',
    rule: 'TRK-19',
  },
  'time.too_old_for_track': {
    outcome: 'dropped',
    severity: 'E',
    message:
      'The event {event} is {days} days old; /track takes five days, so it was dropped without an error.',
    advice: 'Send history to /import.',
    rule: 'TRK-28',
  },
  'time.future_overwritten': {
    outcome: 'changed',
    severity: 'W',
    message: 'time was {delta_s} s in the future and was replaced by the time of arrival.',
    advice: 'Check the sender’s clock, and whether seconds and milliseconds were mixed up.',
    rule: 'TRK-29',
  },
  'time.unit_suspect': {
    outcome: 'stored',
    severity: 'W',
    message: 'time {value} reads as {date}.',
    advice: 'Check whether seconds and milliseconds were mixed up.',
    rule: 'TRK-31',
  },
  'event.ignored': {
    outcome: 'dropped',
    severity: 'I',
    message: 'The event was dropped because its property $ignore is set.',
    advice: 'Look for a bot or internal-traffic super property that is still registered.',
    rule: 'TRK-35',
  },
  'payload.undecodable': {
    outcome: 'rejected',
    severity: 'E',
    message: 'Nothing usable could be read from the request: {cause}.',
    advice: 'Send JSON, or JSON in base64, as the body or as the parameter data.',
    rule: 'TRK-13',
  },
  'payload.base64_nonstandard': {
    outcome: 'stored',
    severity: 'I',
    message: 'The payload used URL-safe or unpadded base64, which was read all the same.',
    advice: 'Standard, padded base64 is what is documented.',
    rule: 'TRK-03',
  },
  'region.mismatch': {
    outcome: 'dropped',
    severity: 'E',
    message:
      'The project lives in {region}, and this request came in on {host}: answered normally, never stored.',
    advice: 'Send to the host of the project’s region.',
    rule: 'SEC-07',
  },
  'auth.api_key_only': {
    outcome: 'rejected',
    severity: 'E',
    message: 'api_key no longer authenticates /import.',
    advice: 'Use a service account, or the project token as the Basic username.',
    rule: 'IMP-08',
  },
  'auth.service_account_without_project_id': {
    outcome: 'rejected',
    severity: 'E',
    message: 'Service-account credentials came without project_id and were read as an API secret.',
    advice: 'Add ?project_id= to the URL.',
    rule: 'IMP-06',
  },
  'auth.project_secret_deprecated': {
    outcome: 'stored',
    severity: 'W',
    message: 'The project secret authenticated this request; it is retired on 2027-03-03.',
    advice: 'Move to a service account.',
    rule: 'SEC-04',
  },
  'import.token_mismatch': {
    outcome: 'stored',
    severity: 'W',
    message: 'properties.token ({token}) is not the token of the project that the credentials opened.',
    advice: 'The credentials decide: check which of the two is meant.',
    rule: 'IMP-03',
  },
  'import.strict_off': {
    outcome: 'stored',
    severity: 'I',
    message: 'strict was not given, so records that fail validation are not reported.',
    advice: 'Add ?strict=1.',
    rule: 'IMP-09',
  },
  'transport.plain_http': {
    outcome: 'stored',
    severity: 'I',
    message: 'This client came by plain HTTP, which is taken here and refused by Mixpanel.',
    advice: 'Use HTTPS with TLS 1.2 or later in production.',
    rule: 'TRK-40',
  },
  'path.encoded_fragment': {
    outcome: 'stored',
    severity: 'W',
    message: 'The path {path} holds an encoded #, and was read up to there.',
    advice: 'What follows # in the documentation is an anchor of the page: leave it out of the URL.',
    rule: 'GEN-06',
  },
  'endpoint.retired': {
    outcome: 'no_effect',
    severity: 'I',
    message: '/decide was retired in April 2026; a neutral answer was given.',
    advice: 'Update the SDK.',
    rule: 'TRK-41',
  },
  'track.strict_ignored': {
    outcome: 'stored',
    severity: 'I',
    message: 'strict has no effect on /track.',
    advice: 'Use /import?strict=1.',
    rule: 'TRK-17',
  },
  'track.callback_rejected': {
    outcome: 'stored',
    severity: 'W',
    message: 'callback is not a function name and was ignored.',
    advice: 'Give the name of a function, such as cb or app.done.',
    rule: 'TRK-12',
  },
  'limit.request_too_large': {
    outcome: 'rejected',
    severity: 'E',
    message: '{what} exceeds {limit}; nothing of the request was stored.',
    advice: 'Split the batch. The browser SDK halves it by itself on 413; others do not.',
    rule: 'TRK-24',
  },
  'limit.get_url_long': {
    outcome: 'stored',
    severity: 'W',
    message: 'The URL has {bytes} bytes; other servers refuse such a length.',
    advice: 'Switch to POST.',
    rule: 'TRK-25',
  },
  'identity.no_id': {
    outcome: 'stored',
    severity: 'W',
    message:
      'The event has no distinct_id, $user_id or $device_id: it counts for no user, funnel or retention.',
    advice: 'Send one of the three.',
    rule: 'TRK-33',
  },
  'identity.disallowed_id': {
    outcome: 'stored',
    severity: 'E',
    message:
      '{field} is {value}, a placeholder that /import refuses; everybody who sends it becomes one user.',
    advice: 'Send a real id, or none.',
    rule: 'TRK-37',
  },
  'identity.unprefixed_anonymous': {
    outcome: 'stored',
    severity: 'E',
    message:
      'distinct_id {id} looks like an anonymous id but has no $device: before it, so it is a user of its own.',
    advice: 'For an anonymous id send $device_id, or distinct_id with the prefix $device:.',
    rule: 'IDS-12',
  },
  'identity.distinct_id_overridden': {
    outcome: 'changed',
    severity: 'W',
    message: 'distinct_id {sent} was replaced by {stored} because {property} is present.',
    advice: 'Leave distinct_id out, or let it agree with {property}.',
    rule: 'IDS-13',
  },
  'identity.double_device_prefix': {
    outcome: 'changed',
    severity: 'W',
    message: '$device_id {sent} carried the prefix $device:, and one of it was removed.',
    advice: 'Send the bare device id in $device_id.',
    rule: 'IDS-14',
  },
  'identity.device_prefix_in_user_id': {
    outcome: 'changed',
    severity: 'E',
    message: '$user_id {sent} starts with $device:, so the event counts for a device and not for a user.',
    advice: 'Look for identify(get_distinct_id()) and pass your own user id instead.',
    rule: 'IDS-15',
  },
  'identity.identify_noop': {
    outcome: 'no_effect',
    severity: 'I',
    message: '$identify has no effect in a project on Simplified ID Merge, and is not stored.',
    advice: 'Track an ordinary event that carries both $device_id and $user_id.',
    rule: 'IDS-20',
  },
  'identity.alias_noop_simplified': {
    outcome: 'no_effect',
    severity: 'E',
    message: '$create_alias was answered 1 and did nothing: Simplified ID Merge has no aliases.',
    advice: 'Keep one unchanging $user_id and send other ids as properties.',
    rule: 'IDS-21',
  },
  'identity.merge_not_on_track': {
    outcome: 'rejected',
    severity: 'E',
    message: '$merge is taken by /import only, and only in projects on Original ID Merge.',
    advice: 'Send it to /import of a project on Original ID Merge.',
    rule: 'TRK-38',
  },
  'identity.verb_rejected_simplified': {
    outcome: 'rejected',
    severity: 'E',
    message:
      '/import refuses {event} in a project on Simplified ID Merge, and with strict=1 the whole batch with it.',
    advice: 'Remove identity events before importing.',
    rule: 'IDS-22',
  },
  'value.truncated': {
    outcome: 'changed',
    severity: 'W',
    message: '{property} had {length} characters and was stored as {limit}.',
    advice: 'Split long URLs and JSON texts into several properties.',
    rule: 'PRP-10',
  },
  'value.too_many_properties': {
    outcome: 'changed',
    severity: 'E',
    message: 'The event has {count} properties; {dropped} were dropped, from {names} on.',
    advice: 'Send 255 properties at most.',
    rule: 'PRP-12',
  },
  'value.too_deep_or_large': {
    outcome: 'changed',
    severity: 'E',
    message: '{property} exceeds depth 3, 255 keys or elements, or 8 KB, and was cut.',
    advice: 'Send flat values.',
    rule: 'PRP-13',
  },
  'value.reserved_bucket': {
    outcome: 'stored',
    severity: 'W',
    message: 'A property named {property} hides events in Mixpanel’s reports.',
    advice: 'Rename it.',
    rule: 'PRP-04',
  },
  'value.numeric_string': {
    outcome: 'stored',
    severity: 'I',
    message: '{property} arrives as a number and as text; filters treat them as different types.',
    advice: 'Send numbers without quotes.',
    rule: 'PRP-05',
  },
  'value.name_case': {
    outcome: 'stored',
    severity: 'W',
    message: '{a} and {b} differ in case only, and are different names.',
    advice: 'Choose one spelling.',
    rule: 'GEN-03',
  },
  'event.name_explosion': {
    outcome: 'stored',
    severity: 'W',
    message: 'The project has {count} distinct event names; above 5000 new names are not indexed.',
    advice: 'Put the variable part of the name in a property.',
    rule: 'PRP-17',
  },
  'value.not_storable': {
    outcome: 'changed',
    severity: 'W',
    message: '{property} held {what} and was stored without it.',
    advice: 'Send well-formed UTF-8 text without U+0000, and numbers within a double.',
    rule: 'DEC-07',
  },
  'value.repaired': {
    outcome: 'changed',
    severity: 'W',
    message: '{field} failed validation ({reason}) and was repaired.',
    advice: 'Use strict=1 to be told instead.',
    rule: 'IMP-13',
  },
  'dedup.no_insert_id': {
    outcome: 'stored',
    severity: 'W',
    message: 'The event has no $insert_id: a retry will be counted twice.',
    advice: 'Give each event a UUID as $insert_id.',
    rule: 'DDP-05',
  },
} as const satisfies Record<string, CatalogueEntry>

/** A code of the catalogue, such as `time.too_old_for_track`. */
export type VerdictCode = keyof typeof CATALOGUE
