import { useSignal } from '@preact/signals'
import type { Answer } from '../api/client.ts'
import { giveClockBack, readClock, setClock } from '../api/routes.ts'
import type { Project } from '../api/types.ts'
import { refreshProjects } from '../state/projects.ts'
import { useLoaded } from '../ui/loaded.ts'
import { lengthText, wholeTime } from '../ui/time.ts'

/** A project's clock: what it shows, and how it is set and given back. */
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
    const moment = new Date(String(new FormData(form).get('now')))
    if (!Number.isNaN(moment.getTime())) void act(setClock(project.token, { now: moment.toISOString() }))
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
          Set it to
          <input type="datetime-local" name="now" step="1" required />
          <span class="hint">In your time zone. It runs on from there, for this project only</span>
        </label>
      </div>
      <p class="actions">
        <button type="submit">Set the clock</button>
        {offsetMs !== 0 && (
          <button type="button" onClick={() => void act(giveClockBack(project.token))}>
            Give it back
          </button>
        )}
      </p>
      {error.value !== '' && (
        <p class="fault" role="alert">
          {error.value}
        </p>
      )}
    </form>
  )
}

function describe(offsetMs: number): string {
  if (offsetMs === 0)
    return 'The server’s clock. Move it to test what is too old, in the future, or kept no longer.'
  return `${lengthText(offsetMs)} ${offsetMs > 0 ? 'ahead of' : 'behind'} the server. A reset gives it back too.`
}
