import { type Signal, useSignal } from '@preact/signals'
import { createProject } from '../api/routes.ts'
import type { Credentials, Mode, Project } from '../api/types.ts'
import { refreshProjects } from '../state/projects.ts'
import { MODE_HINTS, MODE_NAMES, MODES } from './modes.ts'

interface NewProjectProps {
  readonly onCreated: (made: Project & Credentials) => void
}

export function NewProject({ onCreated }: NewProjectProps) {
  const error = useSignal('')
  const mode = useSignal<Mode>('simplified')
  const submit = async (form: HTMLFormElement) => {
    const fields = new FormData(form)
    const name = textOf(fields.get('name'))
    const token = textOf(fields.get('token'))
    const answer = await createProject({
      id_management: mode.value,
      ...(name !== '' && { name }),
      ...(token !== '' && { token }),
    })
    error.value = answer.ok ? '' : answer.error.detail
    if (!answer.ok) return
    onCreated(answer.value)
    await refreshProjects()
  }
  return (
    <form
      class="card form"
      aria-label="Create project"
      onSubmit={(event) => {
        event.preventDefault()
        void submit(event.currentTarget)
      }}
    >
      <Naming />
      <ModeChoice chosen={mode} />
      {error.value !== '' && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      <button type="submit" class="primary">
        Create project
      </button>
    </form>
  )
}

function Naming() {
  return (
    <div class="fields">
      <label>
        Name
        <input name="name" maxLength={255} placeholder="My app" autocomplete="off" />
      </label>
      <label>
        Token
        <input
          name="token"
          maxLength={128}
          pattern="[!-~]+"
          title="Visible ASCII characters without spaces"
          placeholder="Generated if empty"
          autocomplete="off"
          class="id"
        />
      </label>
    </div>
  )
}

function ModeChoice({ chosen }: { readonly chosen: Signal<Mode> }) {
  return (
    <fieldset class="modes">
      <legend>Identity system</legend>
      {MODES.map((mode) => (
        <label key={mode} class="choice">
          <input
            type="radio"
            name="mode"
            checked={chosen.value === mode}
            onChange={() => {
              chosen.value = mode
            }}
          />
          <span>
            <strong>{MODE_NAMES[mode]}</strong>
            <span class="hint">{MODE_HINTS[mode]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value.trim() : ''
}
