import { useEffect, useRef } from 'preact/hooks'

/** The actions of keys, by KeyboardEvent.key. */
export type Keys = Readonly<Record<string, () => void>>

/** Keys that elements handle themselves: Enter and the arrows press a button, follow a link, scroll or move. */
const OWN_KEYS = /^(Enter|Arrow\w+)$/
const HAS_OWN_KEYS = 'a, button, summary, [tabindex]:not(main, [role=listbox], [role=option])'

/**
 * Binds keys while the component is mounted. They are ignored while the user types or a dialog is open, and a focused
 * element keeps the keys that it handles itself.
 */
export function useKeys(keys: Keys): void {
  // A key pressed before the effects of this rendering run applies to what is rendered.
  const current = useRef(keys)
  current.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event
      const isTyping = target instanceof Element && target.closest('input, textarea, select, dialog') !== null
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
      if (OWN_KEYS.test(key) && target instanceof Element && target.closest(HAS_OWN_KEYS) !== null) return
      const action = current.current[key]
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

/** Makes Esc leave a field, so that keys are commands again. */
export function leaveOnEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur()
}

/** Focuses the view's search field. */
export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
}
