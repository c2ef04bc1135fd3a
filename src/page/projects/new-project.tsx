import { type Signal, useSignal } from '@preact/signals'
import { createProject } from '../api/routes.ts'
import type { Credentials, Mode, Project } from '../api/types.ts'
import { refreshProjects } from '../state/projects.ts'
import { MODE_HINTS, MODE_NAMES, MODES } from './modes.ts'

interface NewProjectProps {
  readonly onCreated: (made: Project & Credentials) => void
}

/** The form that makes a project. */
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
    await refreshProjects()
    onCreated(answer.value)
  }
  return (
    <form
      class="card form"
      aria-label="New project"
      onSubmit={(event) => {
        event.preventDefault()
        void submit(event.currentTarget)
      }}
    >
      <Naming />
      <ModeChoice chosen={mode} />
      {error.value !== '' && (
        <p class="fault" role="alert">
          {error.value}
        </p>
      )}
      <button type="submit" class="primary">
        Make the project
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
          title="Visible ASCII characters without blanks"
          placeholder="left empty: a new one"
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
      <legend>Who is who</legend>
      {MODES.map((own) => (
        <label key={own} class="choice">
          <input
            type="radio"
            name="mode"
            checked={chosen.value === own}
            onChange={() => {
              chosen.value = own
            }}
          />
          <span>
            <strong>{MODE_NAMES[own]}</strong>
            <span class="hint">{MODE_HINTS[own]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value.trim() : ''
}
