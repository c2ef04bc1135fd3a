import { signal } from '@preact/signals'
import type { ExplainBody } from '../../twin/schemas.ts'

const EXAMPLE = [
  { event: 'Page viewed', properties: { token: 'my-app', $device_id: 'd1' } },
  { event: 'Signed up', properties: { token: 'my-app', $device_id: 'd1', $user_id: 'charlie' } },
  {
    event: '$create_alias',
    properties: { token: 'my-app', distinct_id: 'charlie', alias: 'charlie@example.com' },
  },
]

/** What is to be explained, as it is typed; kept while other views are open. */
export const text = signal(JSON.stringify(EXAMPLE, null, 2))

/** Where the records would be sent. */
export const endpoint = signal<NonNullable<ExplainBody['endpoint']>>('track')
