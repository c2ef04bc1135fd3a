import { hashOf } from '../flags/bucket.ts'
import { type ContextError, type FlagContext, MAX_ID_LENGTH } from '../flags/context.ts'
import { evaluate, type Pending } from '../flags/evaluate.ts'
import type { Flag, Rollout, Variant } from '../flags/flag.ts'
import { jsonReply, type ReplyPlan, textReply } from './plan.ts'

/** The user that flags are evaluated for. */
export interface FlagUser {
  readonly context: FlagContext
  /** The runtime events that the user has done. */
  readonly done: ReadonlySet<string>
  /** The project's public id. */
  readonly projectId: number
}

/**
 * A user's variants by flag key, without flags of which the user is in no rollout (FLG-01), and the events that the SDK
 * should wait for, with the variants it then assigns itself (FLG-03).
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
    // Omitted if there is none: some SDKs treat null as a value, and an id must be a UUID.
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

/** The definitions for SDKs with local evaluation (FLG-02), without disabled flags, which these SDKs would serve. */
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

/**
 * SDKs with local evaluation do not know runtime events: such a rollout matches nobody. It is kept because its index is
 * hashed.
 */
function evaluable({ runtime_event: event, ...rollout }: Rollout): Rollout {
  return event === undefined ? rollout : { ...rollout, rollout_percentage: 0 }
}

/** The answer to a reported first-time event (FLG-03); only the event itself, sent to /track, counts. */
export const FIRST_TIME_EVENT_TAKEN = jsonReply(200, { status: 'ok' })

/** An error of `/flags` (FLG-04). */
export function refuseFlags(status: 400 | 401 | 403 | 429, error: string): ReplyPlan {
  return jsonReply(status, { error, status: 'error' })
}

/** The refusal of a context (FLG-04). */
export function refuseContext(error: ContextError): ReplyPlan {
  return error === 'no_distinct_id' ? NO_DISTINCT_ID : refuseFlags(400, CONTEXT_ERRORS[error])
}

const NO_DISTINCT_ID = textReply(400, 'distinct_id must be provided in evalContext as a string')

const CONTEXT_ERRORS: Readonly<Record<Exclude<ContextError, 'no_distinct_id'>, string>> = {
  missing: 'context is missing',
  not_an_object: 'context is not a JSON object',
  id_too_long: `context has an id of more than ${MAX_ID_LENGTH} characters`,
}

/** The settings an SDK requests when it starts, the same for all: everything is on (FLG-06). */
export const SDK_SETTINGS = jsonReply(200, {
  recording: { is_enabled: true, error: null },
  sdk_config: { config: { record_sessions_percent: 100 }, error: null },
})

/** A recording was accepted and discarded (FLG-07). */
export const RECORDING_DISCARDED = jsonReply(
  200,
  { code: 200, status: 'OK' },
  { 'twinpanel-verdict': '1; replay.discarded' },
)
