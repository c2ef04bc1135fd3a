import { useSignal } from '@preact/signals'
import { changeProject } from '../api/routes.ts'
import type { Credentials, Json, Mode, Project } from '../api/types.ts'
import { rows } from '../live/store.ts'
import { refreshProjects } from '../state/projects.ts'
import { Icon } from '../ui/icons.tsx'
import { ClockCard } from './clock-card.tsx'
import { DangerZone } from './danger-zone.tsx'
import { MODE_NAMES, MODES } from './modes.ts'
import { readSetting, Setting } from './setting.tsx'
import { SETTING_FIELDS } from './settings-fields.ts'

interface ProjectSettingsProps {
  readonly project: Project
  readonly onRenewed: (credentials: Credentials) => void
}

/** A form for a project's settings, and actions that empty or delete it. */
export function ProjectSettings({ project, onRenewed }: ProjectSettingsProps) {
  const news = useSignal<{ readonly isError: boolean; readonly text: string } | undefined>(undefined)
  const save = async (form: HTMLFormElement) => {
    const body = changesOf(new FormData(form), project)
    if (Object.keys(body).length === 0) {
      news.value = { isError: false, text: 'No changes.' }
      return
    }
    const answer = await changeProject(project.token, body)
    news.value = answer.ok ? { isError: false, text: 'Saved.' } : { isError: true, text: answer.error.detail }
    await refreshProjects()
  }
  return (
    <>
      <form
        class="card form"
        aria-labelledby="settings-title"
        onSubmit={(event) => {
          event.preventDefault()
          void save(event.currentTarget)
        }}
      >
        <h2 id="settings-title">Settings</h2>
        <Basics project={project} />
        <details>
          <summary>Behaviour and limits</summary>
          <div class="fields">
            {SETTING_FIELDS.map((field) => (
              <Setting key={field.name} field={field} value={project.settings[field.name] ?? null} />
            ))}
          </div>
        </details>
        <p class="actions">
          <button type="submit">Save</button>
          <span role="status" class={news.value?.isError === true ? 'error' : 'hint'}>
            {news.value?.text}
          </span>
        </p>
      </form>
      <ClockCard project={project} />
      <DangerZone project={project} onRenewed={onRenewed} />
    </>
  )
}

function Basics({ project }: { readonly project: Project }) {
  return (
    <div class="fields">
      <label>
        Name
        <input name="name" defaultValue={project.name} maxLength={255} required autocomplete="off" />
      </label>
      <label>
        Time zone
        <input name="timezone" defaultValue={project.timezone} maxLength={64} required autocomplete="off" />
      </label>
      <IdentitySystem current={project.id_management} />
    </div>
  )
}

function IdentitySystem({ current }: { readonly current: Mode }) {
  const hasEvents = rows.value?.some(({ stored }) => stored !== undefined) === true
  return (
    <label>
      Identity system
      <select name="id_management" defaultValue={current} disabled={hasEvents}>
        {MODES.map((mode) => (
          <option key={mode} value={mode} selected={mode === current}>
            {MODE_NAMES[mode]}
          </option>
        ))}
      </select>
      <span class="hint">
        {hasEvents ? (
          <>
            <Icon name="lock" /> Cannot be changed: the project has events. Reset it first
          </>
        ) : (
          'Can be changed until the first event arrives'
        )}
      </span>
    </label>
  )
}

/** The form's fields that differ from the project. */
function changesOf(fields: FormData, project: Project) {
  const text = (name: string) => String(fields.get(name) ?? '')
  const mode = MODES.find((known) => known === text('id_management'))
  const settings = Object.fromEntries(
    SETTING_FIELDS.flatMap((field): (readonly [string, Json])[] => {
      const value = readSetting(field, fields)
      const isSame = JSON.stringify(value) === JSON.stringify(project.settings[field.name])
      return isSame ? [] : [[field.name, value]]
    }),
  )
  const body: { name?: string; timezone?: string; id_management?: Mode; settings?: typeof settings } = {}
  if (text('name') !== project.name) body.name = text('name')
  if (text('timezone') !== project.timezone) body.timezone = text('timezone')
  if (mode !== undefined && mode !== project.id_management) body.id_management = mode
  if (Object.keys(settings).length > 0) body.settings = settings
  return body
}
