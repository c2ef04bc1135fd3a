import { effect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { needsToken } from './api/client.ts'
import { AskToken } from './ask-token.tsx'
import { ClientsView } from './clients/clients-view.tsx'
import { ExplainView } from './explain/explain-view.tsx'
import { Header } from './header.tsx'
import { LiveView } from './live/live-view.tsx'
import { connection, followProject } from './live/store.ts'
import { ProjectsView } from './projects/projects-view.tsx'
import { RuleDialog } from './rules/rule-dialog.tsx'
import { SetUp } from './setup/set-up.tsx'
import { TestEventButton } from './setup/test-event-button.tsx'
import {
  chooseProject,
  project,
  projects,
  projectsError,
  projectToken,
  refreshProjects,
} from './state/projects.ts'
import { linkTo, route } from './state/route.ts'
import { UsersView } from './users/users-view.tsx'
import { VerdictsView } from './verdicts/verdicts-view.tsx'

/** Without a project the page polls this often, since the first event creates one. */
const LOOK_MS = 2_000

/** The number of newest projects offered if the requested one does not exist. */
const SHOWN_PROJECTS = 20

export function App() {
  useProjects()
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Header />
      <main id="main" tabIndex={-1}>
        <Lost />
        <View />
      </main>
      <ShownRule />
      {needsToken.value && <AskToken />}
    </>
  )
}

/** The rule that the address names. */
function ShownRule() {
  const { rule } = route.value.query
  return rule === undefined || needsToken.value ? null : <RuleDialog rule={rule} />
}

/** A notice that the server is unreachable, on views without their own. */
function Lost() {
  if (connection.value !== 'lost' || route.value.view === 'live') return null
  return (
    <p class="lost" role="alert">
      The server does not answer. What is shown may be out of date; retrying every second.
    </p>
  )
}

function View() {
  const { view, project: named } = route.value
  const all = projects.value
  if (all === undefined) return <Waiting />
  if (view === 'projects' || all.length === 0) return <ProjectsView />
  if (view === 'explain') return <ExplainView />
  const token = project.value?.token
  if (token === undefined) {
    return named === undefined ? <Waiting /> : <NoProject named={named} />
  }
  if (view === 'users') return <UsersView key={token} token={token} />
  if (view === 'verdicts') return <VerdictsView key={token} token={token} />
  if (view === 'clients') return <ClientsView key={token} token={token} />
  return <LiveView key={token} token={token} />
}

/** Shown if the project in the address does not exist: it may be created yet, or another one is meant. */
function NoProject({ named }: { readonly named: string }) {
  const others = projects.value ?? []
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h1 id="empty-title">No project has the token “{named}”</h1>
      <p>
        On the embedded database, the first event with this token creates the project, and Live opens here. Or
        create the project first, to choose its identity system and get its credentials.
      </p>
      <TestEventButton token={named} />
      <p>
        <a class="button" href={linkTo({ view: 'projects' })}>
          Create project
        </a>
      </p>
      <SetUp token={named} />
      <h2>Existing projects</h2>
      <ul>
        {others.slice(-SHOWN_PROJECTS).map((other) => (
          <li key={other.token}>
            <a href={linkTo({ project: other.token })}>{other.name}</a>{' '}
            <span class="id hint">{other.token}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Waiting() {
  const error = projectsError.value
  return error === undefined || needsToken.value ? null : (
    <p class="error pad" role="alert">
      {error.detail}
    </p>
  )
}

/** Keeps the list of projects up to date, and follows the project in the address. */
function useProjects(): void {
  useEffect(() => {
    void refreshProjects()
    const look = () => {
      if (!needsToken.value && !document.hidden) void refreshProjects()
    }
    const timer = setInterval(() => {
      if (project.value === undefined) look()
    }, LOOK_MS)
    addEventListener('focus', look)
    const stops = [
      effect(() => {
        if (projects.value !== undefined) chooseProject()
      }),
      effect(() => {
        // It may not be among the listed ones.
        if (projects.value !== undefined && route.value.project !== undefined && project.value === undefined)
          look()
      }),
      effect(() => followProject(projectToken.value)),
      effect(() => {
        const { view } = route.value
        const name = project.value?.name
        document.title = `${view[0]?.toUpperCase()}${view.slice(1)}${name === undefined ? '' : ` · ${name}`} · Twinpanel`
      }),
    ]
    return () => {
      clearInterval(timer)
      removeEventListener('focus', look)
      for (const stop of stops) stop()
    }
  }, [])
}
