import { readUser } from '../api/routes.ts'
import type { User } from '../api/types.ts'
import { ExplainRecorded } from '../explain/explain-recorded.tsx'
import { changes } from '../live/store.ts'
import { CopyButton } from '../ui/copy.tsx'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { counted, countText, wholeTime } from '../ui/time.ts'
import { IdentityGraph } from './identity-graph.tsx'
import { nameOf } from './names.ts'
import { Problems } from './problems.tsx'
import { Profile } from './profile.tsx'
import { Timeline } from './timeline.tsx'
import { IdTable, MergeTable, RefusedTable } from './user-tables.tsx'

/** Changes of profiles are not in the stream, so they are polled. */
const PROFILE_MS = 2_000

interface UserPageProps {
  readonly token: string
  /** Any of the user's ids. */
  readonly id: string
}

/** One user: who it is and why, its problems, its ids and the links between them, its profile and its events. */
export function UserPage({ token, id }: UserPageProps) {
  const answer = useLoaded(`${token} ${id}`, `${changes.value} ${useBeat(PROFILE_MS)}`, () =>
    readUser(token, id),
  )
  if (answer === undefined) return <p class="hint">Looking for {id}…</p>
  if (!answer.ok) {
    return (
      <p class="error" role="alert">
        {answer.error.status === 404 ? `No record has the id “${id}”.` : answer.error.detail}
      </p>
    )
  }
  const user = answer.value
  return (
    <>
      <Answer user={user} asked={id} token={token} />
      {user.problems.length > 0 && <Problems problems={user.problems} />}
      <Identities user={user} token={token} />
      <Profile profile={user.profile} />
      <Timeline token={token} user={user} />
    </>
  )
}

interface AnswerProps {
  readonly user: User
  readonly asked: string
  readonly token: string
}

/** Who the user is, and why. */
function Answer({ user, asked, token }: AnswerProps) {
  const { count, has_more, first, last } = user.events
  const name = nameOf(user.profile)
  return (
    <section class="card answer" aria-labelledby="user-title">
      <div class="page-head">
        <div>
          <h1 id="user-title" class={name === undefined ? 'id' : ''}>
            {name ?? user.distinct_id}
          </h1>
          {name !== undefined && <p class="id">{user.distinct_id}</p>}
        </div>
        <span class="actions">
          <ExplainRecorded token={token} distinctId={user.distinct_id} words="Explain this user’s records" />
          <CopyButton text={location.href} of="the address of this user" words="Copy link" />
        </span>
      </div>
      <p class="summary">{user.summary}</p>
      {asked !== user.distinct_id && (
        <p class="hint">
          <span class="id">{asked}</span> is an id of this user.
        </p>
      )}
      <dl class="figures">
        <Figure name="Ids" value={countText(user.distinct_ids.length)} />
        <Figure name="Events" value={`${countText(count)}${has_more ? '+' : ''}`} />
        <Figure name="First event" value={wholeTime(first)} />
        <Figure name="Last event" value={wholeTime(last)} />
      </dl>
      {user.pending !== undefined && (
        <p class="hint">
          Queries and the export show this user as one from {wholeTime(user.pending.visible_at)} on, by the
          project’s clock. Until then they show some of the ids as users of their own.
        </p>
      )}
      {user.separate?.map(({ id, events }) => (
        <p key={id} class="hint">
          {counted(events, 'earlier event')} {events === 1 ? 'stays' : 'stay'} apart under{' '}
          <span class="id">{id}</span>.
        </p>
      ))}
    </section>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Identities({ user, token }: { readonly user: User; readonly token: string }) {
  const { distinct_ids: ids, merges, refused } = user
  return (
    <section class="card" aria-labelledby="ids-title">
      <h2 id="ids-title">Identities</h2>
      {(ids.length > 1 || refused.length > 0) && <IdentityGraph user={user} token={token} />}
      <IdTable ids={ids} />
      {merges.length > 0 && <MergeTable merges={merges} />}
      {refused.length > 0 && <RefusedTable refused={refused} />}
    </section>
  )
}
