import { python, pythonOverHttps } from '../support/judges.ts'
import {
  ALIASED,
  aliasRecord,
  asciiJson,
  askForDefinitions,
  askForFlags,
  basic,
  FORM,
  happened,
  JSON_TYPE,
  json,
  LOOSE,
  LOOSE_BY_SECRET,
  LOOSELY_IMPORTED,
  NOW_MS,
  SEEN,
  TIME_MS,
  type Transcript,
  VERBOSE_OK,
  verboseError,
  type Who,
} from '../support/transcript.ts'

/*
 * Forms of percent-encoded JSON with `verbose` and `ip` in the body. It reads the body as JSON and wants `status`
 * to be the number 1, else it raises `error`; the HTTP status and the type of the answer it does not look at.
 */

const HEADERS = [
  'User-Agent: python-requests/2.32.5',
  'Accept-Encoding: gzip, deflate',
  'Accept: */*',
  'Connection: keep-alive',
  FORM,
]
const FLAG_HEADERS = ({ token }: Who) => [
  'Accept: */*',
  'Accept-Encoding: gzip, deflate',
  'User-Agent: python-httpx/0.28.1',
  'X-Scheme: https',
  'X-Forwarded-Proto: https',
  JSON_TYPE,
  'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  basic(token),
]
const BY_ACCOUNT = (who: Who) => [
  ...FLAG_HEADERS(who).slice(0, -1),
  basic(who.account.username, who.account.secret),
]
const QUERY = 'mp_lib=python&lib_version=5.3.0&token=TOKEN'

/** A POST as `requests` makes it of a dictionary: a blank is a plus. */
const post = (path: string, payload: unknown, headers: readonly string[] = [], more = '') => ({
  line: `POST ${path}`,
  headers: [...HEADERS, ...headers],
  body: `data=${encodeURIComponent(asciiJson(payload)).replaceAll('%20', '+')}&verbose=1&ip=0${more}`,
})

const BASE = { mp_lib: 'python', $lib_version: '5.3.0' }
/** `time.time()`: seconds with a fraction. */
const SECONDS = 1_787_227_140.1234567
const INSERT_ID = '0b5c2f6a9d1e4c3b8a7f6e5d4c3b2a19'
const OTHER_ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'

const event = (token: string, name: string, properties: object = {}) => {
  const own = { token, distinct_id: 'charlie', time: SECONDS, $insert_id: INSERT_ID, ...BASE }
  return { event: name, properties: { ...own, ...properties } }
}
const stored = (name: string, properties: object = {}, insertId = INSERT_ID, time = TIME_MS) =>
  happened(name, 'charlie', time, { $user_id: 'charlie', ...BASE, ...properties }, insertId)

const LONG_AGO_S = 1_615_734_566
const old = (token: string) => event(token, 'Paid', { time: LONG_AGO_S })
const STORED_OLD = stored('Paid', { $import: true }, INSERT_ID, LONG_AGO_S * 1_000)

export const PYTHON: Transcript = {
  sdk: 'mixpanel-python 5.3.0',
  calls: [
    {
      call: 'track()',
      request: ({ token }, names) =>
        post(
          '/track',
          names.map((name) => event(token, name)),
        ),
      judge: python,
    },
    {
      call: 'track() over https',
      request: ({ token }, names) =>
        post(
          '/track',
          names.map((name) => event(token, name)),
        ),
      judge: pythonOverHttps,
    },
  ],
  exchanges: [
    {
      title: 'track(): verbose and ip in the form, float seconds (TRK-02, TRK-05, TRK-09, TRK-31)',
      surprises: ['S6', 'S23'],
      requests: ({ token }) => [post('/track', event(token, 'Käufe 😀', { plan: 'a b+c' }))],
      answers: [VERBOSE_OK],
      stored: { events: [stored('Käufe 😀', { plan: 'a b+c' })] },
    },
    {
      title: 'track() that is refused raises the text of `error` (TRK-09, TRK-18, TRK-20)',
      requests: () => [post('/track', event('', 'Paid'))],
      answers: [verboseError('token, missing or empty')],
    },
    {
      title: 'BufferedConsumer: a list, with the credentials of an import before it (TRK-07, TRK-42)',
      surprises: ['S19'],
      requests: ({ token, secret }) => [
        post(
          '/track',
          [event(token, 'One'), event(token, 'Two', { $insert_id: OTHER_ID })],
          [basic(secret)],
          '&api_key=old-key',
        ),
      ],
      answers: [VERBOSE_OK],
      stored: { events: [stored('One'), stored('Two', {}, OTHER_ID)] },
    },
    {
      title: 'import_data() with a secret gets the answer of /track, a number as `status` (IMP-04, IMP-12)',
      surprises: ['S7'],
      requests: ({ token, secret }) => [post('/import', old(token), [basic(secret)])],
      answers: [LOOSELY_IMPORTED],
      stored: { events: [STORED_OLD], verdicts: LOOSE_BY_SECRET },
    },
    {
      title: 'import_data() with a service account, the project in the query (IMP-04)',
      requests: ({ token, account, projectId }) => [
        post(`/import?project_id=${projectId}`, old(token), [basic(account.username, account.secret)]),
      ],
      answers: [LOOSELY_IMPORTED],
      stored: { events: [STORED_OLD], verdicts: LOOSE },
    },
    {
      // It has sent no key and no secret at all.
      title: 'import_data() with an api_key alone is no silent loss: it raises `error` (IMP-06, IMP-08)',
      surprises: ['S19'],
      requests: ({ token }) => [post('/import', old(token))],
      answers: [json(401, { code: 401, error: 'Unauthorized', status: 'Unauthorized' })],
    },
    {
      title: 'merge() has neither time nor id (IDO-20, IMP-26)',
      surprises: ['S8'],
      mode: 'original',
      requests: ({ token, secret }) => [
        post('/import', { event: '$merge', properties: { $distinct_ids: ['a', 'b'], token } }, [
          basic(secret),
        ]),
      ],
      answers: [LOOSELY_IMPORTED],
      stored: {
        events: [happened('$merge', 'a', NOW_MS, { $distinct_ids: ['a', 'b'], $import: true })],
        clusters: { a: ['a', 'b'] },
        verdicts: LOOSE_BY_SECRET,
      },
    },
    {
      // Always sent to api.mixpanel.com, whatever host is configured: it comes here by the hosts file only.
      title: 'alias() (IDO-14)',
      surprises: ['S31'],
      mode: 'original',
      requests: (who) => [post('/track', aliasRecord(who))],
      answers: [VERBOSE_OK],
      stored: ALIASED,
    },
    {
      title: 'people_set(): $time in float seconds (ENG-12, ENG-27)',
      surprises: ['S23'],
      requests: ({ token }) => [
        post('/engage', { $token: token, $time: SECONDS, $distinct_id: 'charlie', $set: { plan: 'pro' } }),
      ],
      answers: [VERBOSE_OK],
      stored: { profiles: { charlie: { plan: 'pro', ...SEEN } } },
    },
    {
      title: 'people_unset() and people_delete(): a list of names, an empty text (ENG-18, ENG-19)',
      surprises: ['S25'],
      requests: ({ token }) => {
        const base = { $token: token, $time: SECONDS }
        return [
          post('/engage', { ...base, $distinct_id: 'charlie', $set: { plan: 'pro', age: 5 } }),
          post('/engage', { ...base, $distinct_id: 'taylor', $set: { plan: 'pro' } }),
          post('/engage', { ...base, $distinct_id: 'charlie', $unset: ['age'] }),
          post('/engage', { ...base, $distinct_id: 'taylor', $delete: '' }),
        ]
      },
      answers: [VERBOSE_OK, VERBOSE_OK, VERBOSE_OK, VERBOSE_OK],
      stored: { profiles: { charlie: { plan: 'pro', ...SEEN } } },
    },
    {
      title:
        'BufferedConsumer: people_set_once(), _increment(), _append(), _union(), _remove() (ENG-13 to ENG-17)',
      requests: ({ token }) => {
        const base = { $token: token, $time: SECONDS, $distinct_id: 'charlie' }
        return [
          post('/engage', [
            { ...base, $set_once: { first: 'x' } },
            { ...base, $add: { seats: 2 } },
            { ...base, $append: { tags: 'a' } },
            { ...base, $union: { tags: ['a', 'b'] } },
            { ...base, $remove: { tags: 'a' } },
          ]),
        ]
      },
      answers: [VERBOSE_OK],
      stored: { profiles: { charlie: { first: 'x', seats: 2, tags: ['b'], ...SEEN } } },
    },
    {
      title: 'group_set() (GRP-02)',
      requests: ({ token }) => [
        post('/groups', {
          $token: token,
          $time: SECONDS,
          $group_key: 'company',
          $group_id: 'Acme',
          $set: { seats: 5 },
        }),
      ],
      answers: [VERBOSE_OK],
      stored: { profiles: { 'company/Acme': { seats: 5, ...SEEN } } },
    },
    askForFlags('/flags', `${QUERY}&context=CONTEXT`, FLAG_HEADERS),
    askForFlags('/flags', `${QUERY}&project_id=PROJECT&context=CONTEXT`, BY_ACCOUNT),
    askForDefinitions(QUERY, FLAG_HEADERS),
  ],
}
