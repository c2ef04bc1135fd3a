import type { Mode } from '../api/types.ts'

/** Mixpanel's names of the three identity systems. */
export const MODE_NAMES: Readonly<Record<Mode, string>> = {
  simplified: 'Simplified ID Merge',
  original: 'Original ID Merge',
  legacy: 'Legacy',
}

/** A summary of each. */
export const MODE_HINTS: Readonly<Record<Mode, string>> = {
  simplified:
    'An event with $device_id and $user_id links the two. Aliases do nothing. All new Mixpanel projects.',
  original: '$identify, $create_alias and $merge link ids. Projects created before 2023.',
  legacy: '$create_alias maps one id to another, for later events only.',
}

export const MODES = ['simplified', 'original', 'legacy'] as const satisfies readonly Mode[]
