import { useEffect, useRef } from 'preact/hooks'
import { readRule } from '../api/routes.ts'
import type { RenderedVerdict, Rule } from '../api/types.ts'
import { closeRule, linkTo } from '../state/route.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useLoaded } from '../ui/loaded.ts'
import { SeverityMark } from '../ui/marks.tsx'
import { Sentence } from '../verdicts/sentence.tsx'
import { TemplateAdvice } from '../verdicts/template-advice.tsx'
import { RuleBody } from './rule-body.tsx'

/** A rule of the contract, in a dialog over the current view. */
export function RuleDialog({ rule: id }: { readonly rule: string }) {
  const answer = useLoaded(id, 0, () => readRule(id))
  const title = answer?.ok === true ? `${id} ${answer.value.title.replaceAll('`', '')}` : `Rule ${id}`
  return (
    <Dialog title={title} onClose={closeRule}>
      {answer === undefined && <p class="hint">Reading the rule…</p>}
      {answer?.ok === false && (
        <p class="error" role="alert">
          {answer.error.detail}
        </p>
      )}
      {answer?.ok === true && <RuleText key={id} rule={answer.value} />}
    </Dialog>
  )
}

function RuleText({ rule }: { readonly rule: Rule }) {
  const { id, verdicts } = rule
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // After a link in another rule, reading continues at the start of this one, and the arrow keys scroll.
    element.current?.focus({ preventScroll: true })
    element.current?.closest('dialog')?.scrollTo(0, 0)
  }, [])
  return (
    <div ref={element} class="rule-text" tabIndex={-1}>
      <RuleBody rule={rule} />
      {verdicts.length > 0 && <Verdicts id={id} verdicts={verdicts} />}
    </div>
  )
}

interface VerdictsProps {
  readonly id: string
  readonly verdicts: readonly RenderedVerdict[]
}

function Verdicts({ id, verdicts }: VerdictsProps) {
  const inCatalogue = (q: string) => linkTo({ view: 'verdicts', item: 'catalogue', query: { q } })
  return (
    <>
      <h3>Verdicts</h3>
      {verdicts.map(({ code, severity, message, advice }) => (
        <section key={code} class={`verdict severity-${severity}`} aria-label={code}>
          <p>
            <SeverityMark severity={severity} /> <Sentence message={message} template={message} />
          </p>
          <TemplateAdvice template={advice} />
          <p class="verdict-foot">
            <a class="id" href={inCatalogue(code)}>
              {code}
            </a>
          </p>
        </section>
      ))}
      <p>
        <a href={inCatalogue(id)}>Show in the verdict catalogue</a>
      </p>
    </>
  )
}
