import type { Project } from '../../core/project.ts'
import type { OtherProjectRow } from '../../store/other-projects.ts'
import type { VerdictRow } from '../../store/verdicts.ts'
import { showVerdict } from '../verdicts.ts'
import type { WaitQuery } from './query.ts'

/** The answer if the expected matches did not arrive. */
export interface Absence {
  readonly detail: string
  readonly message: string
  readonly matched: readonly object[]
  readonly nearest: readonly object[]
  readonly verdicts: readonly object[]
  readonly elsewhere: readonly object[]
}

/** The answer if more than the expected matches arrived. */
export interface Excess {
  readonly detail: string
  readonly message: string
  readonly matched: readonly object[]
  readonly besides: readonly object[]
}

/** The end of a wait: the matches, an absence, or an excess. */
export type WaitOutcome =
  | { readonly kind: 'met'; readonly body: { readonly matched: readonly object[] } }
  | { readonly kind: 'absent'; readonly body: Absence }
  | { readonly kind: 'excess'; readonly body: Excess }

/** A record that came instead, as the API shows it, and in words. */
export interface Near {
  readonly shown: object
  /** Its name. */
  readonly label: string
  /** How it differs; empty if it was not compared. */
  readonly difference: string
}

/** Why it has not come. */
export interface Reason {
  /** The likeliest reason, in one or two sentences. */
  readonly text: string
  readonly nearest: readonly Near[]
  /** Those that name the most expected values come first. */
  readonly verdicts: readonly VerdictRow[]
  /** The first verdict is on the expected event. */
  readonly isJudged: boolean
  readonly elsewhere: readonly OtherProjectRow[]
  /** What could not be found out in time, in a sentence. */
  readonly limitation?: string | undefined
}

/** Where the page shows what came. */
export interface Shown {
  readonly query: WaitQuery
  readonly project: Project
  /** The address of the web page. */
  readonly pageUrl: string
}

/** The answer at the timeout. */
export function toAbsence(reason: Reason, matched: readonly object[], shown: Shown): Absence {
  const { count, timeoutMs } = shown.query
  return {
    detail: [`${matched.length} of ${count} came within ${timeoutMs} ms.`, reason.limitation, reason.text]
      .filter(Boolean)
      .join(' '),
    message: messageOf(reason, matched, shown),
    matched,
    nearest: reason.nearest.map((near) => near.shown),
    verdicts: reason.verdicts.map(showVerdict),
    elsewhere: reason.elsewhere.map(showOtherProject),
  }
}

/** What a test prints: what was expected, what came instead, why, what to do, and where to look. */
function messageOf(reason: Reason, matched: readonly object[], shown: Shown): string {
  const near = reason.nearest.find(({ difference }) => difference !== '')
  const [verdict] = reason.verdicts.slice(0, reason.isJudged ? 1 : 0).map(showVerdict)
  const [other] = reason.elsewhere
  const isTold = near !== undefined || verdict !== undefined
  const lines = [
    `Expected ${describeWanted(shown.query)} within ${shown.query.timeoutMs} ms, got ${matched.length}.`,
    reason.limitation,
    near && `Nearest: ${near.label}. ${near.difference}`,
    verdict && `Verdict: ${verdict.message} ${verdict.advice} (${verdict.code})`,
    isTold
      ? other && `Another project: ${quote(other.event)} came to the token ${quote(other.token)}.`
      : reason.text,
    seePage(shown, verdict?.rule),
  ]
  return lines.filter(Boolean).join('\n')
}

/** The last line of a message. */
export function seePage({ project, pageUrl }: Shown, rule?: string): string {
  const query = rule === undefined ? '' : `?rule=${rule}`
  return `See ${pageUrl}#/p/${encodeURIComponent(project.token)}/live${query}`
}

/** `2 events "Signed up" of "charlie" with {"plan":"pro"}`. */
export function describeWanted({ wanted, count, isExact, isOnly }: WaitQuery): string {
  const number = count === 0 ? 'no' : isExact ? `exactly ${count}` : String(count)
  if (wanted.kind === 'profile') {
    const owner = wanted.groupKey === '' ? quote(wanted.id) : `${quote(wanted.id)} (${wanted.groupKey})`
    return `${isExact ? `${number} profile` : 'the profile'} of ${owner}${withProperties(wanted.properties)}`
  }
  const of = wanted.distinctId === undefined ? '' : ` of ${quote(wanted.distinctId)}`
  if (wanted.kind === 'verdict') return `${number} ${plural('verdict', count)} ${wanted.code}${of}`
  const names = [...(wanted.names ?? [])].map(([name, times]) => {
    return times > 1 && wanted.names?.size !== 1 ? `${quote(name)} (${times} times)` : quote(name)
  })
  const which = names.length === 0 ? '' : ` ${names.join(', ')}`
  const alone = isOnly ? ' and no other' : ''
  return `${number} ${plural('event', count)}${which}${of}${withProperties(wanted.properties)}${alone}`
}

function withProperties(properties: object | undefined): string {
  return properties === undefined ? '' : ` with ${JSON.stringify(properties)}`
}

function plural(noun: string, count: number): string {
  return count > 1 ? `${noun}s` : noun
}

export function quote(text: string): string {
  return JSON.stringify(text)
}

function showOtherProject({ publicId, token, event, distinctId, receivedAtMs }: OtherProjectRow) {
  const received_at = new Date(receivedAtMs).toISOString()
  return { project_id: publicId, token, event, distinct_id: distinctId, received_at }
}
