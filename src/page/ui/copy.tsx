import { useSignal } from '@preact/signals'

const SHOWN_MS = 1_500

interface CopyProps {
  readonly text: string
  /** What is copied, for screen readers. */
  readonly of: string
  readonly words?: string
}

export function CopyButton({ text, of, words = 'Copy' }: CopyProps) {
  const state = useSignal<'idle' | 'copied' | 'failed'>('idle')
  const copy = async () => {
    state.value = (await copyText(text)) ? 'copied' : 'failed'
    setTimeout(() => {
      state.value = 'idle'
    }, SHOWN_MS)
  }
  const shown = { idle: words, copied: 'Copied', failed: 'Not copied' }[state.value]
  return (
    <button type="button" class="quiet small copy" aria-label={`${shown}: ${of}`} onClick={() => void copy()}>
      {shown}
    </button>
  )
}

/** Copies a text to the clipboard. False if the browser does not allow it, as over plain HTTP from another host. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** A block of code with a button that copies it. */
export function CodeBlock({ code, of }: { readonly code: string; readonly of: string }) {
  return (
    <div class="code-block">
      <pre tabIndex={0} role="region" aria-label={of}>
        <code>{code}</code>
      </pre>
      <CopyButton text={code} of={of} />
    </div>
  )
}
