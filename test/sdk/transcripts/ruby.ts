import { ruby } from '../support/judges.ts'
import {
  ALIASED,
  aliasRecord,
  askForDefinitions,
  askForFlags,
  base64,
  basic,
  FORM,
  happened,
  JSON_TYPE,
  json,
  LOOSE,
  LOOSELY_IMPORTED,
  NOW_MS,
  PIXEL,
  percent,
  SEEN,
  TIME_MS,
  type Transcript,
  VERBOSE_OK,
  verboseError,
  type Who,
} from '../support/transcript.ts'

/*
 * Forms of percent-encoded base64 with `verbose=1` in the body. It wants the status 200 and the number 1 as
 * `status`. It asks for gzip, so an answer may not be squeezed without saying so, and closes each connection.
 */

const HEADERS = [
  'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
  'Accept: */*',
  'User-Agent: Ruby',
  FORM,
  'Connection: close',
]
const FLAG_HEADERS = ({ token }: Who) => [
  'Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3',
  'Accept: */*',
  'User-Agent: Ruby',
  basic(token),
  JSON_TYPE,
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
]
const BY_ACCOUNT = (who: Who) => [
  ...FLAG_HEADERS(who).filter((header) => !header.startsWith('Authorization')),
  basic(who.account.username, who.account.secret),
]
const QUERY = 'mp_lib=ruby&$lib_version=3.3.0&token=TOKEN'

const post = (path: string, payload: unknown, headers: readonly string[] = [], more = '') => ({
  line: `POST ${path}`,
  headers: [...HEADERS, ...headers],
  body: `data=${percent(base64(JSON.stringify(payload)))}&verbose=1${more}`,
})

const BASE = { mp_lib: 'ruby', $lib_version: '3.3.0' }
const event = (token: string, name: string, properties: object = {}) => {
  const own = { distinct_id: 'charlie', token, time: TIME_MS, ...BASE }
  return { event: name, properties: { ...own, ...properties } }
}
const stored = (name: string, properties: object = {}, time = TIME_MS) =>
  happened(name, 'charlie', time, { $user_id: 'charlie', ...BASE, ...properties })

const LONG_AGO_MS = 1_615_734_566_535
const IMPORTED = [stored('Paid', { $import: true }, LONG_AGO_MS)]

export const RUBY: Transcript = {
  sdk: 'mixpanel-ruby 3.3.0',
  calls: [
    {
      call: 'track()',
      request: ({ token }, names) =>
        post(
          '/track',
          names.map((name) => event(token, name)),
        ),
      judge: ruby,
    },
  ],
  exchanges: [
    {
      title: 'track(): whole ms, no $insert_id (TRK-03, TRK-05, TRK-09, TRK-31, DDP-05)',
      surprises: ['S6', 'S23', 'S24'],
      requests: ({ token }) => [post('/track', event(token, 'Käufe 😀', { query: '>>>???ÿÿÿ' }))],
      answers: [VERBOSE_OK],
      stored: { events: [stored('Käufe 😀', { query: '>>>???ÿÿÿ' })] },
    },
    {
      title: 'a track() that is refused goes to the ErrorHandler (TRK-09, TRK-18)',
      requests: ({ token }) => [post('/track', event(token, ''))],
      answers: [verboseError('event, missing or empty')],
      stored: { verdicts: ['TRK-18 record.invalid'] },
    },
    {
      title: 'import_events() with a service account (IMP-04, IMP-12)',
      surprises: ['S7'],
      requests: ({ token, account, projectId }) => [
        post(`/import?project_id=${projectId}`, event(token, 'Paid', { time: LONG_AGO_MS }), [
          basic(account.username, account.secret),
        ]),
      ],
      answers: [LOOSELY_IMPORTED],
      stored: { events: IMPORTED, verdicts: [...LOOSE, 'DDP-05 dedup.no_insert_id'] },
    },
    {
      title: 'import() with an api_key in the form is refused, not lost in silence (IMP-08)',
      requests: ({ token, secret }) => [
        post('/import', event(token, 'Paid', { time: LONG_AGO_MS }), [], `&api_key=${secret}`),
      ],
      answers: [json(401, { code: 401, error: 'Unauthorized', status: 'Unauthorized' })],
    },
    {
      title: 'BufferedConsumer: a list (TRK-07)',
      requests: ({ token }) => [post('/track', [event(token, 'One'), event(token, 'Two')])],
      answers: [VERBOSE_OK],
      stored: { events: [stored('One'), stored('Two')] },
    },
    {
      title: 'generate_tracking_url(): a pixel of URL-safe base64, the = as it is (TRK-03, TRK-11, GEN-05)',
      surprises: ['S15'],
      requests: ({ token }) => {
        const data = base64(
          JSON.stringify({ event: 'Opened', properties: { token, distinct_id: 'charlie', q: '>>>???ÿÿÿ' } }),
        )
        const urlSafe = data.replaceAll('+', '-').replaceAll('/', '_')
        return [{ line: `GET /track/?data=${urlSafe}&ip=1&img=1`, headers: ['Accept: image/*'] }]
      },
      answers: [PIXEL],
      stored: {
        events: [happened('Opened', 'charlie', NOW_MS, { $user_id: 'charlie', q: '>>>???ÿÿÿ' })],
        verdicts: ['TRK-03 payload.base64_nonstandard'],
      },
    },
    {
      title: 'alias() (IDO-14)',
      mode: 'original',
      requests: (who) => [post('/track', aliasRecord(who))],
      answers: [VERBOSE_OK],
      stored: ALIASED,
    },
    {
      title: 'people.set() with $ignore_time as a text (ENG-12, ENG-26, ENG-27)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $distinct_id: 'charlie' }
        return [
          post('/engage', { ...base, $set: { plan: 'pro' } }),
          post('/engage', { ...base, $time: TIME_MS - 86_400_000, $ignore_time: 'true', $set: { age: 5 } }),
        ]
      },
      answers: [VERBOSE_OK, VERBOSE_OK],
      stored: { profiles: { charlie: { plan: 'pro', age: 5, ...SEEN } } },
    },
    {
      title: 'people.append(), people.track_charge() and people.union() (ENG-16, ENG-32)',
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $distinct_id: 'charlie' }
        const charge = { $amount: 9.99, $time: '2026-08-20T11:59:00' }
        return [
          post('/engage', { ...base, $append: { colours: 'red' } }),
          post('/engage', { ...base, $append: { $transactions: charge } }),
          post('/engage', [{ ...base, $union: { colours: ['red', 'blue'] } }]),
        ]
      },
      answers: [VERBOSE_OK, VERBOSE_OK, VERBOSE_OK],
      stored: {
        profiles: {
          charlie: {
            colours: ['red', 'blue'],
            $transactions: [{ $amount: 9.99, $time: '2026-08-20T11:59:00' }],
            ...SEEN,
          },
        },
      },
    },
    {
      title: 'people.delete_user(): an empty text (ENG-19)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $time: TIME_MS, $distinct_id: 'charlie' }
        return [post('/engage', { ...base, $set: { a: 1 } }), post('/engage', { ...base, $delete: '' })]
      },
      answers: [VERBOSE_OK, VERBOSE_OK],
    },
    {
      title: 'groups.set(), groups.union() and groups.delete_group(), one by one (GRP-02, GRP-03)',
      requests: ({ token }) => {
        const of = (id: string) => {
          return { $token: token, $time: TIME_MS, $group_key: 'company', $group_id: id }
        }
        return [
          post('/groups', { ...of('Acme'), $set: { seats: 5 } }),
          post('/groups', { ...of('Acme'), $union: { tags: ['a'] } }),
          post('/groups', { ...of('Gone'), $set: { seats: 1 } }),
          post('/groups', { ...of('Gone'), $delete: '' }),
        ]
      },
      answers: Array(4).fill(VERBOSE_OK),
      stored: { profiles: { 'company/Acme': { seats: 5, tags: ['a'], ...SEEN } } },
    },
    askForFlags('/flags', `${QUERY}&context=CONTEXT`, FLAG_HEADERS),
    askForFlags('/flags', `${QUERY}&context=CONTEXT&project_id=PROJECT`, BY_ACCOUNT),
    askForDefinitions(QUERY, FLAG_HEADERS),
  ],
}
