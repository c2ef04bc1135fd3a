import { sendTestEvent, testEventNews } from './test-event.ts'

/** A button that sends an event to /track, and shows the result. */
export function TestEventButton({ token }: { readonly token: string }) {
  return (
    <p class="test-event">
      <button type="button" class="primary" onClick={() => void sendTestEvent(token)}>
        Send a test event
      </button>
      <span role="status">{testEventNews.value}</span>
    </p>
  )
}
