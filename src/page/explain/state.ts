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

/** What stands there at first. */
export const EXAMPLE_TEXT = JSON.stringify(EXAMPLE, null, 2)

export type Endpoint = NonNullable<ExplainBody['endpoint']>

const KEY = 'twinpanel.explain'
const kept = read()

/** What is to be explained, as it is typed; kept for as long as this tab is open. */
export const text = signal(kept?.text ?? EXAMPLE_TEXT)

/** Where the records would be sent. */
export const endpoint = signal<Endpoint>(kept?.endpoint === 'import' ? 'import' : 'track')

/** The records were handed over to be explained at once. */
export const isHandedOver = signal(false)

effect(() => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ text: text.value, endpoint: endpoint.value }))
  } catch {
    // More than a tab may keep: then it is kept until the page is loaded again.
  }
})

function read(): { readonly text: string; readonly endpoint: string } | undefined {
  const own = sessionStorage.getItem(KEY)
  return own === null ? undefined : JSON.parse(own)
}
