import type { FlagContext } from '../flags/context.ts'
import { evaluate } from '../flags/evaluate.ts'
import type { Flag } from '../flags/flag.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** The variants of somebody by flag key; who is in no rollout of a flag has none of it (FLG-01). */
export function replyToFlags(flags: readonly Flag[], context: FlagContext): ReplyPlan {
  const entries = flags.flatMap((flag) => {
    const assignment = evaluate(flag, context)
    return assignment === undefined ? [] : [[flag.key, showAssignment(flag, assignment)] as const]
  })
  return jsonReply(200, { code: 200, flags: Object.fromEntries(entries), pending_first_time_events: [] })
}

function showAssignment(flag: Flag, { variant, isTester }: NonNullable<ReturnType<typeof evaluate>>) {
  return {
    variant_key: variant.key,
    variant_value: variant.value,
    // Left out where there is none: some SDKs take null for a value, and an id must be a UUID.
    ...(flag.experiment_id !== undefined && { experiment_id: flag.experiment_id }),
    ...(flag.is_experiment_active !== undefined && { is_experiment_active: flag.is_experiment_active }),
    is_qa_tester: isTester,
  }
}

/** The definitions for SDKs that evaluate by themselves (FLG-02); they would serve a flag that is disabled. */
export function replyToDefinitions(flags: readonly Flag[], projectId: number): ReplyPlan {
  const enabled = flags.filter(({ status }) => status === 'enabled')
  return jsonReply(200, { flags: enabled.map((flag) => ({ ...flag, project_id: projectId })) })
}

/** A first-time event was told; the answer is the same whatever it said (FLG-03). */
export const FIRST_TIME_EVENT_TAKEN = jsonReply(200, { status: 'ok' })

/** An error of `/flags` (FLG-04). */
export function refuseFlags(status: 400 | 401 | 403, error: string): ReplyPlan {
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
