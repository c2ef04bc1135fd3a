import type { CatalogueEntry } from './entry.ts'

/** Why users were joined or not: the findings of the rulebooks (chapters 21.2 and 21.3). */
export const MERGE_VERDICTS = {
  'identity.no_event_after_identify': {
    outcome: 'no_effect',
    severity: 'warning',
    message:
      'identify("{user}") was called on {device}, and no event has carried both ids since: what the device did before is still a stranger’s.',
    advice: 'Track one event after identify(), under whatever name but $identify, $create_alias and $merge.',
    rule: 'IDS-24',
  },
  'identity.device_already_assigned': {
    outcome: 'changed',
    severity: 'warning',
    message:
      '{device} already belongs to {owner}. This event counts for {user}, its device was ignored, and {user} inherits nothing that the device did before.',
    advice:
      'Call reset() on logout, so that the next person gets a new device id. alias() of the browser SDK has this effect too: it identifies as the alias.',
    rule: 'IDS-07',
  },
  'identity.user_id_as_device': {
    outcome: 'stored',
    severity: 'warning',
    message:
      '$device_id {device} looks like, or is known as, a user id. It was linked as $device:{device}; events with {device} as $user_id stay a user of their own.',
    advice: 'Send one unchanging user id as $user_id, and other ids as properties.',
    rule: 'IDS-10',
  },
  'identity.constant_user_id': {
    outcome: 'stored',
    severity: 'error',
    message: 'User {user} {what}: everybody who sends it becomes one user, irreversibly.',
    advice: 'Look for identify() called with a literal text instead of the signed-in user’s id.',
    rule: 'IDS-05',
  },
  'identity.case_mismatch': {
    outcome: 'stored',
    severity: 'warning',
    message: '{a} and {b} differ in case only, and are two users.',
    advice: 'Choose one spelling before sending: lower case, for e-mail addresses.',
    rule: 'GEN-03',
  },
  'identity.dual_id_inert': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'This project is on Original ID Merge, where $device_id {device} and $user_id {user} on an event join nobody: they are two users.',
    advice: 'Send $identify with both ids, or use a project on Simplified ID Merge.',
    rule: 'IDO-01',
  },
  'identity.anon_not_guid': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'The anonymous id {anon} does not have the form of a UUID, so $identify joined nobody (errAnonDistinctIdNonGUIDForm). The answer was still 1.',
    advice: 'Use a UUIDv4 as the anonymous id, or join the two by $create_alias or $merge.',
    rule: 'IDO-07',
  },
  'identity.anon_not_uuid4': {
    outcome: 'stored',
    severity: 'warning',
    message: '{anon} has the shape of a GUID and is not a UUIDv4: taken here, but a UUIDv4 is documented.',
    advice: 'Use a UUIDv4 as the anonymous id.',
    rule: 'IDO-10',
  },
  'identity.anon_already_identified': {
    outcome: 'no_effect',
    severity: 'warning',
    message:
      '{anon} already belongs to {owner}, so $identify did not join it to {user} (errAnonDistinctIdAssignedAlready).',
    advice: 'Call reset() before another person signs in; the same pair need not be sent twice.',
    rule: 'IDO-08',
  },
  'identity.shared_device_merge': {
    outcome: 'stored',
    severity: 'error',
    message:
      '{anon}, whom $identify had named as a person before, was passed as the anonymous id of {user}: two people became one, irreversibly.',
    advice: 'Call reset() on logout; without it identify() sends the last person as the anonymous id.',
    rule: 'IDO-12',
  },
  'identity.people_joined': {
    outcome: 'stored',
    severity: 'warning',
    message:
      '{event} made {added} and {earlier} one user, which cannot be undone: each of them names a person.',
    advice:
      'If they are two people, call reset() on logout, so that the next person gets an anonymous id of their own. If they are two ids of one person, nothing is wrong.',
    rule: 'IDO-35',
  },
  'identity.cluster_full': {
    outcome: 'no_effect',
    severity: 'error',
    message:
      'User {user} has {size} ids of at most {max}, so {id} was not joined and stays a user of its own for ever (errManyIDs).',
    advice: 'Call reset() less often: each call makes a new anonymous id.',
    rule: 'IDO-22',
  },
  'identity.cluster_nearly_full': {
    outcome: 'stored',
    severity: 'warning',
    message: 'User {user} has {size} of at most {max} ids.',
    advice: 'Call reset() less often, or the next ids will stay separate for ever.',
    rule: 'IDO-22',
  },
  'identity.same_ids': {
    outcome: 'no_effect',
    severity: 'warning',
    message: 'Both ids are {id}: there is nothing to join.',
    advice: 'Send the anonymous id that the person had before signing in beside the new one.',
    rule: 'IDO-06',
  },
  'identity.alias_exists': {
    outcome: 'no_effect',
    severity: 'warning',
    message:
      '{alias} is an alias already, of {owner}, and points to one id only: nothing was joined (errAliasAlreadyExists).',
    advice: 'Call alias once, at sign-up; on a second device call identify.',
    rule: 'IDO-15',
  },
  'identity.verb_incomplete': {
    outcome: 'no_effect',
    severity: 'error',
    message: '{event} lacks {field}: it was stored and joined nobody.',
    advice: 'Send both ids.',
    rule: 'IDO-03',
  },
  'identity.canonical_is_anonymous': {
    outcome: 'stored',
    severity: 'info',
    message:
      'Reports and exports show {canonical} for this user, not {user}: the server chooses which id a user goes by.',
    advice: 'Keep your own id as a property of events and profile.',
    rule: 'IDO-23',
  },
  'identity.alias_not_retroactive': {
    outcome: 'stored',
    severity: 'warning',
    message:
      'What came under {alias} before (events: {count}) stays a user of its own: on Legacy an alias affects only what arrives later.',
    advice: 'Send $create_alias before the first event with the new id.',
    rule: 'IDL-02',
  },
  'identity.alias_ignored_legacy': {
    outcome: 'no_effect',
    severity: 'error',
    message: '{alias} already stands for {owner}: the alias for {of} was ignored, and its events stay apart.',
    advice: 'On a second device call identify, not alias.',
    rule: 'IDL-03',
  },
} as const satisfies Record<string, CatalogueEntry>
