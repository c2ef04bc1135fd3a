import { useSignal } from '@preact/signals'
import type { Answer } from '../api/client.ts'
import { giveClockBack, readClock, setClock } from '../api/routes.ts'
import type { Project } from '../api/types.ts'
import { refreshProjects } from '../state/projects.ts'
import { useLoaded } from '../ui/loaded.ts'
import { lengthText, wholeTime } from '../ui/time.ts'

/** Shows, sets and resets a project's clock. */
export function ClockCard({ project }: { readonly project: Project }) {
  const error = useSignal('')
  const offsetMs = project.clock?.offset_ms ?? 0
  const shown = useLoaded(project.token, offsetMs, () => readClock(project.token))
  const act = async (asked: Promise<Answer<unknown>>) => {
    const answer = await asked
    error.value = answer.ok ? '' : answer.error.detail
    await refreshProjects()
  }
  const set = (form: HTMLFormElement) => {
    const wanted = new Date(String(new FormData(form).get('now')))
    if (!Number.isNaN(wanted.getTime())) void act(setClock(project.token, { now: wanted.toISOString() }))
  }
  return (
    <form
      class="card form"
      aria-labelledby="clock-title"
      onSubmit={(event) => {
        event.preventDefault()
        set(event.currentTarget)
      }}
    >
      <h2 id="clock-title">Clock</h2>
      <p role="status">
        {shown?.ok === true && wholeTime(shown.value.now)}
        <span class="hint"> {describe(offsetMs)}</span>
      </p>
      <div class="fields">
        <label>
          Set to
          <input type="datetime-local" name="now" step="1" required />
          <span class="hint">In your time zone. It runs on from there, for this project only</span>
        </label>
      </div>
      <p class="actions">
        <button type="submit">Set clock</button>
        {offsetMs !== 0 && (
          <button type="button" onClick={() => void act(giveClockBack(project.token))}>
            Reset clock
          </button>
        )}
      </p>
      {error.value !== '' && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
    </form>
  )
}

function describe(offsetMs: number): string {
  if (offsetMs === 0) return 'The server’s clock. Change it to test old events, future events and retention.'
  return `${lengthText(offsetMs)} ${offsetMs > 0 ? 'ahead of' : 'behind'} the server. Resetting the project resets its clock, too.`
}
