import type { OfferedSetting } from '../../api/setting-fields.ts'

declare const OFFERED_SETTINGS: readonly OfferedSetting[]

/** The settings that the page offers: the build writes them in (vite.config.ts). */
export const SETTING_FIELDS = OFFERED_SETTINGS
