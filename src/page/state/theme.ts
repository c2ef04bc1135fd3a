import { signal } from '@preact/signals'

const KEY = 'twinpanel.theme'
const ORDER = ['system', 'light', 'dark'] as const

export type Theme = (typeof ORDER)[number]

/** The chosen theme; `system` follows the operating system. */
export const theme = signal<Theme>(parse(localStorage.getItem(KEY)))

/** Switches to the next of system, light and dark, and saves it. */
export function nextTheme(): void {
  const next = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? 'system'
  localStorage.setItem(KEY, next)
  theme.value = next
  applyTheme()
}

/** Applies the theme to the document. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.value
}

function parse(text: string | null): Theme {
  return ORDER.find((choice) => choice === text) ?? 'system'
}
