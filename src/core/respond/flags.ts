import { hashOf } from '../flags/bucket.ts'
import type { FlagContext } from '../flags/context.ts'
import { evaluate, type Pending } from '../flags/evaluate.ts'
import type { Flag, Rollout, Variant } from '../flags/flag.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** For whom flags are evaluated. */
export interface FlagUser {
  readonly context: FlagContext
  /** The runtime events that the user has done. */
  readonly done: ReadonlySet<string>
  /** The project as its API knows it. */
  readonly projectId: number
}

/**
 * The variants of somebody by flag key; who is in no rollout of a flag has none of it (FLG-01). Beside them what the
 * SDK is to wait for, and the variant that it then gives by itself (FLG-03).
 */
export function replyToFlags(flags: readonly Flag[], { context, done, projectId }: FlagUser): ReplyPlan {
  const evaluated = flags.map((flag) => ({ flag, ...evaluate(flag, context, done) }))
  const entries = evaluated.flatMap(({ flag, assignment }) => {
    if (assignment === undefined) return []
    return [
      [flag.key, { ...showVariant(flag, assignment.variant), is_qa_tester: assignment.isTester }] as const,
    ]
  })
  const pending = evaluated.flatMap(({ flag, pending: events }) =>
    events.map((event) => showPending(flag, event)),
  )
  return jsonReply(200, {
    code: 200,
    flags: Object.fromEntries(entries),
    pending_first_time_events: pending.map((event) => ({ ...event, project_id: projectId })),
  })
}

function showVariant(flag: Flag, variant: Variant) {
  return {
    variant_key: variant.key,
    variant_value: variant.value,
    // Left out where there is none: some SDKs take null for a value, and an id must be a UUID.
    ...(flag.experiment_id !== undefined && { experiment_id: flag.experiment_id }),
    ...(flag.is_experiment_active !== undefined && { is_experiment_active: flag.is_experiment_active }),
  }
}

function showPending(flag: Flag, { eventName, variant }: Pending) {
  return {
    flag_key: flag.key,
    flag_id: flag.id,
    first_time_event_hash: hashOf(eventName),
    event_name: eventName,
    property_filters: {},
    pending_variant: showVariant(flag, variant),
  }
}

/** The definitions for SDKs that evaluate by themselves (FLG-02); they would serve a flag that is disabled. */
export function replyToDefinitions(flags: readonly Flag[], projectId: number): ReplyPlan {
  const enabled = flags.filter(({ status }) => status === 'enabled')
  return jsonReply(200, {
    flags: enabled.map((flag) => ({
      ...flag,
      ruleset: { ...flag.ruleset, rollout: flag.ruleset.rollout.map(evaluable) },
      project_id: projectId,
    })),
  })
}

/** SDKs that evaluate by themselves know no runtime events: for them nobody is in. Its place in the list is hashed. */
function evaluable({ runtime_event: event, ...rollout }: Rollout): Rollout {
  return event === undefined ? rollout : { ...rollout, rollout_percentage: 0 }
}

/** A first-time event was told (FLG-03): the event itself, which comes by /track, is what counts. */
export const FIRST_TIME_EVENT_TAKEN = jsonReply(200, { status: 'ok' })

/** An error of `/flags` (FLG-04). */
export function refuseFlags(status: 400 | 401 | 403 | 429, error: string): ReplyPlan {
  return jsonReply(status, { error, status: 'error' })
}

/** What an SDK asks for at its start, the same for all: everything is on (FLG-06). */
export const SDK_SETTINGS = jsonReply(200, {
  recording: { is_enabled: true, error: null },
  sdk_config: { config: { record_sessions_percent: 100 }, error: null },
})

/** A recording was taken and thrown away (FLG-07). */
export const RECORDING_DISCARDED = jsonReply(
  200,
  { code: 200, status: 'OK' },
  { 'twinpanel-verdict': '1; replay.discarded' },
)
