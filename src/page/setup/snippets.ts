import { MOBILE_SNIPPETS } from './mobile-snippets.ts'
import { jsLiteral, shellWord } from './quote.ts'
import { SERVER_SNIPPETS } from './server-snippets.ts'
import type { Snippet } from './snippet.ts'

export const CURL: Snippet = {
  id: 'curl',
  name: 'curl',
  code: ({ token, url }) => {
    const properties = { token, distinct_id: 'charlie', plan: 'pro' }
    return `curl ${shellWord(`${url}/track?verbose=1&explain=1`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shellWord(JSON.stringify([{ event: 'Signed up', properties }]))}`
  },
  pitfalls: ['explain=1 adds verdicts to the answer. Without it, the answer is the same as Mixpanel’s.'],
}

/** The set-up code of every SDK, in the order of the menu. */
export const SNIPPETS: readonly Snippet[] = [
  {
    id: 'browser',
    name: 'Browser',
    code: ({ token, url }) => `import mixpanel from 'mixpanel-browser'

mixpanel.init(${jsLiteral(token)}, { api_host: ${jsLiteral(url)} })
mixpanel.track('Signed up', { plan: 'pro' })`,
    pitfalls: [
      'Events are sent in batches, every 5 seconds. batch_requests: false sends each at once.',
      'While the browser is online, a batch is lost when nobody answers: keep the server running.',
      'With the script snippet, set MIXPANEL_CUSTOM_LIB_URL too, or the library comes from Mixpanel’s CDN.',
    ],
  },
  ...SERVER_SNIPPETS,
  ...MOBILE_SNIPPETS,
  CURL,
]
