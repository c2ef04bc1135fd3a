import type { Outcome, Severity } from '../api/types.ts'

const OUTCOMES: Readonly<Record<Outcome, readonly [sign: string, words: string]>> = {
  stored: ['✓', 'Stored'],
  changed: ['≈', 'Stored, changed'],
  no_effect: ['∅', 'No effect'],
  dropped: ['↓', 'Dropped'],
  rejected: ['✕', 'Rejected'],
}

const SEVERITIES: Readonly<Record<Severity, string>> = {
  error: 'Error',
  warning: 'Warning',
  info: 'Note',
}

/** The outcome of a record, as a sign, a colour and words. */
export function OutcomeMark({ outcome }: { readonly outcome: Outcome }) {
  const [sign, words] = OUTCOMES[outcome]
  return (
    <span class={`mark outcome-${outcome}`}>
      <span aria-hidden="true">{sign}</span> {words}
    </span>
  )
}

/** A severity, as a colour and a word. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return <span class={`mark severity-${severity}`}>{SEVERITIES[severity]}</span>
}
