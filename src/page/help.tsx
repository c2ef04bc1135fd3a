import { ApiDocument } from './api-document.tsx'
import { Dialog } from './ui/dialog.tsx'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'Filter or search'],
  ['j  k', 'Next and previous record or verdict'],
  ['Enter', 'Open a record; again to focus its details'],
  ['Esc', 'Close the details, or leave a field'],
  ['e', 'Pick the open record for Explain'],
  ['p', 'Pause or resume the live list'],
  ['x', 'Toggle problems only'],
  ['t', 'Send a test event'],
  ['Ctrl+Enter', 'Explain the records typed in'],
  ['← → ↑ ↓  +  -', 'Move and zoom the focused graph'],
  ['1 – 6', 'Go to a view'],
  ['?', 'This help'],
]

const FILTERS: readonly (readonly [example: string, what: string])[] = [
  ['signed up', 'Both words, anywhere in the record'],
  ['"signed up"', 'These words in this order'],
  ['event:purchase', 'Part of the event’s name; event=purchase for the whole name'],
  ['user:charlie', 'Part of an id of the user; or distinct_id:'],
  ['group:acme', 'Part of the key or the id of the group'],
  ['is:dropped', 'An outcome: stored, changed, no_effect, dropped, rejected; or problem, duplicate'],
  ['code:alias', 'Part of a verdict’s code'],
  ['plan=pro', 'A property with this value; plan=* for any value'],
  ['path:/docs', 'Part of a property’s value'],
  ['price>9.5', 'A number greater than this; < for less'],
  ['address.city=Berlin', 'A nested property'],
  ['-heartbeat', 'Excludes records with this word'],
]

/** The keys, the filters, and links to more documentation. */
export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Help" onClose={onClose}>
      <h3>Keys</h3>
      <Terms terms={KEYS} />
      <h3>Filters of the live list</h3>
      <Terms terms={FILTERS} />
      <p class="hint">
        Everything on this page comes from the API under <code>/_twin/</code>, described by <ApiDocument />.
        Nothing is sent to any other host.
      </p>
    </Dialog>
  )
}

function Terms({ terms }: { readonly terms: typeof KEYS }) {
  return (
    <dl class="terms">
      {terms.map(([term, what]) => (
        <div key={term}>
          <dt>
            {term.split('  ').map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  )
}
