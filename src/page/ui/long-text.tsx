import { useSignal } from '@preact/signals'
import { countText } from './time.ts'

/** Longer texts are cut until the user expands them. */
const MAX_CHARS = 400
const SHOWN_CHARS = 200

/** A text of any length, of which at first only the beginning is shown. */
export function LongText({ text }: { readonly text: string }) {
  const showsAll = useSignal(false)
  if (text.length <= MAX_CHARS || showsAll.value) return <>{text}</>
  return (
    <>
      {text.slice(0, SHOWN_CHARS)}…{' '}
      <button
        type="button"
        class="small"
        onClick={() => {
          showsAll.value = true
        }}
      >
        Show all {countText(text.length)} characters
      </button>
    </>
  )
}
