import { useSignal } from '@preact/signals'
import { listFaults, removeFaults } from '../api/routes.ts'
import { Icon } from '../ui/icons.tsx'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { countText } from '../ui/time.ts'

/** Faults are set and used by others, so they are loaded this often. */
const LOOK_MS = 3_000

/** A notice that requests of the project fail on purpose, with a button to stop it; nothing otherwise. */
export function FaultNotice({ token }: { readonly token: string }) {
  const removals = useSignal(0)
  const answer = useLoaded(token, `${useBeat(LOOK_MS)} ${removals.value}`, () => listFaults(token))
  const all = answer?.ok ? answer.value : []
  const active = all.filter(({ times, fired }) => times === undefined || times === null || fired < times)
  if (active.length === 0) return null
  const fired = all.reduce((sum, fault) => sum + fault.fired, 0)
  const count = active.length === 1 ? 'A fault is' : `${countText(active.length)} faults are`
  return (
    <p class="clock-notice" role="note">
      <Icon name="bolt" /> {count} set for this project: requests fail on purpose, {countText(fired)} so far.{' '}
      <button
        type="button"
        class="link"
        onClick={async () => {
          await removeFaults(token)
          removals.value += 1
        }}
      >
        Remove
      </button>
    </p>
  )
}
