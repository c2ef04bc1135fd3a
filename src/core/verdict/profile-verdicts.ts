import type { CatalogueEntry } from './entry.ts'

/** Outcomes of profile updates, and of profiles when users are joined (chapters 21.2 to 21.4). */
export const PROFILE_VERDICTS = {
  'profile.unprefixed_device': {
    outcome: 'stored',
    severity: 'error',
    message: 'The profile of a user {id} was made, and a device $device:{id} exists.',
    advice: 'Wait until the user is identified, or address the profile as $device:{id}.',
    rule: 'IDS-27',
  },
  'profile.device_profile_lost': {
    outcome: 'stored',
    severity: 'error',
    message:
      'Linking {device} to {user} made {count} profile properties unreachable that were set while anonymous: {names}.',
    advice: 'They are not carried over: set them again on {user}.',
    rule: 'IDS-28',
  },
  'profile.hidden_by_merge': {
    outcome: 'stored',
    severity: 'error',
    message:
      'Both users had profiles. That of {canonical} is kept; {count} properties of {other} are hidden: {names}.',
    advice: 'Set profile properties after identify.',
    rule: 'IDO-24',
  },
  'identity.alias_shadows_profile': {
    outcome: 'stored',
    severity: 'warning',
    message: '{alias} already has a profile, which is reachable with $ignore_alias only from now on.',
    advice: 'Send $create_alias before the first profile update with the new id.',
    rule: 'IDL-10',
  },
  'profile.type_mismatch': {
    outcome: 'no_effect',
    severity: 'warning',
    message: '{operation} on {property} was ignored: {cause}.',
    advice: 'Use $set to replace a value by one of another type; $add takes numbers only, $merge objects.',
    rule: 'ENG-14',
  },
  'profile.operation_unknown': {
    outcome: 'changed',
    severity: 'error',
    message: '{operation} is no operation: it was ignored, and only the rest of the record was applied.',
    advice: '{send}.',
    rule: 'ENG-03',
  },
  'profile.too_many_properties': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'Profile {id} would have {count} properties; the update was refused, and the answer was still 1.',
    advice: 'Keep to 2000 properties: put what varies into lists, or into events.',
    rule: 'ENG-29',
  },
  'profile.too_large': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'Profile {id} would have more than {limit}, with every digit of its numbers; the update was refused, and the answer was still 1.',
    advice: 'Send what grows as events, and no numbers of hundreds of digits.',
    rule: 'ENG-29',
  },
  'profile.unset_not_array': {
    outcome: 'stored',
    severity: 'warning',
    message: '$unset takes a list of names; one text was taken for one name.',
    advice: 'Send a list.',
    rule: 'ENG-18',
  },
  'profile.multiple_operations': {
    outcome: 'stored',
    severity: 'info',
    message: 'One record has {operations}; they were applied in this order.',
    advice: 'Send one operation a record.',
    rule: 'ENG-21',
  },
  'profile.last_seen_set': {
    outcome: 'stored',
    severity: 'info',
    message: '$last_seen was set; it is kept up to date by itself otherwise.',
    advice: 'Leave it out.',
    rule: 'ENG-26',
  },
  'profile.bad_time': {
    outcome: 'stored',
    severity: 'info',
    message: '$time {value} is no time and was ignored.',
    advice: 'Send seconds or milliseconds since 1970, or an ISO 8601 text.',
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
    message: 'A compressed profile update was taken; Mixpanel documents none.',
    advice: 'Send it as it is.',
    rule: 'ENG-01',
  },
  'auth.basic_on_engage': {
    outcome: 'stored',
    severity: 'info',
    message: 'Credentials came with a profile update and were ignored.',
    advice: 'Put $token into every record.',
    rule: 'ENG-03',
  },
  'group.key_undeclared': {
    outcome: 'stored',
    severity: 'error',
    message: 'The group key {key} is not declared: the profile is kept, and found once it is.',
    advice: 'Declare it in the project’s setting group_keys; events before that are never attributed.',
    rule: 'GRP-06',
  },
  'group.distinct_id_present': {
    outcome: 'rejected',
    severity: 'error',
    message: 'A group record carries $distinct_id, which is not allowed.',
    advice: 'Leave it out: a group goes by $group_key and $group_id.',
    rule: 'GRP-02',
  },
  'group.operation_unsupported': {
    outcome: 'no_effect',
    severity: 'warning',
    message: '{operation} is not supported on groups and was ignored.',
    advice: 'Use $set, $set_once, $union, $remove, $unset or $delete.',
    rule: 'GRP-04',
  },
} as const satisfies Record<string, CatalogueEntry>
