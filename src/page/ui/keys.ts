import { useEffect, useRef } from 'preact/hooks'

/** What keys do, by their name as KeyboardEvent.key has it. */
export type Keys = Readonly<Record<string, () => void>>

/** What Enter and the arrows do by themselves: press a button, follow a link, scroll or move what has the focus. */
const OWN_KEYS = /^(Enter|Arrow\w+)$/
const HAS_OWN_KEYS = 'a, button, summary, [tabindex]:not(main, [role=listbox], [role=option])'

/**
 * Binds keys for as long as the component is shown. While something is typed, or a dialog is open, they are
 * letters; and what has the focus keeps the keys that it understands itself.
 */
export function useKeys(keys: Keys): void {
  // A key that is pressed before the effects of this rendering are run is meant for what it shows.
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

/** Leaves a field by Esc, so that keys are commands again. */
export function leaveOnEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur()
}

/** Puts the focus into the view's search field. */
export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
}
