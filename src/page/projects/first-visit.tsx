import type { Credentials, Project } from '../api/types.ts'
import { SetUp } from '../setup/set-up.tsx'
import { CURL } from '../setup/snippets.ts'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { route } from '../state/route.ts'
import { CodeBlock } from '../ui/copy.tsx'
import { NewProject } from './new-project.tsx'

/** The token in the snippets, if the address names none. */
const TOKEN = 'my-project'

interface FirstVisitProps {
  readonly onCreated: (made: Project & Credentials) => void
}

/** Shown while there is no project: how to create one, by an event or by a form. */
export function FirstVisit({ onCreated }: FirstVisitProps) {
  const token = route.value.project ?? TOKEN
  return (
    <>
      <header>
        <h1>Send the first event</h1>
        <p class="lead">
          The first event with a new token creates a project. This page opens Live when it arrives.
        </p>
      </header>
      <section class="card" aria-labelledby="first-event-title">
        <h2 id="first-event-title">From a terminal, or from here</h2>
        <CodeBlock code={CURL.code({ token, url: location.origin })} of="A command that sends an event" />
        <TestEventButton token={token} />
      </section>
      <section class="card" aria-labelledby="first-sdk-title">
        <h2 id="first-sdk-title">From an SDK</h2>
        <SetUp token={token} />
      </section>
      <header>
        <h2>Or create a project first</h2>
        <p class="hint">
          To choose its identity system and get its credentials. Required where unknown tokens create no
          project: with <code>DATABASE_URL</code>, or with <code>TWINPANEL_UNKNOWN_TOKENS=drop</code>.
        </p>
      </header>
      <NewProject onCreated={onCreated} />
    </>
  )
}
