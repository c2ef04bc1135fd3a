import { expect } from 'vitest'
import { partlyImported } from '../support/imports.ts'
import { goImport, goPeople, goTrack } from '../support/judges.ts'
import {
  ALIASED,
  aliasRecord,
  askForDefinitions,
  askForFlags,
  basic,
  FORM,
  GZIP,
  gzip,
  happened,
  imported,
  JSON_TYPE,
  json,
  LOOSE_BY_SECRET,
  NOW_MS,
  ONE,
  percent,
  SEEN_NOW,
  TIME_MS,
  type Transcript,
  VERBOSE_OK,
  verboseError,
  type Who,
  ZERO,
} from '../support/transcript.ts'

/*
 * JSON. It wants an object of /track and of /import, whatever `strict` is, and the bare number 1 of everything
 * else, Merge to /import included. An answer of the other form is an error, though all is stored.
 */

const AGENT = ['User-Agent: Go-http-client/1.1']
const TEXT = ['Accept: text/plain', 'Accept-Encoding: gzip']
const FLAG_HEADERS = ({ token }: Who) => [
  ...AGENT,
  basic(token),
  JSON_TYPE,
  'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'Accept-Encoding: gzip',
]
/** Go writes parameters in the order of their names, and escapes the dollar. */
const VERSION = '%24lib_version=v2.0.0-beta.2'

const post = (path: string, payload: readonly unknown[]) => ({
  line: `POST ${path}`,
  headers: [...AGENT, 'Accept: text/plain', JSON_TYPE, 'Accept-Encoding: gzip'],
  body: JSON.stringify(payload),
})
const postForm = (path: string, payload: unknown, headers: readonly string[] = []) => ({
  line: `POST ${path}`,
  headers: [...AGENT, ...TEXT, FORM, ...headers],
  body: `data=${percent(JSON.stringify(payload))}`,
})
/** As Export and Import: credentials of the project, JSON in and JSON out. */
const postImport = (query: string, payload: readonly unknown[], credentials: string, isGzip = false) => ({
  line: `POST /import?${query}`,
  headers: [...AGENT, 'Accept: application/json', credentials, ...(isGzip ? [GZIP] : []), JSON_TYPE],
  body: isGzip ? gzip(JSON.stringify(payload)) : JSON.stringify(payload),
})

const BASE = { mp_lib: 'go', $lib_version: 'v2.0.0-beta.2' }
const event = (token: string, name: string, properties: object = {}) => {
  return { event: name, properties: { token, distinct_id: 'charlie', ...BASE, ...properties } }
}
const stored = (name: string, properties: object = {}, time = NOW_MS, insertId?: string) =>
  happened(name, 'charlie', time, { $user_id: 'charlie', ...BASE, ...properties }, insertId)

const LONG_AGO_MS = 1_615_734_566_535
const INSERT_ID = '0b5c2f6a9d1e4c3b8a7f6e5d4c3b2a19'
const old = (token: string, properties: object = {}) =>
  event(token, 'Paid', { time: LONG_AGO_MS, $insert_id: INSERT_ID, ...properties })
const OLD = stored('Paid', { $import: true }, LONG_AGO_MS, INSERT_ID)
const profile = (token: string, operation: object) => [
  { $token: token, $distinct_id: 'charlie', ...operation },
]

const FAILED = {
  index: 1,
  insert_id: 'bad id',
  $insert_id: 'bad id',
  field: '$insert_id',
  message: "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters",
}

export const GO: Transcript = {
  sdk: 'mixpanel-go v2.0.0-beta.2',
  calls: [
    {
      call: 'Track',
      request: ({ token }, names) =>
        post(
          '/track?verbose=1',
          names.map((name) => event(token, name)),
        ),
      judge: goTrack,
    },
    {
      call: 'PeopleSet',
      request: ({ token }, names) =>
        post(
          '/engage',
          names.map((name) => ({ $token: token, $distinct_id: name, $set: { a: 1 } })),
        ),
      judge: goPeople,
    },
    {
      call: 'Import',
      request: ({ token }, names) =>
        postImport(
          'strict=1&verbose=1',
          names.map((event) => ({ ...old(token), event })),
          basic(token),
        ),
      judge: goImport,
    },
  ],
  exchanges: [
    {
      title: 'Track: JSON, an object back, and no time unless it is asked to (TRK-02, TRK-09, TRK-30)',
      surprises: ['S23', 'S24'],
      requests: ({ token }) => [
        post('/track?verbose=1', [event(token, 'Käufe 😀'), event(token, 'Timed', { time: TIME_MS })]),
      ],
      answers: [VERBOSE_OK],
      stored: { events: [stored('Timed', {}, TIME_MS), stored('Käufe 😀')] },
    },
    {
      title: 'a Track that is refused: the number 0 as `status` (TRK-09, TRK-18)',
      requests: () => [post('/track?verbose=1', [event('', 'Paid')])],
      answers: [verboseError('token, missing or empty')],
    },
    {
      title: 'Import with a service account and gzip (IMP-02, IMP-04, IMP-10)',
      requests: ({ token, account, projectId }) => [
        postImport(
          `project_id=${projectId}&strict=1&verbose=1`,
          [old(token)],
          basic(account.username, account.secret),
          true,
        ),
      ],
      answers: [imported(1)],
      stored: { events: [OLD] },
    },
    {
      title: 'Import that is not strict: an object all the same (IMP-12)',
      surprises: ['S7'],
      requests: ({ token }) => [postImport('strict=0&verbose=1', [old(token)], basic(token))],
      answers: [json(200, { code: 200, error: null, num_records_imported: 1, status: 1 })],
      stored: { events: [OLD] },
    },
    {
      title: 'Import with a bad $insert_id: failed_records by insert_id (IMP-11, DEC-03)',
      surprises: ['S20'],
      requests: ({ token }) => [
        postImport('strict=1&verbose=1', [old(token), old(token, { $insert_id: 'bad id' })], basic(token)),
      ],
      answers: [partlyImported(FAILED)],
      stored: { events: [OLD], verdicts: ['IMP-11 import.400_is_partial', 'TRK-18 record.invalid'] },
    },
    {
      title: 'Import without a right: JSON, which it makes an error of its own of (IMP-06)',
      requests: ({ projectId }) => [
        postImport(
          `project_id=${projectId}&strict=1&verbose=1`,
          [old('t')],
          basic('nobody.mp-service-account', 'x'),
        ),
      ],
      answers: [
        json(401, { code: 401, error: 'Not a valid service account username', status: 'Unauthorized' }),
      ],
    },
    {
      title: 'Merge has no token, no time, no id: 1, not an object (IMP-12, IMP-26, IDO-20)',
      surprises: ['S7', 'S8'],
      mode: 'original',
      requests: ({ secret }) => [
        postForm('/import', { event: '$merge', properties: { $distinct_ids: ['a', 'b'] } }, [basic(secret)]),
      ],
      answers: [ONE],
      stored: {
        events: [happened('$merge', 'a', NOW_MS, { $distinct_ids: ['a', 'b'], $import: true })],
        clusters: { a: ['a', 'b'] },
        verdicts: LOOSE_BY_SECRET,
      },
    },
    {
      title: 'Alias: a form of JSON, one object, the number 1 (IDO-14, TRK-07)',
      mode: 'original',
      requests: (who) => [postForm('/track', aliasRecord(who))],
      answers: [ONE],
      stored: ALIASED,
    },
    {
      title: 'PeopleSet: the fragment never arrives, $ip is the text 0 (GEN-06, ENG-24)',
      surprises: ['S25'],
      requests: ({ token }) => [post('/engage', profile(token, { $ip: '0', $set: { plan: 'pro' } }))],
      answers: [ONE],
      stored: { profiles: { charlie: { plan: 'pro', ...SEEN_NOW } } },
    },
    {
      title:
        'PeopleSetOnce, Increment, UnionProperty, AppendListProperty, RemoveListProperty, DeleteProperty (ENG-13 to ENG-18)',
      requests: ({ token }) => [
        post('/engage', profile(token, { $ip: '8.8.8.8', $set_once: { first: 'x', old: 1 } })),
        post('/engage', profile(token, { $add: { seats: 2 } })),
        post('/engage', profile(token, { $union: { tags: ['a', 'b'] } })),
        post('/engage', profile(token, { $append: { tags: 'a' } })),
        post('/engage', profile(token, { $remove: { tags: 'a' } })),
        post('/engage', profile(token, { $unset: ['old'] })),
      ],
      answers: Array(6).fill(ONE),
      stored: { profiles: { charlie: { first: 'x', seats: 2, tags: ['b'], ...SEEN_NOW } } },
    },
    {
      // HTTP 200 and the number 0.
      title: 'a PeopleSet that is refused (ENG-02, ENG-03)',
      requests: ({ token }) => [post('/engage', [{ $token: token, $set: { plan: 'pro' } }])],
      answers: [ZERO],
      stored: { verdicts: ['TRK-18 record.invalid'] },
    },
    {
      title: 'PeopleDeleteProfile: the text null, $ignore_alias a text (ENG-19)',
      surprises: ['S25'],
      requests: ({ token }) => [
        post('/engage', profile(token, { $set: { plan: 'pro' } })),
        post('/engage', profile(token, { $delete: 'null', $ignore_alias: 'true' })),
      ],
      answers: [ONE, ONE],
    },
    {
      title:
        'GroupUpdateProperty, SetOnce, UnionListProperty, RemoveListProperty, DeleteProperty, Delete (GRP-03)',
      requests: ({ token }) => {
        const of = (id: string, operation: object) => ({
          $token: token,
          $group_key: 'company',
          $group_id: id,
          ...operation,
        })
        return [
          post('/groups', [of('Acme', { $set: { seats: 5 } }), of('Gone', { $set: { seats: 1 } })]),
          post('/groups', [of('Acme', { $set_once: { first: 'x', old: 1 } })]),
          post('/groups', [of('Acme', { $union: { tags: ['a', 'b'] } })]),
          post('/groups', [of('Acme', { $remove: { tags: 'b' } })]),
          post('/groups', [of('Acme', { $unset: ['old'] })]),
          post('/groups', [of('Gone', { $delete: 'null' })]),
        ]
      },
      answers: Array(6).fill(ONE),
      stored: { profiles: { 'company/Acme': { seats: 5, first: 'x', tags: ['a'], ...SEEN_NOW } } },
    },
    {
      title: 'Export: a line of JSON for each event (QRY-01, QRY-02, QRY-03)',
      requests: ({ token, account, projectId }) => {
        const credentials = basic(account.username, account.secret)
        return [
          postImport('strict=1&verbose=1', [old(token)], basic(token)),
          {
            line: `GET /api/2.0/export?from_date=2021-03-14&to_date=2021-03-14&project_id=${projectId}`,
            headers: [...AGENT, 'Accept: text/plain', credentials],
          },
        ]
      },
      answers: [
        imported(1),
        {
          status: 200,
          says: {
            event: 'Paid',
            properties: expect.objectContaining({
              time: 1_615_734_566,
              distinct_id: 'charlie',
              $insert_id: INSERT_ID,
              ...BASE,
            }),
          },
        },
      ],
      stored: { events: [OLD] },
    },
    askForFlags('/flags', `${VERSION}&context=CONTEXT&flag_key=checkout&mp_lib=go&token=TOKEN`, FLAG_HEADERS),
    askForDefinitions(`${VERSION}&mp_lib=go&token=TOKEN`, FLAG_HEADERS),
  ],
}
