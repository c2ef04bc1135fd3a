import type { CatalogueEntry } from './entry.ts'

/** Outcomes of profile updates, and of profiles when users are joined (chapters 21.2 to 21.4). */
export const PROFILE_VERDICTS = {
  'profile.unprefixed_device': {
    outcome: 'stored',
    severity: 'error',
    message: 'A profile was created for the user {id}, but {id} is also the device $device:{id}.',
    advice: 'Update the profile after the user is identified, or address it as $device:{id}.',
    rule: 'IDS-27',
  },
  'profile.device_profile_lost': {
    outcome: 'stored',
    severity: 'error',
    message:
      'Linking {device} to {user} hid {count} profile properties that were set on the device: {names}.',
    advice: 'Set them again on {user}: profiles of devices are not carried over.',
    rule: 'IDS-28',
  },
  'profile.hidden_by_merge': {
    outcome: 'stored',
    severity: 'error',
    message:
      'Both users had profiles. The profile of {canonical} is kept; {count} properties of {other} are hidden: {names}.',
    advice: 'Set profile properties after identify().',
    rule: 'IDO-24',
  },
  'identity.alias_shadows_profile': {
    outcome: 'stored',
    severity: 'warning',
    message: '{alias} already has a profile, which from now on is only reachable with $ignore_alias.',
    advice: 'Send $create_alias before the first profile update with the new id.',
    rule: 'IDL-10',
  },
  'profile.type_mismatch': {
    outcome: 'no_effect',
    severity: 'warning',
    message: '{operation} on {property} was ignored: {cause}.',
    advice: 'Use $set to replace a value with one of another type. $add accepts numbers, $merge objects.',
    rule: 'ENG-14',
  },
  'profile.operation_unknown': {
    outcome: 'changed',
    severity: 'error',
    message: '{operation} is not an operation: it was ignored, and only the rest of the record was applied.',
    advice: '{send}.',
    rule: 'ENG-03',
  },
  'profile.too_many_properties': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'Profile {id} would have {count} properties; the update was refused, and the answer was still 1.',
    advice: 'Use at most 2,000 properties: move variable data to lists or to events.',
    rule: 'ENG-29',
  },
  'profile.too_large': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'Profile {id} would exceed {limit}, counting every digit of its numbers; the update was refused, and the answer was still 1.',
    advice: 'Send data that grows as events, and do not send numbers with hundreds of digits.',
    rule: 'ENG-29',
  },
  'profile.unset_not_array': {
    outcome: 'stored',
    severity: 'warning',
    message: '$unset takes a list of names; the string was read as one name.',
    advice: 'Send a list.',
    rule: 'ENG-18',
  },
  'profile.multiple_operations': {
    outcome: 'stored',
    severity: 'info',
    message: 'The record has {operations}; they were applied in this order.',
    advice: 'Send one operation per record.',
    rule: 'ENG-21',
  },
  'profile.last_seen_set': {
    outcome: 'stored',
    severity: 'info',
    message: '$last_seen was set; otherwise it is updated automatically.',
    advice: 'Omit it.',
    rule: 'ENG-26',
  },
  'profile.bad_time': {
    outcome: 'stored',
    severity: 'info',
    message: '$time {value} is not a time and was ignored.',
    advice: 'Send seconds or milliseconds since 1970, or an ISO 8601 string.',
    rule: 'ENG-27',
  },
  'profile.distinct_id_spelling': {
    outcome: 'rejected',
    severity: 'error',
    message: 'The record has distinct_id and no $distinct_id.',
    advice: 'Profile records need $distinct_id; events use distinct_id.',
    rule: 'ENG-03',
  },
  'profile.nested_append_array': {
    outcome: 'stored',
    severity: 'info',
    message: 'A list was appended to {property} as one element.',
    advice: 'To add several elements use $union.',
    rule: 'ENG-15',
  },
  'profile.gzip_unsupported': {
    outcome: 'stored',
    severity: 'info',
    message: 'The profile update was compressed, which Mixpanel does not document for this endpoint.',
    advice: 'Send it uncompressed.',
    rule: 'ENG-01',
  },
  'auth.basic_on_engage': {
    outcome: 'stored',
    severity: 'info',
    message: 'The credentials sent with a profile update were ignored.',
    advice: 'Send $token in every record.',
    rule: 'ENG-03',
  },
  'group.key_undeclared': {
    outcome: 'stored',
    severity: 'error',
    message:
      'The group key {key} is not declared: the profile was stored, but cannot be found until it is declared.',
    advice: '{send}.',
    rule: 'GRP-06',
  },
  'group.placeholder_id': {
    outcome: 'stored',
    severity: 'warning',
    message: '{field} is {what}, which names no group.',
    advice: 'Send the id of the group as a string, or omit {field} while there is none.',
    rule: 'GRP-02',
  },
  'group.distinct_id_present': {
    outcome: 'rejected',
    severity: 'error',
    message: 'A group record has $distinct_id, which is not allowed.',
    advice: 'Remove it: a group is identified by $group_key and $group_id.',
    rule: 'GRP-02',
  },
  'group.operation_unsupported': {
    outcome: 'no_effect',
    severity: 'warning',
    message: '{operation} is not supported for groups and was ignored.',
    advice: 'Use $set, $set_once, $union, $remove, $unset or $delete.',
    rule: 'GRP-04',
  },
} as const satisfies Record<string, CatalogueEntry>
