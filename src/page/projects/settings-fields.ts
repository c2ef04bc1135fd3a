import type { OfferedSetting } from '../../api/list-offered-settings.ts'

declare const OFFERED_SETTINGS: readonly OfferedSetting[]

/** The settings that the page offers: the build writes them in (vite.config.ts). */
export const SETTING_FIELDS = OFFERED_SETTINGS
