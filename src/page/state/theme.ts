import { signal } from '@preact/signals'

const KEY = 'twinpanel.theme'
const ORDER = ['system', 'light', 'dark'] as const

export type Theme = (typeof ORDER)[number]

/** What the person has chosen; `system` follows the machine. */
export const theme = signal<Theme>(parse(localStorage.getItem(KEY)))

/** Goes to the next of system, light and dark, and remembers it. */
export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? 'system'
  localStorage.setItem(KEY, next)
  theme.value = next
  applyTheme()
}

/** Puts the theme on the document. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value
}

function parse(text: string | null): Theme {
  return ORDER.find((choice) => choice === text) ?? 'system'
}
