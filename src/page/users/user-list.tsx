import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { listUsers } from '../api/routes.ts'
import type { ListedUser, UserPageAnswer } from '../api/types.ts'
import { rows } from '../live/store.ts'
import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { linkTo } from '../state/route.ts'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { ago, countText, wholeTime } from '../ui/time.ts'
import { FlowTable } from './flow-table.tsx'
import { contactOf, nameOf } from './names.ts'

const PAGE_USERS = 100
const AGO_MS = 10_000

interface UserListProps {
  readonly token: string
  /** What is searched for; empty for all users. */
  readonly search: string
}

/** The query of a page of users, the last seen first. */
export function userQuery(search: string, limit = PAGE_USERS) {
  return { search, limit, order: 'last_seen' }
}

/** The users, or those that a search finds. While another search runs, those of the previous one stay. */
export function UserList({ token, search }: UserListProps) {
  const answer = useLoaded(`${token} ${search}`, rows.value?.[0]?.key ?? '', () =>
    listUsers(token, userQuery(search)),
  )
  const last = useRef<{ readonly search: string; readonly page: UserPageAnswer } | undefined>(undefined)
  if (answer?.ok === false) return <ApiError detail={answer.error.detail} />
  if (answer !== undefined) last.current = { search, page: answer.value }
  if (last.current === undefined) return <p class="hint">Reading the users…</p>
  const shown = last.current
  return <Found key={shown.search} token={token} search={shown.search} page={shown.page} />
}

interface FoundProps extends UserListProps {
  /** The first page, as it is now. */
  readonly page: UserPageAnswer
}

/** The pages read so far. The first stays as it was when the second was read, so that none is missed between them. */
function Found({ token, search, page }: FoundProps) {
  const kept = useSignal<UserPageAnswer | undefined>(undefined)
  const error = useSignal('')
  const { users, next } = kept.value ?? page
  const readMore = async (after: string) => {
    const answer = await listUsers(token, { ...userQuery(search), after })
    error.value = answer.ok ? '' : answer.error.detail
    if (answer.ok) kept.value = { users: [...users, ...answer.value.users], next: answer.value.next }
  }
  if (users.length === 0 && next === null && search === '') return <NoUsers token={token} />
  return (
    <>
      <p class={search === '' ? 'unseen' : 'hint'} role="status">
        {search !== '' && foundText(users.length, next !== null, search)}
      </p>
      {users.length > 0 && <UserTable users={users} />}
      {error.value !== '' && <ApiError detail={error.value} />}
      {next !== null && (
        <div class="actions">
          <button type="button" onClick={() => void readMore(next)}>
            Show more
          </button>
        </div>
      )}
    </>
  )
}

function foundText(count: number, isMore: boolean, search: string): string {
  if (count === 0) return `No user has “${search}” in an id, name, e-mail address or phone number.`
  const users = count === 1 ? '1 user has' : `${countText(count)} users have`
  return `${users} “${search}” in an id, name, e-mail address or phone number${isMore ? '; there are more' : ''}.`
}

function ApiError({ detail }: { readonly detail: string }) {
  return (
    <p class="error" role="alert">
      {detail}
    </p>
  )
}

function NoUsers({ token }: { readonly token: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No users yet</h2>
      <p>
        An event with a <code>distinct_id</code>, or a profile update, creates one. Its page says why it is
        one user, or is not: all ids, what joined them, and what did not.
      </p>
      <TestEventButton token={token} />
      <SetUp token={token} />
    </section>
  )
}

function UserTable({ users }: { readonly users: readonly ListedUser[] }) {
  // The ages are updated while nothing arrives.
  useBeat(AGO_MS)
  const nowMs = Date.now()
  return (
    <div class="user-list">
      <FlowTable
        caption="Users, the last seen first"
        isCaptionUnseen
        heads={['User', 'Contact', 'Ids', 'Events', 'Last seen']}
        rows={users.map((user) => ({
          key: user.distinct_id,
          cells: [
            <Name key="name" user={user} />,
            contactOf(user.profile) ?? '',
            countText(user.distinct_ids.length),
            `${countText(user.events)}${user.has_more_events ? '+' : ''}`,
            <LastSeen key="seen" at={user.last_seen} nowMs={nowMs} />,
          ],
        }))}
      />
    </div>
  )
}

function Name({ user }: { readonly user: ListedUser }) {
  const { distinct_id, profile, pending } = user
  const name = nameOf(profile)
  return (
    <>
      <a class={name === undefined ? 'id' : ''} href={linkTo({ view: 'users', item: distinct_id })}>
        {name ?? distinct_id}
      </a>
      {name !== undefined && <span class="id hint">{distinct_id}</span>}
      {pending !== undefined && <span class="pending">pending</span>}
    </>
  )
}

function LastSeen({ at, nowMs }: { readonly at: string | null; readonly nowMs: number }) {
  if (at === null) return <span class="hint">never</span>
  return <time title={wholeTime(at)}>{ago(Date.parse(at), nowMs)}</time>
}
