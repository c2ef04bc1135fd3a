import { useSignal } from '@preact/signals'
import { Help } from './help.tsx'
import { hasMoreProjects, project, projects } from './state/projects.ts'
import { goTo, linkTo, route, type ViewName } from './state/route.ts'
import { nextTheme, theme } from './state/theme.ts'
import { Icon } from './ui/icons.tsx'
import { useKeys } from './ui/keys.ts'

const TABS: readonly { readonly view: ViewName; readonly name: string }[] = [
  { view: 'live', name: 'Live' },
  { view: 'users', name: 'Users' },
  { view: 'verdicts', name: 'Verdicts' },
  { view: 'clients', name: 'Clients' },
  { view: 'explain', name: 'Explain' },
  { view: 'projects', name: 'Projects' },
]

/** The choice of the project, the views, and the page's own controls. */
export function Header() {
  const showsHelp = useSignal(false)
  const openView = (index: number) => {
    const tab = TABS[index]
    if (tab !== undefined) goTo({ view: tab.view })
  }
  const numbers = Object.fromEntries(TABS.map((_, index) => [String(index + 1), () => openView(index)]))
  useKeys({
    ...numbers,
    '?': () => {
      showsHelp.value = true
    },
  })
  return (
    <header class="top">
      <a class="brand" href={linkTo({ view: 'live' })} aria-label="Twinpanel, to the live view">
        <Logo />
        <span>Twinpanel</span>
      </a>
      <ProjectChoice />
      <nav aria-label="Views">
        {TABS.map(({ view, name }) => (
          <a
            key={view}
            href={linkTo({ view })}
            data-name={name}
            aria-current={route.value.view === view ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <PageButtons
        onHelp={() => {
          showsHelp.value = true
        }}
      />
      {showsHelp.value && (
        <Help
          onClose={() => {
            showsHelp.value = false
          }}
        />
      )}
    </header>
  )
}

const THEME_ICONS = { system: 'monitor', light: 'sun', dark: 'moon' } as const

function PageButtons({ onHelp }: { readonly onHelp: () => void }) {
  return (
    <div class="top-end">
      <button
        type="button"
        class="quiet icon"
        aria-label={`Colours: ${theme.value}. Change`}
        title={`Colours: ${theme.value}`}
        onClick={nextTheme}
      >
        <Icon name={THEME_ICONS[theme.value]} />
      </button>
      <button
        type="button"
        class="quiet icon"
        aria-label="Help and keys"
        title="Help and keys: ?"
        onClick={onHelp}
      >
        <Icon name="help" />
      </button>
    </div>
  )
}

/** Cannot be a token, since it contains a space. */
const OTHERS = ' others'

function ProjectChoice() {
  const all = projects.value ?? []
  if (all.length === 0) return <span class="project-choice" />
  const { view } = route.value
  return (
    <select
      class="project-choice"
      aria-label="Project"
      value={project.value?.token ?? ''}
      onChange={(event) => {
        const chosen = event.currentTarget.value
        event.currentTarget.value = project.value?.token ?? ''
        goTo(chosen === OTHERS ? { view: 'projects' } : { view, project: chosen })
      }}
    >
      {project.value === undefined && <option value="">Choose a project</option>}
      {all.map((listed) => (
        <option key={listed.project_id} value={listed.token}>
          {listed.name}
        </option>
      ))}
      {hasMoreProjects.value && <option value={OTHERS}>Find another…</option>}
    </select>
  )
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect x="3" y="3" width="17" height="17" rx="5" />
      <rect x="12" y="12" width="17" height="17" rx="5" />
    </svg>
  )
}
