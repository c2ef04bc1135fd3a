import { readCatalogue } from '../api/routes.ts'
import type { RenderedVerdict } from '../api/types.ts'
import { RuleSection } from '../rules/rule-section.tsx'
import { linkTo, route } from '../state/route.ts'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/loaded.ts'
import { RuleId } from './rule-link.tsx'
import { Sentence } from './sentence.tsx'
import { TemplateAdvice } from './template-advice.tsx'
import { NoneShown, passesFilters, setFilter, VerdictFilters } from './verdict-filters.tsx'
import { VerdictRow, VerdictTable } from './verdict-table.tsx'

/** All kinds of verdict: what each means, what to do, and the rule it comes from. */
export function Catalogue() {
  const answer = useLoaded('catalogue', 0, readCatalogue)
  const { q = '' } = route.value.query
  useKeys({ '/': focusSearch })
  if (answer === undefined) return <p class="hint">Reading the catalogue…</p>
  if (!answer.ok) {
    return (
      <p class="error" role="alert">
        {answer.error.detail}
      </p>
    )
  }
  const words = q.toLowerCase().split(/\s+/)
  const found = answer.value.verdicts.filter((verdict) =>
    words.every((word) => textOf(verdict).includes(word)),
  )
  const shown = found.filter(passesFilters)
  return (
    <>
      <div class="catalogue-tools">
        <input
          type="search"
          placeholder="Word, code, or rule such as IDS-21"
          aria-label="Search the catalogue"
          spellcheck={false}
          value={q}
          onInput={({ currentTarget: { value } }) => setFilter('q', value === '' ? undefined : value)}
          onKeyDown={leaveOnEscape}
        />
        <VerdictFilters all={found.map((verdict) => ({ verdict, count: 1 }))} />
      </div>
      {shown.length === 0 ? (
        <NoneShown />
      ) : (
        <VerdictTable caption="All kinds of verdict" heads={['Rule']}>
          {shown.map((verdict) => (
            <Entry key={verdict.code} verdict={verdict} />
          ))}
        </VerdictTable>
      )}
    </>
  )
}

function textOf({ code, rule, message, advice }: RenderedVerdict): string {
  return [code, rule, message, advice].join('\n').toLowerCase()
}

function Entry({ verdict }: { readonly verdict: RenderedVerdict }) {
  const { code, rule, message, advice } = verdict
  return (
    <VerdictRow
      verdict={verdict}
      sentence={<Sentence message={message} template={message} />}
      cells={[
        <td key="rule" class="cell-rule">
          <RuleId rule={rule} />
        </td>,
      ]}
    >
      <TemplateAdvice template={advice} />
      <RuleSection rule={rule} />
      <p class="actions">
        <a class="button small" href={linkTo({ view: 'live', query: { q: `code:${code}` } })}>
          Show in Live
        </a>
      </p>
    </VerdictRow>
  )
}
