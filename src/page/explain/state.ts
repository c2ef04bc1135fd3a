import { computed, effect, signal } from '@preact/signals'
import type { ExplainBody } from '../../api/explain.shape.ts'
import { projectToken } from '../state/projects.ts'
import { sampleFor } from './sample.ts'

export type Endpoint = NonNullable<ExplainBody['endpoint']>

const KEY = 'twinpanel.explain'
/** The token of the sample where no project is chosen. */
const NO_TOKEN = 'my-app'
const kept = read()

/** The records to explain, as typed or picked, kept while this tab is open; undefined for the sample. */
export const ownText = signal(kept?.text)

/** The records to explain: the user's own, or the sample with the token of the project. */
export const text = computed(() => ownText.value ?? sampleFor(projectToken.value ?? NO_TOKEN))

/** The endpoint that the records would be sent to. */
export const endpoint = signal<Endpoint>(kept?.endpoint === 'import' ? 'import' : 'track')

/** The records can be edited; otherwise the page begins with what they do. */
export const isEditing = signal(false)

effect(() => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ text: ownText.value, endpoint: endpoint.value }))
  } catch {
    // Over the browser's storage quota: kept only until the page is reloaded.
  }
})

function read(): { readonly text?: string; readonly endpoint: string } | undefined {
  const stored = sessionStorage.getItem(KEY)
  return stored === null ? undefined : JSON.parse(stored)
}
