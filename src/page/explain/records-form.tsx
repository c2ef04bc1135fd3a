import { useEffect, useId, useRef } from 'preact/hooks'
import { leaveOnEscape } from '../ui/keys.ts'
import type { Parsed, Place } from './parse-records.ts'
import { endpoint, ownText, text } from './state.ts'

interface RecordsFormProps {
  readonly error: Extract<Parsed, { ok: false }> | undefined
  readonly onInput: () => void
  readonly onSubmit: () => void
}

/** The records as text with numbered lines, their endpoint, and what is wrong with them. */
export function RecordsForm({ error, onInput, onSubmit }: RecordsFormProps) {
  const isTyping = useRef(false)
  const submit = () => {
    isTyping.current = false
    onSubmit()
  }
  return (
    <form
      class="card form records-form"
      aria-label="Records to explain"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Editor
        error={error}
        isTyping={isTyping}
        onInput={() => {
          isTyping.current = true
          onInput()
        }}
      />
      <div class="actions">
        <label>
          Endpoint
          <select
            value={endpoint.value}
            onChange={(event) => {
              endpoint.value = event.currentTarget.value === 'import' ? 'import' : 'track'
              submit()
            }}
          >
            <option value="track">/track</option>
            <option value="import">/import</option>
          </select>
        </label>
        <button type="submit" class="primary" title="Ctrl or ⌘ and Enter">
          Explain
        </button>
        {ownText.value !== undefined && (
          <button
            type="button"
            onClick={() => {
              ownText.value = undefined
              submit()
            }}
          >
            Show the sample
          </button>
        )}
      </div>
    </form>
  )
}

interface EditorProps extends Omit<RecordsFormProps, 'onSubmit'> {
  /** The text was changed since it was last explained. */
  readonly isTyping: { readonly current: boolean }
}

function Editor({ error, isTyping, onInput }: EditorProps) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const numbers = useRef<HTMLPreElement>(null)
  const at = error?.at
  useEffect(() => field.current?.focus({ preventScroll: true }), [])
  useEffect(() => {
    // Not while the user corrects it, which moves the error.
    if (at !== undefined && !isTyping.current) showPlace(field.current, at)
  }, [at])
  return (
    <>
      <div>
        <label for={id}>Records</label>
        <span class="hint">JSON, or a request’s body or URL from the browser’s network panel</span>
      </div>
      <div class="editor">
        <LineNumbers text={text.value} wrong={at?.line} element={numbers} />
        <textarea
          ref={field}
          id={id}
          class="id"
          rows={12}
          wrap="off"
          spellcheck={false}
          value={text.value}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-error`}
          onScroll={(event) => numbers.current?.scrollTo(0, event.currentTarget.scrollTop)}
          onInput={(event) => {
            ownText.value = event.currentTarget.value
            onInput()
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
              event.currentTarget.form?.requestSubmit()
            leaveOnEscape(event)
          }}
        />
      </div>
      <p id={`${id}-error`} class="error" role="alert">
        {error?.detail}
      </p>
    </>
  )
}

interface LineNumbersProps {
  readonly text: string
  /** The line with an error, from 1. */
  readonly wrong: number | undefined
  readonly element: { readonly current: HTMLPreElement | null }
}

function LineNumbers({ text, wrong, element }: LineNumbersProps) {
  const lines = text.split('\n').map((_, index) => `${index + 1}\n`)
  const before = wrong === undefined ? lines.length : wrong - 1
  return (
    <pre ref={element} class="line-numbers" aria-hidden="true">
      {lines.slice(0, before).join('')}
      <mark>{lines[before]}</mark>
      {lines.slice(before + 1).join('')}
    </pre>
  )
}

/** Puts the cursor at a place, with some lines above it. */
function showPlace(field: HTMLTextAreaElement | null, { line, column }: Place): void {
  if (field === null) return
  const lines = field.value.split('\n')
  const at = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1)
  field.focus()
  field.setSelectionRange(at, at + 1)
  field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, line - 4)
}
