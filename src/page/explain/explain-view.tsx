import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Explanation } from '../../api/explain.shape.ts'
import { explainRecords } from '../api/routes.ts'
import { projectToken } from '../state/projects.ts'
import { goTo, linkTo, route } from '../state/route.ts'
import { CopyButton } from '../ui/copy.tsx'
import { Icon } from '../ui/icons.tsx'
import { countText } from '../ui/time.ts'
import { Answer } from './answer.tsx'
import { type Parsed, parseRecords } from './parse-records.ts'
import { RecordsForm } from './records-form.tsx'
import { endpoint, isEditing, ownText, text } from './state.ts'

/** Some programs cut longer addresses. */
const MAX_LINK_CHARS = 8_000

/** The outcomes of records in each identity system, side by side, and the differences. Nothing is stored. */
export function ExplainView() {
  const answer = useSignal<Explanation | undefined>(undefined)
  const error = useSignal<Extract<Parsed, { ok: false }> | undefined>(undefined)
  const showsSame = useSignal(true)
  const latest = useRef(0)
  const explain = async () => {
    latest.current += 1
    const turn = latest.current
    const parsed = parseRecords(text.value)
    const asked = parsed.ok
      ? await explainRecords({ records: parsed.records, endpoint: endpoint.value })
      : undefined
    if (turn !== latest.current) return
    answer.value = asked?.ok === true ? asked.value : undefined
    if (asked?.ok === false) error.value = { ok: false, detail: asked.error.detail }
    else error.value = parsed.ok ? undefined : parsed
    if (error.value !== undefined) isEditing.value = true
  }
  useAddress()
  // At once: what is picked in another view, or the sample of another project.
  useEffect(() => void explain(), [projectToken.value, route.value.query['records']])
  return (
    <div class="page explain">
      <ExplainHead>
        {answer.value && isMixed(answer.value) && (
          <label class="check">
            <input
              type="checkbox"
              checked={!showsSame.value}
              onChange={(event) => {
                showsSame.value = !event.currentTarget.checked
              }}
            />
            Show only the records that differ
          </label>
        )}
      </ExplainHead>
      {isEditing.value && (
        <RecordsForm
          error={error.value}
          onInput={() => {
            // An error is corrected as one types; another one is told when the records are sent.
            if (error.value === undefined) return
            const parsed = parseRecords(text.value)
            error.value = parsed.ok ? undefined : parsed
          }}
          onSubmit={() => void explain()}
        />
      )}
      {!isEditing.value && error.value && <p class="error">{error.value.detail}</p>}
      {answer.value && <Answer explanation={answer.value} showsSame={showsSame.value} />}
    </div>
  )
}

/** True if some records differ between the identity systems, and others do not. */
function isMixed({ differences, modes }: Explanation): boolean {
  const differing = differences.filter(({ record_index }) => record_index !== null).length
  return differing > 0 && differing < (modes.simplified?.records.length ?? 0)
}

/** Takes over the records in the address. */
function useAddress(): void {
  const { records, endpoint: sentTo } = route.value.query
  useEffect(() => {
    if (records === undefined) return
    const parsed = parseRecords(records)
    ownText.value = parsed.ok ? JSON.stringify(parsed.records, null, 2) : records
    endpoint.value = sentTo === 'import' ? 'import' : 'track'
    // Later edits are not in the address, so the query is removed.
    goTo({ view: 'explain' }, false)
  }, [records])
}

/** The title, what is explained, and the controls that change or share it. */
function ExplainHead({ children }: { readonly children: ComponentChildren }) {
  const parsed = parseRecords(text.value)
  const count = parsed.ok ? parsed.records.length : undefined
  const link = linkToRecords(parsed)
  return (
    <header class="page-head">
      <div class="explain-title">
        <h1>Explain</h1>
        <p class="hint">
          What {whatDoes(count)} in an empty project of each identity system. Nothing is stored.
          {ownText.value === undefined && ' This is a sample: paste your own, or pick records in Live.'}
        </p>
      </div>
      <div class="actions">
        {children}
        {link !== undefined && (
          <CopyButton text={link} of="an address with these records" words="Copy link" />
        )}
        <button
          type="button"
          class={isEditing.value ? '' : 'primary'}
          aria-expanded={isEditing.value}
          onClick={() => {
            isEditing.value = !isEditing.value
          }}
        >
          <Icon name={isEditing.value ? 'x' : 'edit'} /> {isEditing.value ? 'Close records' : 'Edit records'}
        </button>
      </div>
    </header>
  )
}

/** In: the number of records; undefined if they cannot be read. */
function whatDoes(count: number | undefined): string {
  if (count === undefined) return 'records do'
  return count === 1 ? '1 record does' : `${countText(count)} records do`
}

/** An address that contains the records; undefined if they are too long for one. */
function linkToRecords(parsed: Parsed): string | undefined {
  if (!parsed.ok) return undefined
  const query = { records: JSON.stringify(parsed.records), endpoint: endpoint.value }
  const link = new URL(linkTo({ view: 'explain', query }), location.href).href
  return link.length > MAX_LINK_CHARS ? undefined : link
}
