import { listClients } from '../api/routes.ts'
import type { Client } from '../api/types.ts'
import { changes } from '../live/store.ts'
import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { Advice } from '../ui/marks.tsx'
import { Table } from '../ui/table.tsx'
import { ago, countText, wholeTime } from '../ui/time.ts'
import { nameOf, type SharedHint, shareHints } from './hints.ts'

/** How often clients are loaded: profile updates without a verdict do not appear in the live list. */
const LOOK_MS = 3_000

/** The SDKs that have sent records to a project, how they send, and what may surprise their users. */
export function ClientsView({ token }: { readonly token: string }) {
  const answer = useLoaded(token, `${changes.value}|${useBeat(LOOK_MS)}`, () => listClients(token))
  if (answer?.ok && answer.value.clients.length === 0) return <NoClients token={token} />
  return (
    <div class="page clients">
      <header class="page-head">
        <h1>Clients</h1>
      </header>
      {answer === undefined && <p class="hint">Loading clients…</p>}
      {answer?.ok === false && (
        <p class="error" role="alert">
          {answer.error.detail}
        </p>
      )}
      {answer?.ok && (
        <>
          <ClientTable clients={answer.value.clients} />
          <Hints hints={shareHints(answer.value.clients)} />
          <details>
            <summary>Is an SDK missing here?</summary>
            <p>Nothing it sent has reached this project. Its set-up and known pitfalls:</p>
            <SetUp token={token} />
          </details>
        </>
      )}
    </div>
  )
}

function NoClients({ token }: { readonly token: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No client has sent anything yet</h2>
      <p>
        Each SDK that sends a record is listed here with its version, how it sends, and its known pitfalls. If
        an SDK is set up and not listed, check the pitfalls below.
      </p>
      <TestEventButton token={token} />
      <SetUp token={token} />
    </section>
  )
}

const HEADS = ['Client', 'Sends', 'To', 'Host', 'Requests', 'Records', 'Last seen']

function ClientTable({ clients }: { readonly clients: readonly Client[] }) {
  return (
    <Table caption={`Clients: ${countText(clients.length)}`} heads={HEADS} wraps>
      {clients.map((client) => (
        <tr key={[nameOf(client), client.encoding, client.host, client.user_agent].join('|')}>
          <th scope="row">
            {nameOf(client)}
            {client.user_agent !== null && <span class="hint"> (from its User-Agent)</span>}
          </th>
          <td data-head="Sends">{client.encoding ?? '–'}</td>
          <td data-head="To">{client.endpoints.join(' ')}</td>
          <td data-head="Host">{client.host ?? '–'}</td>
          <td class="number" data-head="Requests">
            {countText(client.requests)}
          </td>
          <td class="number" data-head="Records">
            {countText(client.records)}
          </td>
          <td data-head="Last seen">
            <time dateTime={client.last_seen} title={wholeTime(client.last_seen)}>
              {ago(Date.parse(client.last_seen), Date.now())}
            </time>
          </td>
        </tr>
      ))}
    </Table>
  )
}

function Hints({ hints }: { readonly hints: readonly SharedHint[] }) {
  if (hints.length === 0) return <p class="hint">No known pitfalls.</p>
  return (
    <section class="hints" aria-labelledby="hints-title">
      <h2 id="hints-title">Known pitfalls</h2>
      {hints.map(({ code, message, advice, clients }) => (
        <section key={code} class="verdict severity-info" aria-label={code}>
          <p class="verdict-head">
            <strong>{clients.join(', ')}</strong>
            <span class="rule">{code}</span>
          </p>
          <p>{message}</p>
          <Advice>{advice}</Advice>
        </section>
      ))}
    </section>
  )
}
