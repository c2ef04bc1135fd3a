import { useSignal } from '@preact/signals'
import type { Answer } from '../api/client.ts'
import { deleteProject, renewCredentials, resetProject } from '../api/routes.ts'
import type { Credentials, Project } from '../api/types.ts'
import { followProject } from '../live/store.ts'
import { refreshProjects } from '../state/projects.ts'
import { goTo } from '../state/route.ts'
import { Dialog } from '../ui/dialog.tsx'

interface DangerZoneProps {
  readonly project: Project
  readonly onRenewed: (credentials: Credentials) => void
}

type Action = 'renew' | 'reset' | 'delete'

const ACTIONS: Readonly<
  Record<Action, { readonly title: string; readonly what: string; readonly verb: string }>
> = {
  renew: {
    title: 'Give new credentials',
    what: 'The secrets that were given before stop working at once.',
    verb: 'Give new ones',
  },
  reset: {
    title: 'Empty the project',
    what: 'All events, profiles, identities and verdicts are forgotten. The project, its token and its credentials stay.',
    verb: 'Empty it',
  },
  delete: {
    title: 'Delete the project',
    what: 'The project goes with all that is in it. SDKs that still send to its token may make it anew, empty.',
    verb: 'Delete it',
  },
}

/** What cannot be undone; each is asked about first. */
export function DangerZone({ project, onRenewed }: DangerZoneProps) {
  const asked = useSignal<Action | undefined>(undefined)
  const error = useSignal('')
  const act = async (action: Action) => {
    const answer = await perform(action, project.token, onRenewed)
    asked.value = undefined
    error.value = answer.ok ? '' : answer.error.detail
  }
  return (
    <section class="card danger" aria-labelledby="danger-title">
      <h2 id="danger-title">What cannot be undone</h2>
      {(['renew', 'reset', 'delete'] as const).map((action) => (
        <div key={action} class="danger-line">
          <p>
            <strong>{ACTIONS[action].title}</strong>
            <span class="hint">{ACTIONS[action].what}</span>
          </p>
          <button
            type="button"
            class={action === 'renew' ? '' : 'risky'}
            onClick={() => {
              asked.value = action
            }}
          >
            {ACTIONS[action].verb}…
          </button>
        </div>
      ))}
      {error.value !== '' && (
        <p class="fault" role="alert">
          {error.value}
        </p>
      )}
      {asked.value !== undefined && (
        <Confirm
          action={asked.value}
          name={project.name}
          onYes={act}
          onClose={() => {
            asked.value = undefined
          }}
        />
      )}
    </section>
  )
}

async function perform(
  action: Action,
  token: string,
  onRenewed: (credentials: Credentials) => void,
): Promise<Answer<unknown>> {
  if (action === 'renew') {
    const answer = await renewCredentials(token)
    if (answer.ok) onRenewed(answer.value)
    return answer
  }
  const answer = action === 'reset' ? await resetProject(token) : await deleteProject(token)
  if (!answer.ok) return answer
  if (action === 'reset') followProject(token)
  else goTo({ view: 'projects', project: undefined })
  await refreshProjects()
  return answer
}

interface ConfirmProps {
  readonly action: Action
  readonly name: string
  readonly onYes: (action: Action) => Promise<void>
  readonly onClose: () => void
}

function Confirm({ action, name, onYes, onClose }: ConfirmProps) {
  const { title, what, verb } = ACTIONS[action]
  return (
    <Dialog title={`${title} “${name}”?`} onClose={onClose}>
      <p>{what}</p>
      <p class="actions end">
        <button type="button" onClick={onClose}>
          Keep it as it is
        </button>
        <button type="button" class="risky" onClick={() => void onYes(action)}>
          {verb}
        </button>
      </p>
    </Dialog>
  )
}
