import { useSignal } from '@preact/signals'
import { CodeBlock } from '../ui/copy.tsx'
import { SNIPPETS } from './snippets.ts'

const KEY = 'twinpanel.sdk'

/** The set-up code of each SDK, with this server's address and the project's token, for copying. */
export function SetUp({ token }: { readonly token: string }) {
  const chosen = useSignal(localStorage.getItem(KEY) ?? 'browser')
  const snippet = SNIPPETS.find((candidate) => candidate.id === chosen.value) ?? SNIPPETS[0]
  if (snippet === undefined) return null
  const choose = (id: string) => {
    localStorage.setItem(KEY, id)
    chosen.value = id
  }
  return (
    <section class="set-up" aria-label="Set up an SDK">
      <div class="chips" role="group" aria-label="SDK">
        {SNIPPETS.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            class="chip"
            aria-pressed={id === snippet.id}
            onClick={() => choose(id)}
          >
            {name}
          </button>
        ))}
      </div>
      <CodeBlock code={snippet.code({ token, url: location.origin })} of={`The set-up for ${snippet.name}`} />
      {snippet.pitfalls.length > 0 && (
        <div class="pitfalls">
          <p>Known pitfalls</p>
          <ul>
            {snippet.pitfalls.map((pitfall) => (
              <li key={pitfall}>{pitfall}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}
