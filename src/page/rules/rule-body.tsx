import type { Rule, Sureness } from '../api/types.ts'
import { Markdown } from './markdown.tsx'

const SURENESS: Readonly<Record<Sureness, string>> = {
  D: '[D] documented',
  'D-old': '[D-old] documented formerly',
  O: '[O] observed by others',
  S: '[S] required by an SDK',
  I: '[I] inferred, or our decision',
}

/** The text of a rule: how sure it is, what it says, its example, what Twinpanel does otherwise, and its source. */
export function RuleBody({ rule }: { readonly rule: Rule }) {
  const { statement, example, source, choice, sureness, departures } = rule
  const rules = new Set(rule.related)
  return (
    <>
      <Markdown text={statement} rules={rules} />
      <Field name="Example" text={example} rules={rules} />
      <Field name="What Twinpanel does" text={choice} rules={rules} />
      {departures.length > 0 && <h4>Where Twinpanel differs</h4>}
      {departures.map(({ what, why }) => (
        <Markdown key={what} text={`${what} *Why:* ${why}`} rules={rules} />
      ))}
      <Field name="Source" text={source} rules={rules} />
      {sureness.length > 0 && (
        <p class="actions sureness">
          {sureness.map((mark) => (
            <span key={mark} class="mark">
              {SURENESS[mark]}
            </span>
          ))}
        </p>
      )}
    </>
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
      <h4>{name}</h4>
      <Markdown text={text} rules={rules} />
    </>
  )
}
