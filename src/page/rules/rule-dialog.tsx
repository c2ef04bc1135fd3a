import { useEffect, useRef } from 'preact/hooks'
import { readRule } from '../api/routes.ts'
import type { RenderedVerdict, Rule, Sureness } from '../api/types.ts'
import { closeRule, linkTo } from '../state/route.ts'
import { Dialog } from '../ui/dialog.tsx'
import { useLoaded } from '../ui/loaded.ts'
import { Advice, SeverityMark } from '../ui/marks.tsx'
import { Markdown } from './markdown.tsx'

const SURENESS: Readonly<Record<Sureness, string>> = {
  D: '[D] documented',
  'D-old': '[D-old] documented formerly',
  O: '[O] observed by others',
  S: '[S] required by an SDK',
  I: '[I] inferred, or our decision',
}

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
  const { id, statement, example, source, choice, sureness, departures, verdicts } = rule
  const rules = new Set(rule.related)
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    // After a link in another rule, reading continues at the start of this one, and the arrow keys scroll.
    element.current?.focus({ preventScroll: true })
    element.current?.closest('dialog')?.scrollTo(0, 0)
  }, [])
  return (
    <div ref={element} class="rule-text" tabIndex={-1}>
      {sureness.length > 0 && (
        <p class="actions">
          {sureness.map((mark) => (
            <span key={mark} class="mark">
              {SURENESS[mark]}
            </span>
          ))}
        </p>
      )}
      <Markdown text={statement} rules={rules} />
      <Field name="Example" text={example} rules={rules} />
      <Field name="What Twinpanel does" text={choice} rules={rules} />
      {departures.length > 0 && <h3>Where Twinpanel departs</h3>}
      {departures.map(({ what, why }) => (
        <Markdown key={what} text={`${what} *Why:* ${why}`} rules={rules} />
      ))}
      <Field name="Source" text={source} rules={rules} />
      {verdicts.length > 0 && <Verdicts id={id} verdicts={verdicts} />}
    </div>
  )
}

interface FieldProps {
  readonly name: string
  readonly text: string | null
  readonly rules: ReadonlySet<string>
}

function Field({ name, text, rules }: FieldProps) {
  if (text === null) return null
  return (
    <>
      <h3>{name}</h3>
      <Markdown text={text} rules={rules} />
    </>
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
          <p class="verdict-head">
            <SeverityMark severity={severity} /> <a href={inCatalogue(code)}>{code}</a>
          </p>
          <p>{message}</p>
          <Advice>{advice}</Advice>
        </section>
      ))}
      <p>
        <a href={inCatalogue(id)}>Show in the catalogue</a>
      </p>
    </>
  )
}
