import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Explanation } from '../../api/explain.shape.ts'
import { explainRecords } from '../api/routes.ts'
import { MODES } from '../projects/modes.ts'
import { goTo, linkTo, route } from '../state/route.ts'
import { CopyButton } from '../ui/copy.tsx'
import { leaveOnEscape } from '../ui/keys.ts'
import { ModeColumn } from './mode-column.tsx'
import { parseRecords } from './parse-records.ts'
import { endpoint, isHandedOver, text } from './state.ts'

/** Some programs cut longer addresses. */
const MAX_LINK_CHARS = 8_000

/** The outcomes of records in each mode, side by side, and the differences between the modes. Nothing is stored. */
export function ExplainView() {
  const error = useSignal('')
  const answer = useSignal<Explanation | undefined>(undefined)
  const explain = async () => {
    const parsed = parseRecords(text.value)
    answer.value = undefined
    error.value = parsed.ok ? '' : parsed.detail
    if (!parsed.ok) return
    const asked = await explainRecords({ records: parsed.records, endpoint: endpoint.value })
    if (asked.ok) answer.value = asked.value
    else error.value = asked.error.detail
  }
  useHandedOver(() => void explain())
  return (
    <div class="page explain">
      <header class="page-head">
        <h1>Explain</h1>
      </header>
      <p class="lead">
        What would become of these records in an empty project of each identity system. Nothing is stored.
        Paste JSON, or a request’s body or address from the browser’s network panel; or pick recorded ones in
        Live.
      </p>
      <RecordsForm onSubmit={() => void explain()} />
      {error.value !== '' && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      {answer.value && <Answer explanation={answer.value} />}
    </div>
  )
}

/** Takes over the records in the address, or those picked in another view, and explains them. */
function useHandedOver(explain: () => void): void {
  const { records, endpoint: sentTo } = route.value.query
  useEffect(() => {
    if (records !== undefined) {
      const parsed = parseRecords(records)
      text.value = parsed.ok ? JSON.stringify(parsed.records, null, 2) : records
      endpoint.value = sentTo === 'import' ? 'import' : 'track'
      // Later edits are not in the address, so the query is removed.
      goTo({ view: 'explain' }, false)
    }
    if (records !== undefined || isHandedOver.value) explain()
    isHandedOver.value = false
  }, [records])
}

/** An address that contains the records; undefined if they are too long for one. */
function linkToRecords(): string | undefined {
  const parsed = parseRecords(text.value)
  if (!parsed.ok) return undefined
  const query = { records: JSON.stringify(parsed.records), endpoint: endpoint.value }
  const link = new URL(linkTo({ view: 'explain', query }), location.href).href
  return link.length > MAX_LINK_CHARS ? undefined : link
}

function RecordsForm({ onSubmit }: { readonly onSubmit: () => void }) {
  return (
    <form
      class="card form"
      aria-label="Records to explain"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <label>
        Records, as JSON
        <textarea
          class="id"
          rows={10}
          spellcheck={false}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
              event.currentTarget.form?.requestSubmit()
            leaveOnEscape(event)
          }}
        />
      </label>
      <div class="actions">
        <label>
          <span class="unseen">Sent to</span>
          <select
            value={endpoint.value}
            onChange={(event) => {
              endpoint.value = event.currentTarget.value === 'import' ? 'import' : 'track'
            }}
          >
            <option value="track">Sent to /track</option>
            <option value="import">Sent to /import</option>
          </select>
        </label>
        <button type="submit" class="primary" title="Ctrl or ⌘ and Enter">
          Explain
        </button>
        <CopyLink />
      </div>
    </form>
  )
}

function CopyLink() {
  const link = linkToRecords()
  return link === undefined ? null : (
    <CopyButton text={link} of="an address with these records" words="Copy link" />
  )
}

function Answer({ explanation }: { readonly explanation: Explanation }) {
  const { differences, modes } = explanation
  const different = new Set(differences.map((difference) => difference.record_index))
  const showsSame = useSignal(true)
  return (
    <>
      <section class="card" aria-labelledby="differences-title">
        <h2 id="differences-title">Differences</h2>
        {differences.length === 0 ? (
          <p>None: the three systems do the same with these records.</p>
        ) : (
          <ul class="differences">
            {differences.map((difference) => (
              <li key={difference.record_index ?? 'users'}>{difference.message}</li>
            ))}
          </ul>
        )}
        {different.size > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={!showsSame.value}
              onChange={(event) => {
                showsSame.value = !event.currentTarget.checked
              }}
            />
            Show only the records that fare differently
          </label>
        )}
      </section>
      <div class="mode-columns">
        {MODES.map((mode) => {
          const ofMode = modes[mode]
          return (
            ofMode && (
              <ModeColumn
                key={mode}
                mode={mode}
                explanation={ofMode}
                different={different}
                showsSame={showsSame.value}
              />
            )
          )
        })}
      </div>
    </>
  )
}
