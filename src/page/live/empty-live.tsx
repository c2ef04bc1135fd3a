import { SetUp } from '../setup/set-up.tsx'
import { TestEventButton } from '../setup/test-event-button.tsx'
import { ClockNotice } from './clock-notice.tsx'
import { FaultNotice } from './fault-notice.tsx'

/** Shown in the live list before the first record: how to send one. */
export function EmptyLive({ token }: { readonly token: string }) {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">Nothing has arrived yet</h2>
      <p>
        Point an SDK at this server, or send a test event. Events appear here at once, stored or not, with the
        reason.
      </p>
      <ClockNotice />
      <FaultNotice token={token} />
      <TestEventButton token={token} />
      <SetUp token={token} />
    </section>
  )
}
