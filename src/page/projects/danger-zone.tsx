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
    title: 'Rotate credentials',
    what: 'The current secrets stop working at once.',
    verb: 'Rotate',
  },
  reset: {
    title: 'Reset project',
    what: 'Deletes all events, profiles, identities and verdicts. The project, its token and its credentials stay.',
    verb: 'Reset',
  },
  delete: {
    title: 'Delete project',
    what: 'Deletes the project and all its data. An SDK that still sends to its token may create it again, empty.',
    verb: 'Delete',
  },
}

/** Actions that cannot be undone; each asks for confirmation. */
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
      <h2 id="danger-title">Danger zone</h2>
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
        <p class="error" role="alert">
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
          Cancel
        </button>
        <button type="button" class="risky" onClick={() => void onYes(action)}>
          {verb}
        </button>
      </p>
    </Dialog>
  )
}
