import { effect, signal } from '@preact/signals'
import type { ExplainBody } from '../../api/explain.shape.ts'

const EXAMPLE = [
  { event: 'Page viewed', properties: { token: 'my-app', $device_id: 'd1' } },
  { event: 'Signed up', properties: { token: 'my-app', $device_id: 'd1', $user_id: 'charlie' } },
  {
    event: '$create_alias',
    properties: { token: 'my-app', distinct_id: 'charlie', alias: 'charlie@example.com' },
  },
]

/** The initial text. */
export const EXAMPLE_TEXT = JSON.stringify(EXAMPLE, null, 2)

export type Endpoint = NonNullable<ExplainBody['endpoint']>

const KEY = 'twinpanel.explain'
const kept = read()

/** The records to explain, as typed; kept while this tab is open. */
export const text = signal(kept?.text ?? EXAMPLE_TEXT)

/** The endpoint that the records would be sent to. */
export const endpoint = signal<Endpoint>(kept?.endpoint === 'import' ? 'import' : 'track')

/** The records were handed over to be explained at once. */
export const isHandedOver = signal(false)

effect(() => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ text: text.value, endpoint: endpoint.value }))
  } catch {
    // Over the browser's storage quota: kept only until the page is reloaded.
  }
})

function read(): { readonly text: string; readonly endpoint: string } | undefined {
  const stored = sessionStorage.getItem(KEY)
  return stored === null ? undefined : JSON.parse(stored)
}
