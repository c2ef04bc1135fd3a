import type { FlagsManager, FlagsVariant, Group, OverridedMixpanel } from 'mixpanel-browser'

/** What the types of the browser SDK leave out, though its source exports it. */
export interface WholeSdk extends Omit<OverridedMixpanel, 'get_group'> {
  readonly get_group: (key: string, id: string) => WholeGroup
  readonly enable: (events?: readonly string[]) => void
  readonly name_tag: (name: string) => void
  readonly get_api_host: (type: string) => string
  readonly get_tab_id: () => string
  readonly stop_batch_senders: () => void
  readonly pause_session_recording: () => void
  readonly resume_session_recording: () => void
  readonly add_hook: (name: string, hook: Hook) => void
  readonly remove_hook: (name: string, hook: Hook) => void
  readonly flags: FlagsManager & {
    readonly get_feature_data: (name: string, fallback: FlagsVariant) => Promise<FlagsVariant>
  }
}

/** A group, all of it: of an object of properties, the callback comes second. */
interface WholeGroup extends Omit<Group, 'set' | 'set_once'> {
  readonly set: SetProperties
  readonly set_once: SetProperties
  readonly delete: (done?: Done) => void
}

/** Told of the answer, or that the SDK has put it into its queue. */
export type Done = (answer: unknown) => void

interface SetProperties {
  (properties: object, done?: Done): void
  (name: string, value: unknown, done?: Done): void
}

type Hook = (event: string, properties: object) => unknown
