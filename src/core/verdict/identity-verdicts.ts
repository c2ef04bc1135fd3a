import type { CatalogueEntry } from './entry.ts'

/** Why an event counts for another person than intended, in any identity system (chapter 21.2). */
export const IDENTITY_VERDICTS = {
  'identity.id_from_address': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'The event has no distinct_id, so it got a hash of the request’s IP address ({address}): all such events of this address are one user.',
    advice: 'Send the user’s id, or distinct_id "" for an event of no user.',
    rule: 'IMP-18',
  },
  'identity.no_id': {
    outcome: 'stored',
    severity: 'warning',
    message: 'The event has no {ids}: it counts for no user, funnel or retention.',
    advice: 'Send a distinct_id; on Simplified ID Merge, and only there, $user_id or $device_id will do.',
    rule: 'TRK-33',
  },
  'identity.id_not_text': {
    outcome: 'changed',
    severity: 'warning',
    message: '{field} is {what}, which can be no id: the event was stored as if {field} were absent.',
    advice: 'Send the id itself, a text or a number: identify(user.id), not identify(user).',
    rule: 'IDS-16',
  },
  'identity.disallowed_id': {
    outcome: 'stored',
    severity: 'error',
    message:
      '{field} is {value}, a placeholder that /import refuses; everybody who sends it becomes one user.',
    advice: 'Send a real id, or none.',
    rule: 'TRK-37',
  },
  'identity.placeholder_id': {
    outcome: 'stored',
    severity: 'warning',
    message: '{field} is {value} ({what}), which identifies neither a user nor a device.',
    advice:
      'Send the id itself, such as user.id. While nobody is signed in, leave $user_id out and send $device_id.',
    rule: 'TRK-37',
  },
  'identity.user_id_in_device_id': {
    outcome: 'changed',
    severity: 'warning',
    message:
      'distinct_id and $device_id are both {sent}, and there is no $user_id: the event counts for the device {stored}.',
    advice:
      'If {sent} is a signed-in user, send it as $user_id, and the device’s own id as $device_id. If it is a device, leave distinct_id out.',
    rule: 'IDS-13',
  },
  'identity.unprefixed_anonymous': {
    outcome: 'stored',
    severity: 'error',
    message:
      'distinct_id {id} is the id of a device, without $device: before it: the event counts for a user of that name.',
    advice: 'For an anonymous id send $device_id, or distinct_id with the prefix $device:.',
    rule: 'IDS-12',
  },
  'identity.distinct_id_overridden': {
    outcome: 'changed',
    severity: 'warning',
    message: 'distinct_id {sent} was replaced by {stored} because {property} is present.',
    advice: 'Leave distinct_id out, or let it agree with {property}.',
    rule: 'IDS-13',
  },
  'identity.double_device_prefix': {
    outcome: 'changed',
    severity: 'warning',
    message: '$device_id {sent} carried the prefix $device:, and one of it was removed.',
    advice: 'Send the bare device id in $device_id.',
    rule: 'IDS-14',
  },
  'identity.device_prefix_in_user_id': {
    outcome: 'changed',
    severity: 'error',
    message: '$user_id {sent} starts with $device:, so the event counts for a device and not for a user.',
    advice: 'Look for identify(get_distinct_id()) and pass your own user id instead.',
    rule: 'IDS-15',
  },
  'identity.identify_noop': {
    outcome: 'no_effect',
    severity: 'info',
    message: '$identify was answered 1 and joins nobody: this project is on {system}.',
    advice:
      'On Simplified ID Merge track an ordinary event that carries both $device_id and $user_id; on Legacy send $create_alias once, at sign-up.',
    rule: 'IDS-20',
  },
  'identity.alias_noop_simplified': {
    outcome: 'no_effect',
    severity: 'error',
    message: '$create_alias was answered 1 and did nothing: Simplified ID Merge has no aliases.',
    advice: 'Keep one unchanging $user_id and send other ids as properties.',
    rule: 'IDS-21',
  },
  'identity.merge_not_on_track': {
    outcome: 'rejected',
    severity: 'error',
    message: '$merge is taken by /import only, and only in projects on Original ID Merge.',
    advice: 'Send it to /import of a project on Original ID Merge.',
    rule: 'TRK-38',
  },
  'identity.verb_rejected_simplified': {
    outcome: 'rejected',
    severity: 'error',
    message:
      '/import refuses {event} in a project on Simplified ID Merge, and with strict=1 the whole batch with it.',
    advice: 'Remove identity events before importing.',
    rule: 'IDS-22',
  },
} as const satisfies Record<string, CatalogueEntry>
