import { readUser } from '../api/routes.ts'
import type { User } from '../api/types.ts'
import { ExplainRecorded } from '../explain/explain-recorded.tsx'
import { changes } from '../live/store.ts'
import { CopyButton } from '../ui/copy.tsx'
import { JsonText } from '../ui/json.tsx'
import { useBeat, useLoaded } from '../ui/loaded.ts'
import { countText, wholeTime } from '../ui/time.ts'
import { VerdictText } from '../verdicts/verdict-text.tsx'
import { IdentityGraph } from './identity-graph.tsx'
import { Timeline } from './timeline.tsx'
import { IdTable, MergeTable, RefusedTable } from './user-tables.tsx'

const SHOWN_REFUSALS = 10
/** Nothing tells of a profile that has changed. */
const PROFILE_MS = 2_000

interface UserPageProps {
  readonly token: string
  /** Any of the user's ids. */
  readonly id: string
}

/** One user: who it is, what made it one, and what it did. */
export function UserPage({ token, id }: UserPageProps) {
  const answer = useLoaded(`${token} ${id}`, `${changes.value} ${useBeat(PROFILE_MS)}`, () =>
    readUser(token, id),
  )
  if (answer === undefined) return <p class="hint">Looking for {id}…</p>
  if (!answer.ok) {
    return (
      <p class="fault" role="alert">
        {answer.error.status === 404 ? `No record has the id “${id}”.` : answer.error.detail}
      </p>
    )
  }
  const user = answer.value
  return (
    <>
      <Summary user={user} asked={id} token={token} />
      <Identities user={user} token={token} />
      {user.refused.length > 0 && <Refused user={user} />}
      <Profile user={user} />
      <Timeline token={token} user={user} />
    </>
  )
}

interface SummaryProps {
  readonly user: User
  readonly asked: string
  readonly token: string
}

function Summary({ user, asked, token }: SummaryProps) {
  const { count, first, last } = user.events
  return (
    <section class="card" aria-labelledby="user-title">
      <div class="page-head">
        <h2 id="user-title" class="id">
          {user.distinct_id}
        </h2>
        <span class="actions">
          <ExplainRecorded token={token} distinctId={user.distinct_id} words="Explain this user’s records" />
          <CopyButton text={location.href} of="the address of this user" words="Copy link" />
        </span>
      </div>
      {asked !== user.distinct_id && (
        <p class="hint">
          <span class="id">{asked}</span> is an id of this user.
        </p>
      )}
      <dl class="figures">
        <Figure name="Ids" value={countText(user.distinct_ids.length)} />
        <Figure name="Events" value={countText(count)} />
        <Figure name="First event" value={wholeTime(first)} />
        <Figure name="Last event" value={wholeTime(last)} />
      </dl>
      {user.pending !== undefined && (
        <p class="hint">
          Queries and the export show this user as it is from {wholeTime(user.pending.visible_at)} on, by the
          project’s clock. Until then some of the ids are users of their own to them.
        </p>
      )}
      {user.separate?.map(({ id, events }) => (
        <p key={id} class="hint">
          {countText(events)} earlier events stay apart under <span class="id">{id}</span>.
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
  return (
    <section class="card" aria-labelledby="ids-title">
      <h2 id="ids-title">Identities</h2>
      {user.distinct_ids.length > 1 || user.refused.length > 0 ? (
        <IdentityGraph user={user} token={token} />
      ) : (
        <p class="hint">One id: nothing that was sent joins it to another.</p>
      )}
      <IdTable ids={user.distinct_ids} />
      {user.merges.length > 0 && <MergeTable merges={user.merges} />}
      {user.refused.length > 0 && <RefusedTable user={user} />}
    </section>
  )
}

/** Each kind of refusal once, in full; the table has them all. */
function Refused({ user }: { readonly user: User }) {
  const kinds = new Map(user.refused.map((verdict) => [verdict.message, verdict]))
  return (
    <section class="card" aria-labelledby="refused-title">
      <h2 id="refused-title">Why ids were not joined</h2>
      {[...kinds.values()].slice(0, SHOWN_REFUSALS).map((verdict) => (
        <VerdictText key={verdict.id} verdict={verdict} />
      ))}
    </section>
  )
}

function Profile({ user }: { readonly user: User }) {
  return (
    <section class="card" aria-labelledby="profile-title">
      <h2 id="profile-title">Profile</h2>
      {user.profile === null ? (
        <p class="hint">No profile. /engage makes one.</p>
      ) : (
        <pre class="json">
          <JsonText value={user.profile} />
        </pre>
      )}
    </section>
  )
}
