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
    'One event with $device_id and $user_id joins the two. Aliases do nothing. Every new Mixpanel project.',
  original: '$identify, $create_alias and $merge join ids. Projects made before 2023.',
  legacy: '$create_alias makes one id stand for another, for what comes later only.',
}

export const MODES = ['simplified', 'original', 'legacy'] as const satisfies readonly Mode[]
