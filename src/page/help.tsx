import { ApiDocument } from './api-document.tsx'
import { Dialog } from './ui/dialog.tsx'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'Filter or search'],
  ['j  k', 'Next, previous record or verdict'],
  ['Enter', 'Open the record, or go to its details'],
  ['Esc', 'Close, or leave a field'],
  ['e', 'Pick the open record for Explain'],
  ['p', 'Pause and resume the live list'],
  ['x', 'Show problems only, or all records'],
  ['t', 'Send a test event'],
  ['Ctrl+Enter', 'Explain what was typed'],
  ['← → ↑ ↓  +  -', 'Move and size the graph that has the focus'],
  ['1 – 6', 'Go to a view'],
  ['?', 'This help'],
]

const FILTERS: readonly (readonly [example: string, what: string])[] = [
  ['signed up', 'both words occur anywhere in the record'],
  ['"signed up"', 'these words in this order'],
  ['event:purchase', 'in the event’s name; event=purchase is the whole name'],
  ['user:charlie', 'in an id of the user; distinct_id: is the same'],
  ['is:dropped', 'stored, changed, no_effect, dropped, rejected; or problem'],
  ['code:alias', 'in the code of a verdict'],
  ['plan=pro', 'a property with this value; plan=* that there is one'],
  ['path:/docs', 'in a property'],
  ['price>9.5', 'a number that is greater, or with < less'],
  ['address.city=Berlin', 'a property of a property'],
  ['-heartbeat', 'leaves records with the word out'],
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
        All that the page shows comes from the API under <code>/_twin/</code>, which <ApiDocument />{' '}
        describes; nothing is sent to any other host.
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
