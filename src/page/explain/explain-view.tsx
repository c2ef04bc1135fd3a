import { useSignal } from '@preact/signals'
import type { Explanation } from '../../twin/explanation.ts'
import { explainRecords } from '../api/routes.ts'
import { MODES } from '../projects/modes.ts'
import { ModeColumn } from './mode-column.tsx'
import { parseRecords } from './parse-records.ts'
import { endpoint, text } from './state.ts'

/** What would become of records in each mode, side by side, and where the modes differ. Nothing is written. */
export function ExplainView() {
  const fault = useSignal('')
  const answer = useSignal<Explanation | undefined>(undefined)
  const explain = async () => {
    const parsed = parseRecords(text.value)
    answer.value = undefined
    fault.value = parsed.ok ? '' : parsed.detail
    if (!parsed.ok) return
    const asked = await explainRecords({ records: parsed.records, endpoint: endpoint.value })
    if (asked.ok) answer.value = asked.value
    else fault.value = asked.fault.detail
  }
  return (
    <div class="page explain">
      <header class="page-head">
        <h1>Explain</h1>
      </header>
      <p class="lead">
        What would become of these records in an empty project of each identity system. Nothing is stored.
      </p>
      <RecordsForm onSubmit={() => void explain()} />
      {fault.value !== '' && (
        <p class="fault" role="alert">
          {fault.value}
        </p>
      )}
      {answer.value && <Answer explanation={answer.value} />}
    </div>
  )
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
        <button type="submit" class="primary">
          Explain
        </button>
      </div>
    </form>
  )
}

function Answer({ explanation }: { readonly explanation: Explanation }) {
  const { differences, modes } = explanation
  const different = new Set(differences.map((own) => own.record_index))
  return (
    <>
      <section class="card" aria-labelledby="differences-title">
        <h2 id="differences-title">Differences</h2>
        {differences.length === 0 ? (
          <p>None: the three systems do the same with these records.</p>
        ) : (
          <ul class="differences">
            {differences.map((own) => (
              <li key={own.record_index ?? 'users'}>{own.message}</li>
            ))}
          </ul>
        )}
      </section>
      <div class="mode-columns">
        {MODES.map((mode) => {
          const own = modes[mode]
          return own && <ModeColumn key={mode} mode={mode} explanation={own} different={different} />
        })}
      </div>
    </>
  )
}
