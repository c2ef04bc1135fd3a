import { project } from '../state/projects.ts'
import { linkTo } from '../state/route.ts'
import { Icon } from '../ui/icons.tsx'
import { lengthText } from '../ui/time.ts'

/** A notice that the project's clock differs from the server's; nothing otherwise. */
export function ClockNotice() {
  const offsetMs = project.value?.clock?.offset_ms
  if (offsetMs === undefined) return null
  const side = offsetMs > 0 ? 'ahead' : 'behind'
  return (
    <p class="clock-notice" role="note">
      <Icon name="clock" /> This project’s clock is {lengthText(offsetMs)} {side}: events are received at that
      time. <a href={linkTo({ view: 'projects' })}>Clock settings</a>
    </p>
  )
}
