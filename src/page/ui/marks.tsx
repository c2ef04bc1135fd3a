import type { ComponentChildren } from 'preact'
import type { Outcome, Severity } from '../api/types.ts'
import { Icon, type IconName } from './icons.tsx'
import { OUTCOME_WORDS } from './outcome-words.ts'

const OUTCOME_ICONS: Readonly<Record<Outcome, IconName>> = {
  stored: 'check',
  changed: 'edit',
  no_effect: 'none',
  dropped: 'down',
  rejected: 'x',
}

/** A severity's name is that of its icon, too. */
const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  error: 'Error',
  warning: 'Warning',
  info: 'Info',
}

/** The outcome of a record. Only a severity has a colour, so an error never stands beside a green mark. */
export function OutcomeMark({ outcome }: { readonly outcome: Outcome }) {
  return (
    <span class="mark">
      <Icon name={OUTCOME_ICONS[outcome]} />
      {OUTCOME_WORDS[outcome]}
    </span>
  )
}

/** A severity, as an icon, a word and a colour. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <span class={`mark severity-${severity}`}>
      <Icon name={severity} />
      {SEVERITY_WORDS[severity]}
    </span>
  )
}

/** What to do about a verdict. */
export function Advice({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="advice">
      <Icon name="arrow-right" />
      <span>{children}</span>
    </p>
  )
}
