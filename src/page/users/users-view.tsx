import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { listUsers, readUser } from '../api/routes.ts'
import { goTo, linkTo, route } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { focusSearch, leaveOnEscape, useKeys } from '../ui/keys.ts'
import { UserList, userQuery } from './user-list.tsx'
import { UserPage } from './user-page.tsx'

/** The pause in typing after which the server searches. */
const PAUSE_MS = 150

/** The users of a project, or the one that the address names. */
export function UsersView({ token }: { readonly token: string }) {
  const { item, query } = route.value
  const search = useSettled((query['q'] ?? '').trim())
  useKeys({
    '/': focusSearch,
    Escape: () => goTo({ view: 'users' }),
  })
  return (
    <div class="page users">
      <header class="page-head">
        {item === undefined ? (
          <h1>Users</h1>
        ) : (
          <a class="back" href={linkTo({ view: 'users' })}>
            <Icon name="arrow-left" />
            All users
          </a>
        )}
        <Search token={token} />
      </header>
      {item === undefined ? (
        <UserList key={token} token={token} search={search} />
      ) : (
        <UserPage key={item} token={token} id={item} />
      )}
    </div>
  )
}

/** A text once nobody has changed it for a moment. */
function useSettled(text: string): string {
  const settled = useSignal(text)
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = text
    }, PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text])
  return settled.value
}

/** Searches the users as one types; Enter opens the user who has exactly this id, or else the first that is found. */
function Search({ token }: { readonly token: string }) {
  const { q = '' } = route.value.query
  // Keys may come faster than this is drawn: what is typed and where is read when it is needed.
  const search = (text: string) => {
    // From the page of a user, the search is a step that one can go back from.
    goTo({ view: 'users', query: text === '' ? {} : { q: text } }, route.value.item !== undefined)
  }
  const open = async (text: string) => {
    if (text.trim() === '') return
    const exact = await readUser(token, text)
    const found = exact.ok ? undefined : await listUsers(token, userQuery(text.trim(), 1))
    const id = exact.ok ? text : found?.ok === true ? found.value.users[0]?.distinct_id : undefined
    if (id !== undefined) goTo({ view: 'users', item: id })
  }
  return (
    <form
      role="search"
      class="user-search"
      onSubmit={(event) => {
        event.preventDefault()
        void open(route.value.query['q'] ?? '')
      }}
    >
      <input
        type="search"
        name="search"
        placeholder="Id, name, e-mail or phone"
        aria-label="Search by id, name, e-mail or phone"
        autocomplete="off"
        spellcheck={false}
        maxLength={255}
        value={q}
        onInput={(event) => search(event.currentTarget.value)}
        onKeyDown={leaveOnEscape}
      />
    </form>
  )
}
