import { signal } from '@preact/signals'

/** The result of the last test event, as a sentence; empty before the first. */
export const testEventNews = signal('')

/** Sends an event to /track, as a browser would, and sets testEventNews to the result. */
export async function sendTestEvent(token: string): Promise<void> {
  const properties = {
    token,
    distinct_id: 'test-user',
    time: Date.now() / 1_000,
    $insert_id: crypto.getRandomValues(new Uint32Array(3)).join(''),
    from: 'the page',
  }
  try {
    const body = new URLSearchParams({ data: JSON.stringify([{ event: 'Test event', properties }]) })
    const response = await fetch('/track?verbose=1', { method: 'POST', body })
    const answer: { readonly status?: number; readonly error?: string | null } = await response.json()
    testEventNews.value =
      answer.status === 1
        ? 'Sent to /track, which answered 1.'
        : `Refused: ${answer.error ?? response.status}`
  } catch {
    testEventNews.value = 'The server does not answer.'
  }
}
