import type { ComponentChildren, VNode } from 'preact'
import { useId } from 'preact/hooks'
import type { RenderedVerdict } from '../api/types.ts'
import { goTo, route } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { useKeys } from '../ui/keys.ts'
import { OutcomeMark, SeverityMark } from '../ui/marks.tsx'
import { TableHead } from '../ui/table.tsx'

interface VerdictTableProps {
  readonly caption: string
  /** The heads of the columns after the sentence. */
  readonly heads: readonly string[]
  readonly children: ComponentChildren
}

const FIRST_HEADS = ['Severity', 'What happened', 'Outcome']

/** A table of kinds of verdict; each row opens. On narrow screens it is a list. */
export function VerdictTable({ caption, heads, children }: VerdictTableProps) {
  useKeys({ j: () => moveFocus(1), k: () => moveFocus(-1) })
  return (
    <table class="verdict-table">
      <caption class="unseen">{caption}</caption>
      <TableHead heads={[...FIRST_HEADS, ...heads]} />
      {children}
    </table>
  )
}

/** Moves the focus by rows; to the first or the last one if no row has it. */
function moveFocus(by: 1 | -1): void {
  const buttons = [...document.querySelectorAll<HTMLElement>('.verdict-table .opener')]
  const at = buttons.findIndex((button) => button.matches(':focus'))
  const next = at < 0 ? Math.min(0, by) : Math.min(Math.max(0, at + by), buttons.length - 1)
  buttons.at(next)?.focus()
}

interface VerdictRowProps {
  readonly verdict: RenderedVerdict
  readonly sentence: ComponentChildren
  /** The cells after the outcome. */
  readonly cells: readonly VNode[]
  /** Shown while the row is open. */
  readonly children: ComponentChildren
}

/** A kind of verdict. Which ones are open is in the address. */
export function VerdictRow({ verdict, sentence, cells, children }: VerdictRowProps) {
  const { code, severity, outcome } = verdict
  const id = useId()
  const name = nameOf(verdict)
  const open = openRows()
  const isOpen = open.includes(name)
  const toggle = () => setOpenRows(isOpen ? open.filter((other) => other !== name) : [...open, name])
  return (
    <tbody class={`verdict-line severity-${severity}`} aria-label={code}>
      <tr
        class="verdict-summary"
        onClick={({ target }) => {
          if (target instanceof Element && target.closest('a, button') === null) toggle()
        }}
      >
        <td class="cell-severity">
          <SeverityMark severity={severity} />
        </td>
        <td class="cell-what">
          <button type="button" class="opener" aria-expanded={isOpen} aria-controls={id} onClick={toggle}>
            <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} />
            <span>{sentence}</span>
          </button>
          <span class="id hint">{code}</span>
        </td>
        <td class="cell-outcome">
          <OutcomeMark outcome={outcome} />
        </td>
        {cells}
      </tr>
      {isOpen && (
        <tr class="verdict-more" id={id}>
          <td colSpan={FIRST_HEADS.length + cells.length}>{children}</td>
        </tr>
      )}
    </tbody>
  )
}

/** The name of a row: a code may have rows with different outcomes and severities. */
export function nameOf({ code, outcome, severity }: RenderedVerdict): string {
  return `${code}-${outcome}-${severity}`
}

function openRows(): readonly string[] {
  return route.value.query['open']?.split(',') ?? []
}

function setOpenRows(names: readonly string[]): void {
  const { open: _, ...query } = route.value.query
  goTo({ ...route.value, query: names.length === 0 ? query : { ...query, open: names.join(',') } }, false)
}
