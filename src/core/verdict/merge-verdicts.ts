import type { CatalogueEntry } from './entry.ts'

/** Why users were joined or not: the findings of the rulebooks (chapters 21.2 and 21.3). */
export const MERGE_VERDICTS = {
  'identity.no_event_after_identify': {
    outcome: 'no_effect',
    severity: 'warning',
    message:
      'identify("{user}") was called on {device}, but no event with both ids followed: the earlier events of the device do not belong to {user}.',
    advice: 'Track an event after identify(), with any name except $identify, $create_alias and $merge.',
    rule: 'IDS-24',
  },
  'identity.device_already_assigned': {
    outcome: 'changed',
    severity: 'warning',
    message:
      '{device} already belongs to {owner}. This event counts for {user}, its device was ignored, and earlier events of the device stay with {owner}.',
    advice:
      'Call reset() on logout, so that the next person gets a new device id. alias() of the browser SDK also causes this, because it identifies as the alias.',
    rule: 'IDS-07',
  },
  'identity.user_id_as_device': {
    outcome: 'stored',
    severity: 'warning',
    message:
      '$device_id {device} looks like, or is known as, a user id. It was linked as $device:{device}; events with {device} as $user_id belong to another user.',
    advice: 'Send one permanent user id as $user_id, and other ids as properties.',
    rule: 'IDS-10',
  },
  'identity.constant_user_id': {
    outcome: 'stored',
    severity: 'error',
    message: 'User {user} {what}: everyone who sends it becomes one user, irreversibly.',
    advice: 'Look for identify() called with a constant instead of the id of the signed-in user.',
    rule: 'IDS-05',
  },
  'identity.case_mismatch': {
    outcome: 'stored',
    severity: 'warning',
    message: '{a} and {b} differ only in case: they are two users.',
    advice: 'Normalise ids before you send them: use lower case for e-mail addresses.',
    rule: 'GEN-03',
  },
  'identity.dual_id_inert': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'In Original ID Merge, $device_id {device} and $user_id {user} on an event merge nobody: they are two users.',
    advice: 'Send $identify with both ids, or use a project with Simplified ID Merge.',
    rule: 'IDO-01',
  },
  'identity.anon_not_guid': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'The anonymous id {anon} does not have the form of a UUID, so $identify merged nobody (errAnonDistinctIdNonGUIDForm). The answer was still 1.',
    advice: 'Use a UUIDv4 as the anonymous id, or merge the two with $create_alias or $merge.',
    rule: 'IDO-07',
  },
  'identity.anon_not_uuid4': {
    outcome: 'stored',
    severity: 'warning',
    message:
      '{anon} has the form of a GUID but is not a UUIDv4. It was accepted; the documentation requires a UUIDv4.',
    advice: 'Use a UUIDv4 as the anonymous id.',
    rule: 'IDO-10',
  },
  'identity.anon_already_identified': {
    outcome: 'no_effect',
    severity: 'warning',
    message:
      '{anon} already belongs to {owner}, so $identify did not merge it with {user} (errAnonDistinctIdAssignedAlready).',
    advice: 'Call reset() before another person signs in.',
    rule: 'IDO-08',
  },
  'identity.shared_device_merge': {
    outcome: 'stored',
    severity: 'error',
    message:
      '{anon}, which an earlier $identify had named as a user, was sent as the anonymous id of {user}: two people became one user, irreversibly.',
    advice:
      'Call reset() on logout; otherwise identify() sends the id of the previous person as the anonymous id.',
    rule: 'IDO-12',
  },
  'identity.people_joined': {
    outcome: 'stored',
    severity: 'warning',
    message:
      '{event} merged {added} and {earlier} into one user, irreversibly: each of the two ids names a person.',
    advice:
      'If they are two people, call reset() on logout, so that the next person gets a new anonymous id. If they are two ids of one person, no action is needed.',
    rule: 'IDO-35',
  },
  'identity.cluster_full': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'User {user} has {size} of at most {max} ids, so {id} was not merged and remains a separate user (errManyIDs).',
    advice: 'Call reset() less often: each call creates a new anonymous id.',
    rule: 'IDO-22',
  },
  'identity.cluster_nearly_full': {
    outcome: 'stored',
    severity: 'warning',
    message: 'User {user} has {size} of at most {max} ids.',
    advice: 'Call reset() less often; ids beyond the limit remain separate users.',
    rule: 'IDO-22',
  },
  'identity.same_ids': {
    outcome: 'no_effect',
    severity: 'warning',
    message: 'Both ids are {id}: there is nothing to merge.',
    advice: 'Send the anonymous id from before sign-in, and the new id.',
    rule: 'IDO-06',
  },
  'identity.alias_exists': {
    outcome: 'no_effect',
    severity: 'warning',
    message:
      '{alias} is already an alias of {owner}, and an alias points to one id: nothing was merged (errAliasAlreadyExists).',
    advice: 'Call alias() once, at sign-up; on a second device call identify().',
    rule: 'IDO-15',
  },
  'identity.verb_incomplete': {
    outcome: 'no_effect',
    severity: 'error',
    message: '{event} has no {field}: it was stored and merged nobody.',
    advice: 'Send both ids in properties: {ids}.',
    rule: 'IDO-03',
  },
  'identity.canonical_is_anonymous': {
    outcome: 'stored',
    severity: 'info',
    message:
      'Reports and exports show {canonical} for this user, not {user}: the server chooses the canonical id.',
    advice: 'Send your own id as a property of events and of the profile.',
    rule: 'IDO-23',
  },
  'identity.alias_not_retroactive': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'Earlier events of {alias} ({count}) remain a separate user: in Legacy an alias only affects later events.',
    advice: 'Send $create_alias before the first event with the new id.',
    rule: 'IDL-02',
  },
  'identity.alias_ignored_legacy': {
    outcome: 'no_effect',
    severity: 'error',
    message: '{alias} is already {relation} {owner}: the alias for {of} was ignored, and the two {effect}.',
    advice: 'On a second device call identify(), not alias().',
    rule: 'IDL-03',
  },
} as const satisfies Record<string, CatalogueEntry>
