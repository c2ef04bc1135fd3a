import type { CatalogueEntry } from './entry.ts'

/** Why an event counts for another person than intended, in any identity system (chapter 21.2). */
export const IDENTITY_VERDICTS = {
  'identity.id_from_address': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'The event has no distinct_id, so it got a hash of the request’s IP address ({address}): all events without an id from this address are one user.',
    advice: 'Send the id of the user, or distinct_id "" if the event belongs to no user.',
    rule: 'IMP-18',
  },
  'identity.no_id': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The event has no {ids}: it counts for no user, funnel or retention report.',
    advice: 'Send a distinct_id. In Simplified ID Merge you can send $user_id or $device_id instead.',
    rule: 'TRK-33',
  },
  'identity.id_not_text': {
    outcome: 'changed',
    severity: 'warning',
    message: '{field} is {what}, which is not a valid id: the event was stored as if {field} were absent.',
    advice: 'Send the id itself, as a string or a number: identify(user.id), not identify(user).',
    rule: 'IDS-16',
  },
  'identity.disallowed_id': {
    outcome: 'stored',
    severity: 'error',
    message:
      '{field} is {value}, a placeholder that /import refuses: everyone who sends it becomes one user.',
    advice: 'Send a real id, or omit the field.',
    rule: 'TRK-37',
  },
  'identity.placeholder_id': {
    outcome: 'stored',
    severity: 'warning',
    message: '{field} is {value} ({what}), which identifies neither a user nor a device.',
    advice:
      'Send the id itself, such as user.id. While nobody is signed in, omit $user_id and send $device_id.',
    rule: 'TRK-37',
  },
  'identity.user_id_in_device_id': {
    outcome: 'changed',
    severity: 'warning',
    message:
      'distinct_id and $device_id are both {sent}, and there is no $user_id: the event counts for the device {stored}.',
    advice:
      'If {sent} is a signed-in user, send it as $user_id, and the id of the device as $device_id. If it is a device, omit distinct_id.',
    rule: 'IDS-13',
  },
  'identity.unprefixed_anonymous': {
    outcome: 'stored',
    severity: 'error',
    message:
      'distinct_id {id} is a device id without the prefix $device:, so the event counts for a user with that id.',
    advice: 'Send an anonymous id as $device_id, or as distinct_id with the prefix $device:.',
    rule: 'IDS-12',
  },
  'identity.distinct_id_overridden': {
    outcome: 'changed',
    severity: 'warning',
    message: 'distinct_id {sent} was replaced by {stored} because {property} is present.',
    advice: 'Omit distinct_id, or send the same id in it as in {property}.',
    rule: 'IDS-13',
  },
  'identity.double_device_prefix': {
    outcome: 'changed',
    severity: 'warning',
    message: '$device_id {sent} has the prefix $device:, which was removed once.',
    advice: 'Send $device_id without the prefix.',
    rule: 'IDS-14',
  },
  'identity.device_prefix_in_user_id': {
    outcome: 'changed',
    severity: 'error',
    message: '$user_id {sent} starts with $device:, so the event counts for a device, not for a user.',
    advice: 'Look for identify(get_distinct_id()), and pass your user id instead.',
    rule: 'IDS-15',
  },
  'identity.identify_noop': {
    outcome: 'no_effect',
    severity: 'info',
    message: '$identify was answered 1 and had no effect: in {system} it merges nobody.',
    advice:
      'In Simplified ID Merge, track another event that has both $device_id and $user_id. In Legacy, send $create_alias once, at sign-up.',
    rule: 'IDS-20',
  },
  'identity.alias_noop_simplified': {
    outcome: 'no_effect',
    severity: 'error',
    message: '$create_alias was answered 1 and had no effect: Simplified ID Merge has no aliases.',
    advice: 'Use one permanent $user_id, and send other ids as properties.',
    rule: 'IDS-21',
  },
  'identity.merge_not_on_track': {
    outcome: 'rejected',
    severity: 'error',
    message: 'Only /import accepts $merge, and only in projects that use Original ID Merge.',
    advice: 'Send it to /import, in a project that uses Original ID Merge.',
    rule: 'TRK-38',
  },
  'identity.verb_rejected_simplified': {
    outcome: 'rejected',
    severity: 'error',
    message: 'In Simplified ID Merge, /import refuses {event}; with strict=1 it refuses the whole batch.',
    advice: 'Remove identity events before importing.',
    rule: 'IDS-22',
  },
} as const satisfies Record<string, CatalogueEntry>
