import type { OPENAPI_DOCUMENT } from '../api/openapi.shape.ts'
import { ask, authorization } from './api/client.ts'

const PATH = '/openapi.json'

/** A link to the OpenAPI document; with an admin token, which a link cannot send, it is downloaded instead. */
export function ApiDocument() {
  return (
    <a
      href={`/_twin${PATH}`}
      onClick={(event) => {
        if (authorization()['authorization'] === undefined) return
        event.preventDefault()
        void save()
      }}
    >
      openapi.json
    </a>
  )
}

/** A hint that there is an API, with a link to its description. */
export function ApiHint() {
  return (
    <p class="hint">
      Everything on this page is available through the API: <ApiDocument />
    </p>
  )
}

async function save(): Promise<void> {
  const answer = await ask<typeof OPENAPI_DOCUMENT>('GET', PATH)
  if (!answer.ok) return
  const file = new Blob([JSON.stringify(answer.value)], { type: 'application/json' })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = 'twinpanel.openapi.json'
  link.click()
  URL.revokeObjectURL(link.href)
}
