import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { listUsers } from '../api/routes.ts'
import type { JsonObject, ListedUser } from '../api/types.ts'
import { rows } from '../live/store.ts'
import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { goTo, linkTo, route } from '../state/route.ts'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { useLoaded } from '../ui/loaded.ts'
import { countText } from '../ui/time.ts'
import { UserPage } from './user-page.tsx'

const PAGE_USERS = 100

/** The users of a project, or the one that the address names. */
export function UsersView({ token }: { readonly token: string }) {
  const { item } = route.value
  const typed = useSignal('')
  useKeys({
    '/': focusSearch,
    Escape: () => goTo({ view: 'users' }),
  })
  return (
    <div class="page users">
      <header class="page-head">
        <div class="actions">
          <h1>Users</h1>
          {item !== undefined && <a href={linkTo({ view: 'users' })}>← All users</a>}
        </div>
        <Search typed={typed} />
      </header>
      {item === undefined ? (
        <UserList token={token} typed={typed} />
      ) : (
        <UserPage key={item} token={token} id={item} />
      )}
    </div>
  )
}

/** Finds a user by any whole id; what is typed meanwhile narrows the list. */
function Search({ typed }: { readonly typed: Signal<string> }) {
  const search = () => {
    const id = typed.value
    if (id === '') return
    typed.value = ''
    goTo({ view: 'users', item: id })
  }
  return (
    <form
      role="search"
      class="actions"
      onSubmit={(event) => {
        event.preventDefault()
        search()
      }}
    >
      <input
        type="search"
        name="id"
        placeholder="Any id of a user"
        aria-label="Any id of a user"
        autocomplete="off"
        spellcheck={false}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value
        }}
        onKeyDown={leaveOnEscape}
      />
      <button type="submit">Find</button>
    </form>
  )
}

/** The pages of the list that were asked for; the first is read again when something arrives. */
function UserList({ token, typed }: { readonly token: string; readonly typed: Signal<string> }) {
  const first = useLoaded(token, rows.value?.[0]?.key ?? '', () => listUsers(token, { limit: PAGE_USERS }))
  const more = useSignal<readonly ListedUser[]>([])
  const next = useSignal<string | null | undefined>(undefined)
  const error = useSignal('')
  const start = first?.ok ? first.value.next : null
  useEffect(() => {
    // Another first page moves the borders of those that follow.
    more.value = []
    next.value = undefined
  }, [start])
  if (first === undefined) return <p class="hint">Reading the users…</p>
  if (!first.ok) return <ApiError detail={first.error.detail} />
  const cursor = next.value === undefined ? start : next.value
  const readMore = async (after: string) => {
    const answer = await listUsers(token, { limit: PAGE_USERS, after })
    error.value = answer.ok ? '' : answer.error.detail
    if (!answer.ok) return
    more.value = [...more.value, ...answer.value.users]
    next.value = answer.value.next
  }
  const users = [...first.value.users, ...more.value]
  if (users.length === 0 && cursor === null) return <NoUsers token={token} />
  const text = typed.value.trim().toLowerCase()
  const matching = text === '' ? users : users.filter((user) => holds(user, text))
  return (
    <>
      {text !== '' && (
        <p class="hint" role="status">
          {countText(matching.length)} of the {countText(users.length)} users listed match. Enter opens the
          user who has exactly this id, listed or not.
        </p>
      )}
      {matching.length > 0 && <UserTable users={matching} />}
      {error.value !== '' && <ApiError detail={error.value} />}
      {cursor !== null && (
        <div class="actions">
          <button type="button" onClick={() => void readMore(cursor)}>
            Show more
          </button>
        </div>
      )}
    </>
  )
}

function ApiError({ detail }: { readonly detail: string }) {
  return (
    <p class="fault" role="alert">
      {detail}
    </p>
  )
}

function NoUsers({ token }: { readonly token: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No users yet</h2>
      <p>
        An event with a <code>distinct_id</code>, or a profile update, makes one. Who they are, by every id,
        is shown here as a graph: what joined two ids, and what did not and why.
      </p>
      <TestEventButton token={token} />
      <SetUp token={token} />
    </section>
  )
}

/** True where a text, in lower case, is in one of the user's ids or in its name. */
function holds({ distinct_ids, profile }: ListedUser, text: string): boolean {
  return [...distinct_ids, nameOf(profile)].some((own) => own.toLowerCase().includes(text))
}

function UserTable({ users }: { readonly users: readonly ListedUser[] }) {
  return (
    <div class="table-frame" role="region" aria-label="Users" tabIndex={0}>
      <table class="list">
        <caption class="unseen">Users, by the id that they go by</caption>
        <thead>
          <tr>
            <th scope="col">User</th>
            <th scope="col">Name</th>
            <th scope="col" class="number">
              Ids
            </th>
            <th scope="col" class="number">
              Events
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.distinct_id}>
              <th scope="row">
                <a
                  class="id cut"
                  title={user.distinct_id}
                  href={linkTo({ view: 'users', item: user.distinct_id })}
                >
                  {user.distinct_id}
                </a>
                {user.pending !== undefined && <span class="pending">pending</span>}
              </th>
              <td class="cut">{nameOf(user.profile)}</td>
              <td class="number">{countText(user.distinct_ids.length)}</td>
              <td class="number">{countText(user.events)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The name or the address of a profile; a dash without. */
function nameOf(profile: JsonObject | undefined): string {
  const name = profile?.['$name'] ?? profile?.['$email']
  return typeof name === 'string' && name !== '' ? name : '–'
}
