import { useSignal } from '@preact/signals'
import type { Credentials, Project } from '../api/types.ts'
import { ApiHint } from '../api-document.tsx'
import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { listProject, project, projects } from '../state/projects.ts'
import { goTo } from '../state/route.ts'
import { CredentialsDialog } from './credentials-dialog.tsx'
import { FirstVisit } from './first-visit.tsx'
import { NewProject } from './new-project.tsx'
import { ProjectSettings } from './project-settings.tsx'
import { ProjectTable } from './project-table.tsx'

/** Shown only once: the project's name, and its credentials. */
interface Issued {
  readonly name: string
  readonly credentials: Credentials
}

/** All projects, a form for a new one, and the set-up and settings of the chosen one. */
export function ProjectsView() {
  const issued = useSignal<Issued | undefined>(undefined)
  const showsForm = useSignal(false)
  const all = projects.value ?? []
  const current = project.value
  const created = (made: Project & Credentials) => {
    showsForm.value = false
    issued.value = { name: made.name, credentials: made }
    // The first project in the list opens Live; this one stays here, with its credentials.
    listProject(made)
    goTo({ view: 'projects', project: made.token }, false)
  }
  return (
    <div class="page projects">
      {all.length === 0 ? (
        <FirstVisit onCreated={created} />
      ) : (
        <header class="page-head">
          <h1>Projects</h1>
          <button
            type="button"
            onClick={() => {
              showsForm.value = !showsForm.value
            }}
          >
            {showsForm.value ? 'Cancel' : 'Create project'}
          </button>
        </header>
      )}
      {showsForm.value && all.length > 0 && <NewProject onCreated={created} />}
      {all.length > 0 && <ProjectTable all={all} current={current} />}
      {current !== undefined && (
        <Current
          key={current.project_id}
          project={current}
          onRenewed={(credentials) => {
            issued.value = { name: current.name, credentials }
          }}
        />
      )}
      <ApiHint />
      {issued.value !== undefined && (
        <CredentialsDialog
          {...issued.value}
          onClose={() => {
            issued.value = undefined
          }}
        />
      )}
    </div>
  )
}

interface CurrentProps {
  readonly project: Project
  readonly onRenewed: (credentials: Credentials) => void
}

function Current({ project: shown, onRenewed }: CurrentProps) {
  return (
    <>
      <section class="card" aria-labelledby="set-up-title">
        <h2 id="set-up-title">Set up “{shown.name}”</h2>
        <SetUp token={shown.token} />
        <TestEventButton token={shown.token} />
      </section>
      <ProjectSettings project={shown} onRenewed={onRenewed} />
    </>
  )
}
